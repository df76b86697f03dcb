"""What a subscriber can read about a payment document."""

from cabinet.core.errors import DomainError


class PdfUnavailable(DomainError):
    """409: the requisites do not allow to print it; a person must mend the supplier's profile."""

    status = 409
    code = "sheet_unavailable"
    title = "Квитанция не готова к печати"
    detail = "Квитанцию пока нельзя распечатать: расчётная организация уточняет реквизиты. Попробуйте позже."


class PayeeUnknown(PdfUnavailable):
    """A line of the receipt names a payee that the supplier's profile does not have."""
