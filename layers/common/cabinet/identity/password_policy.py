"""Which passwords are accepted: long enough and not among those tried first. No rules of composition.

zxcvbn knows common passwords and English words; here Russian ones join it, and what was typed in the other
keyboard layout («пароль» as ``gfhjkm``, ``qwerty`` as «йцукен») is checked in both layouts.
"""

from cabinet.core.errors import FieldError, InvalidFields
from cabinet.identity.passwords import normalise_password

MIN_LENGTH, MAX_LENGTH = 8, 128
_MIN_SCORE = 2
"""zxcvbn's 0–4; 2 is «somewhat guessable»: 10⁸ tries, beyond what the limits on signing in allow."""
_MAX_SCORED_LENGTH = 64
"""zxcvbn's work grows with the length; what is strong by its first 64 characters is strong."""

_LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./~QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>?@#$^&"
_CYRILLIC = 'ёйцукенгшщзхъфывапролджэячсмитьбю.ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,"№;:?'
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)

_RUSSIAN = """пароль привет любовь солнце люблю наташа марина максим андрей сергей дмитрий александр
алексей настя анастасия светлана екатерина елена ольга татьяна ирина юлия мария анна виктория кристина
николай владимир михаил артем антон денис роман иван евгений павел олег игорь кирилл никита даниил зайка
зайчик котенок кошка собака лапочка красотка принцесса счастье мамочка мама папа семья спартак зенит
динамо локомотив россия москва челябинск урал город квартира квартплата коммуналка кабинет личный абонент
расчетный центр вода газ свет тепло солнышко звезда ангел дракон тигр пантера медведь волк самсунг
компьютер интернет администратор админ гость пользователь секрет пароли доступ вход войти логин один два
три четыре пять шесть семь восемь девять десять январь февраль март апрель май июнь июль август сентябрь
октябрь ноябрь декабрь весна лето осень зима хозяин йцукен йцукенг йцукенгш фывапр фывапролд ячсмить
ячсми фыва йцуке йфяцыч гфкщдм здравствуй здравствуйте однажды конфетка малышка шоколад клубника вишня
мандарин апельсин сахар машина автомобиль""".split()  # noqa: SIM905

TOO_SHORT = f"Пароль должен быть не короче {MIN_LENGTH} знаков."
TOO_LONG = f"Пароль должен быть не длиннее {MAX_LENGTH} знаков."
TOO_COMMON = (
    "Такой пароль легко угадать. Придумайте другой, например несколько не связанных между собой слов."
)


def check_password(password: str, *known: str, field: str = "password") -> None:
    """Raise InvalidFields (`password_weak`) for a password that would be guessed.

    `known` is what an attacker knows of the person: address, phone.
    """
    reason = rejection_reason(password, *known)
    if reason:
        raise InvalidFields(FieldError(field, "password_weak", reason))


def rejection_reason(password: str, *known: str) -> str | None:
    """Return why the password is refused, in the subscriber's words, or None."""
    password = normalise_password(password)
    if len(password) < MIN_LENGTH:
        return TOO_SHORT
    if len(password) > MAX_LENGTH:
        return TOO_LONG
    score = min(_score(reading, known) for reading in _layout_variants(password))
    return None if score >= _MIN_SCORE else TOO_COMMON


def _layout_variants(password: str) -> set[str]:
    """Return the password as typed, and as it would read in the other layout."""
    head = password[:_MAX_SCORED_LENGTH].lower().replace("ё", "е")
    return {head, head.translate(_TO_LATIN), head.translate(_TO_CYRILLIC)}


def _score(password: str, known: tuple[str, ...]) -> int:
    from zxcvbn import zxcvbn

    parts = [part for text in known for part in (text, *text.replace("@", " ").replace(".", " ").split())]
    return int(zxcvbn(password, user_inputs=[*parts, *_RUSSIAN])["score"])
