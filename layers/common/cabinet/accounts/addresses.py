"""Addresses as the staff write them: which of a supplier's houses a street and a number mean. Pure.

«Северная», «ул. Северная» and «СЕВЕРНАЯ УЛ.» are one street; what could be two streets is never guessed.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Literal

from cabinet.core.text import normalise_house, normalise_text

_KINDS: dict[str, frozenset[str]] = {
    normalise_text(written): frozenset(meant.split())
    for meant, spellings in {
        "улица": "ул улица",
        "проспект": "просп проспект пр-т пр-кт",
        "проезд": "проезд пр-д прзд",
        "проспект проезд": "пр",
        "переулок": "пер переулок",
        "шоссе": "ш шоссе",
        "бульвар": "б-р бул бульв бульвар",
        "площадь": "пл площадь",
        "набережная": "наб набережная",
        "тракт": "тракт тр-т",
        "микрорайон": "мкр мкрн мк-н микрорайон",
        "квартал": "кв-л квартал",
        "аллея": "ал аллея",
        "тупик": "туп тупик",
        "посёлок": "п пос поселок",
        "товарищество": "снт днт тсн",
    }.items()
    for written in spellings.split()
}
"""What is written before or after a street's name → the kinds that it may stand for."""
_NAMED_AFTER = frozenset(normalise_text(word) for word in ("им", "имени"))
_TOWN_KINDS = frozenset(
    "г город с село п пос поселок д дер деревня рп пгт ст станция станица х хутор".split()  # noqa: SIM905
)
_ORDINAL = re.compile(r"(\d+)(?:й|я|е|го|ая|ый|ой|ое)")
_BETWEEN_WORDS = re.compile(r"[\s.,;:«»\"']+")
_MAX_SUGGESTIONS = 5
_MIN_SIMILARITY = 0.5


@dataclass(frozen=True, slots=True)
class Street:
    """A street taken apart: the words of its name in any order, and the kinds that were written with it."""

    words: tuple[str, ...]
    kinds: frozenset[str]

    def matches(self, other: "Street") -> bool:
        """Tell whether both may be one street: the same words, and no kinds that exclude each other."""
        if self.kinds and other.kinds and not self.kinds & other.kinds:
            return False
        left = list(other.words)
        for word in self.words:
            same = next((each for each in left if _same_word(word, each)), None)
            if same is None:
                return False
            left.remove(same)
        return not left


@dataclass(frozen=True, slots=True)
class House:
    """A house as the accounts of a supplier spell it; `key` is their key in the index by house."""

    key: str
    city: str
    street: str
    house: str
    account_ids: tuple[str, ...] = field(default=(), compare=False)

    @property
    def line(self) -> str:
        """Return street and house in the manual's form."""
        return f"{self.street}, {self.house}" if self.street else self.house


type AddressPart = Literal["city", "street", "house"]


class AddressNotFound(Exception):
    """No house, or not one street for certain; the sentence names what comes nearest."""

    def __init__(self, message: str, part: AddressPart) -> None:
        super().__init__(message)
        self.part = part


def parse_street(text: str) -> Street:
    """Take a street apart; «ул. Набережная» is a street named so, «наб. реки Уй» an embankment."""
    tokens = [normalise_text(part) for part in _BETWEEN_WORDS.split(text)]
    tokens = [token for token in tokens if token and token not in _NAMED_AFTER]
    named = [token for token in tokens if token not in _KINDS]
    kinds = [token for token in tokens if token in _KINDS]
    if not named and kinds:
        # The longest word is the name: kinds are shortened, names are not.
        name = max(kinds, key=len)
        kinds.remove(name)
        named = [name]
    words = sorted(_ORDINAL.sub(r"\1", word) if _ORDINAL.fullmatch(word) else word for word in named)
    return Street(tuple(words), frozenset().union(*(_KINDS[kind] for kind in kinds)))


def is_street_kind(word: str) -> bool:
    """Tell whether a word is what is written with a street's name: «ул.», «проспект»."""
    return normalise_text(word) in _KINDS


