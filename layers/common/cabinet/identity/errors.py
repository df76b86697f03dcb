"""What a person who registers, signs in or changes the means of signing in can read."""

from cabinet.core.errors import Conflict, DomainError, FieldError, InvalidFields


class EmailTaken(Conflict):
    """409: the manual says so openly; captcha and limits keep it from being a directory of addresses."""

    code = "email_taken"
    title = "Адрес занят"
    detail = "Пользователь с таким email уже существует"


class BadCredentials(DomainError):
    """401: a wrong password or an unknown address; the answer does not say which."""

    status = 401
    code = "bad_credentials"
    title = "Вход не выполнен"
    detail = "Неверный логин (email) или пароль."


class NotActivated(DomainError):
    """403: the password is right, but the link in the mail has not been followed."""

    status = 403
    code = "not_activated"
    title = "Учётная запись не активирована"
    detail = (
        "Перейдите по ссылке из письма, чтобы завершить регистрацию. Письма нет? Зарегистрируйтесь ещё раз."
    )


class LastSignInMethod(Conflict):
    """409: without Госуслуги there would be no way in."""

    code = "last_sign_in_method"
    title = "Это единственный способ входа"
    detail = "Сначала задайте адрес электронной почты и пароль, иначе войти в личный кабинет будет нельзя."


class TooManyAccessTokens(Conflict):
    """409: twenty tokens of programs work already."""

    code = "too_many_tokens"
    title = "Токенов уже 20"
    detail = "Отзовите токен, которым больше не пользуетесь, и создайте новый."


class SessionEnded(Conflict):
    """409: the session that a subscription would belong to has ended meanwhile."""

    code = "session_over"
    title = "Сеанс завершён"
    detail = "Войдите в личный кабинет ещё раз и включите уведомления снова."


class ReauthenticationRequired(DomainError):
    """403: what is asked needs the password, or a sign-in through Госуслуги of a few minutes ago."""

    status = 403
    code = "sign_in_again"
    title = "Подтвердите, что это Вы"
    detail = "Войдите в личный кабинет через Госуслуги ещё раз и повторите действие."


class EsiaAlreadyLinked(Conflict):
    """409: one account of Госуслуги opens one cabinet."""

    code = "esia_taken"
    title = "Учётная запись Госуслуг уже привязана"
    detail = "Эта учётная запись Госуслуг привязана к другому личному кабинету."


def captcha_wrong() -> InvalidFields:
    """422: a wrong answer, or a challenge that is used, expired or not ours."""
    message = "Код введён неверно или устарел. Введите новый."
    return InvalidFields(FieldError("captcha", "captcha_wrong", message))


def captcha_required() -> InvalidFields:
    """422: after failures, a sign-in from an unknown device, or a guest, must show that a person asks."""
    return InvalidFields(FieldError("captcha", "captcha_required", "Введите код с картинки."))


def consent_outdated() -> InvalidFields:
    """422: the person has read another version of the text."""
    message = "Текст согласия изменился. Прочитайте новый и подтвердите его."
    return InvalidFields(FieldError("consent", "consent_outdated", message))


def password_wrong(field: str) -> InvalidFields:
    """422: the password that confirms a change is not the current one."""
    return InvalidFields(FieldError(field, "password_wrong", "Пароль неверен."))


def password_required(field: str) -> InvalidFields:
    """422: the change needs the current password, and none was given."""
    return InvalidFields(FieldError(field, "required", "Введите пароль."))
