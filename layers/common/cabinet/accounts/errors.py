"""What a subscriber can read about finding, binding and choosing accounts."""

from cabinet.core.errors import Conflict, DomainError, FieldError, InvalidFields


class AlreadyBound(DomainError):
    """409: this user has this account already."""

    status = 409
    code = "already_bound"
    title = "Лицевой счёт уже привязан"
    detail = "Этот лицевой счёт уже привязан к вашему личному кабинету."


class TooManyAccounts(DomainError):
    """409: the cabinet is full (`rules.MAX_BINDINGS`)."""

    status = 409
    code = "too_many_accounts"
    title = "Слишком много лицевых счетов"
    detail = "К одному личному кабинету можно привязать не более 20 лицевых счетов. Отвяжите ненужный."


class StaleBindings(Conflict):
    """409: another request of the same user changed the list of accounts meanwhile: read again and repeat."""


class SurnameNeeded(DomainError):
    """403: the account has another holder than the one by whom it was bound: whose name is asked for."""

    status = 403
    code = "surname_needed"
    title = "Сменился собственник"
    detail = (
        "По сведениям организации, у лицевого счёта сменился собственник (наниматель). "
        "Укажите его фамилию, чтобы снова видеть этот лицевой счёт."
    )
    extension = {"account_id": str}


class AccountClosed(DomainError):
    """409: a closed account is shown for a year, and nothing is taken for it any more."""

    status = 409
    code = "account_closed"
    title = "Лицевой счёт закрыт"
    detail = (
        "Лицевой счёт закрыт: посмотреть сведения по нему можно, а передать показания, оплатить или "
        "отправить заявку уже нельзя."
    )


class AccountNotFound(DomainError):
    """404 to a guest: number, house or flat is wrong; the answer does not say which."""

    status = 404
    code = "account_not_found"
    title = "Лицевой счёт не найден"
    detail = "Проверьте номер лицевого счёта, номер дома и квартиры."


def surname_differs() -> InvalidFields:
    """Return 422 `check_failed`: the surname is not the holder's; whose account it is is not revealed."""
    message = "Фамилия не совпадает с фамилией собственника (нанимателя) лицевого счёта."
    return InvalidFields(FieldError("surname", "check_failed", message))


def statement_outdated() -> InvalidFields:
    """Return 422 `statement_outdated`: the text that was shown is not the one in force."""
    message = "Текст заявления изменился. Откройте его ещё раз и подтвердите."
    return InvalidFields(FieldError("statement_version", "statement_outdated", message))