def city_key(city: str) -> str:
    """Fold a town's name: «г. Челябинск» and «ЧЕЛЯБИНСК» are one."""
    words = [normalise_text(part) for part in _BETWEEN_WORDS.split(city)]
    return "".join(word for word in words if word and word not in _TOWN_KINDS)


def find_houses(houses: Sequence[House], street: str, house: str, city: str = "") -> list[House]:
    """Return the houses that an address means: one, all of a street without `house`, or a whole town.

    Raises
    ------
    AddressNotFound
        Nothing fits, or houses of several streets or towns do.
    """
    within = [each for each in houses if not city or city_key(each.city) == city_key(city)]
    if not within:
        there = _listed(each.city for each in houses)
        raise AddressNotFound(f"города «{city}» среди домов нет; есть: {there}", "city")
    if not street and not house:
        return within  # a whole town
    meant = parse_street(street)
    on_street = [each for each in within if meant.matches(parse_street(each.street))]
    if not on_street or (street and not meant.words):
        raise AddressNotFound(_no_street(within, street, house), "street")
    found = [each for each in on_street if not house or normalise_house(each.house) == normalise_house(house)]
    if not found and not street:
        raise AddressNotFound(_no_street(within, street, house), "street")
    if not found:
        nearest = _nearest((each.house for each in on_street), house, key=normalise_house)
        on = on_street[0].street or "улице без названия"
        raise AddressNotFound(f"дома «{house}» нет: {on}; есть: {', '.join(nearest)}", "house")
    _require_one_street(found)
    return found


def _require_one_street(found: Sequence[House]) -> None:
    towns = {key: each.city for each in found if (key := city_key(each.city))}
    if len(towns) > 1:
        there = _listed(towns.values())
        raise AddressNotFound(f"такая улица есть в нескольких городах: {there}; укажите город (city)", "city")
    streets = [parse_street(each.street) for each in found]
    if any(not one.matches(other) for one in streets for other in streets):
        there = _listed(each.street for each in found)
        raise AddressNotFound(f"таких улиц несколько: {there}; напишите улицу полностью", "street")


def _no_street(houses: Sequence[House], street: str, house: str) -> str:
    if not street:
        with_house = [each.street for each in houses if normalise_house(each.house) == normalise_house(house)]
        if with_house:
            return f"у дома «{house}» не указана улица; такой дом есть: {_listed(with_house)}"
        return f"у дома «{house}» не указана улица; есть: {_listed(each.street for each in houses)}"
    nearest = _nearest(
        (each.street for each in houses), street, key=lambda text: " ".join(parse_street(text).words)
    )
    return f"улицы «{street}» среди домов нет; похожи: {', '.join(nearest)}"


def _nearest(texts: Iterable[str], wanted: str, *, key: Callable[[str], str]) -> list[str]:
    """Return the texts most like the wanted one, best first; some even where none is much alike."""
    distinct = {key(text): text for text in texts}
    matcher = SequenceMatcher(b=key(wanted), autojunk=False)

    def similarity(folded: str) -> float:
        matcher.set_seq1(folded)
        return matcher.ratio()

    ordered = sorted(distinct, key=lambda folded: (-similarity(folded), folded))
    alike = [folded for folded in ordered if similarity(folded) >= _MIN_SIMILARITY] or ordered
    return [distinct[folded] for folded in alike[:_MAX_SUGGESTIONS]]


def _listed(texts: Iterable[str]) -> str:
    """Return some of the texts, each once, in order."""
    distinct = sorted({text for text in texts if text})
    more = f" и ещё {len(distinct) - _MAX_SUGGESTIONS}" if len(distinct) > _MAX_SUGGESTIONS else ""
    return ", ".join(distinct[:_MAX_SUGGESTIONS]) + more


def _same_word(one: str, other: str) -> bool:
    """Tell whether two words of a name are one; an initial stands for any word («К. Маркса»)."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) == 1 and short.isalpha() and long.startswith(short))
