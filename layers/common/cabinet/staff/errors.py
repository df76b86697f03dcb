"""Errors for members of the staff: signing in, rights, colleagues."""

from cabinet.core.errors import Conflict, DomainError, FieldError, InvalidFields
from cabinet.staff.passkey_rules import MAX_PASSKEYS


class BadStaffCredentials(DomainError):
    """401: e-mail, password or code is wrong, or the code was used; the response does not say which."""

    status = 401
    code = "bad_credentials"
    title = "Вход не выполнен"
    detail = "Неверны логин, пароль или код. Код действует один раз: дождитесь следующего."


class BadPasskey(DomainError):
    """401: the passkey is unknown, removed, unverified or too late; the response does not say which."""

    status = 401
    code = "bad_passkey"
    title = "Вход не выполнен"
    detail = (
        "Ключ доступа не подошёл, или время ожидания вышло. "
        "Попробуйте ещё раз либо войдите с паролем и кодом."
    )


class PasskeyRejected(DomainError):
    """422: the passkey is another person's, unverified or too late; the response does not say which."""

    status = 422
    code = "passkey_rejected"
    title = "Ключ доступа не принят"
    detail = "Ключ доступа не подошёл, или время ожидания вышло. Попробуйте ещё раз."


class StaffUnauthenticated(DomainError):
    """401: no session at the desk, or one that has ended."""

    status = 401
    code = "unauthenticated"
    title = "Требуется вход"
    detail = "Войдите на рабочее место сотрудника."


class RoleMissing(DomainError):
    """403: none of the person's roles may do this."""

    status = 403
    code = "role_missing"
    title = "Недостаточно прав"
    detail = "Ваша роль этого не позволяет. Обратитесь к владельцу рабочего места."


class CodeRequired(DomainError):
    """403: what is asked needs a code that was entered again in the last minutes."""

    status = 403
    code = "code_required"
    title = "Нужен код подтверждения"
    detail = "Введите код из приложения ещё раз, чтобы подтвердить это действие."


class StaffExists(Conflict):
    """409: the address belongs to somebody who works at the desk already."""

    code = "staff_exists"
    title = "Сотрудник уже есть"
    detail = "Сотрудник с таким адресом уже работает. Измените его роли или удалите его."


class PasskeyExists(Conflict):
    """409: the person has added this passkey before."""

    code = "passkey_exists"
    title = "Ключ уже добавлен"
    detail = "Этот ключ доступа уже есть в вашем списке."


class TooManyPasskeys(Conflict):
    """409: the person has as many passkeys as one may have."""

    code = "too_many_passkeys"
    title = "Ключей уже много"
    detail = f"Можно добавить не больше {MAX_PASSKEYS} ключей доступа. Удалите те, которыми не пользуетесь."


class NoPasskeys(Conflict):
    """409: a passkey is asked of somebody who has none."""

    code = "no_passkeys"
    title = "Ключей доступа нет"
    detail = "У вас нет ключей доступа. Введите код из приложения."


class OwnAccess(Conflict):
    """409: nobody changes their own roles or removes themselves, so that one owner always stays."""

    code = "own_access"
    title = "Свои права изменить нельзя"
    detail = "Изменить свои роли или удалить себя нельзя: это может сделать только другой владелец."


class NoRecipients(DomainError):
    """422: a notice that nobody would read."""

    status = 422
    code = "nobody_reached"
    title = "Некому сообщать"
    detail = "Ни один из этих лицевых счетов не подключён к личному кабинету: уведомление никто не увидит."


def code_wrong() -> InvalidFields:
    """422: a code that is not of this moment, or was used."""
    message = "Код неверен или уже использован. Дождитесь следующего."
    return InvalidFields(FieldError("code", "code_wrong", message))


def supplier_unknown() -> InvalidFields:
    """422: a supplier that is not there, or not the inviting person's own."""
    return InvalidFields(FieldError("suppliers", "supplier_unknown", "Такого поставщика нет среди ваших."))


def supplier_missing() -> InvalidFields:
    """422: a person of the staff works for at least one supplier."""
    return InvalidFields(FieldError("suppliers", "required", "Укажите хотя бы одного поставщика."))


def role_needed() -> InvalidFields:
    """422: a person of the staff has at least one role."""
    return InvalidFields(FieldError("roles", "required", "Укажите хотя бы одну роль."))


def assignee_unknown() -> InvalidFields:
    """422: nobody who answers this supplier's requests."""
    return InvalidFields(
        FieldError("staff_id", "staff_unknown", "Этот сотрудник не отвечает на такие заявки.")
    )
