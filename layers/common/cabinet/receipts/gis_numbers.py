"""Numbers of documents by the rule of the state information system (ГИС ЖКХ)."""

from cabinet.accounts.gis_number_rules import dwelling_number
from cabinet.accounts.model import Account
from cabinet.billing.model import Receipt


def registered_number(account: Account, receipt: Receipt) -> str | None:
    """Return the document's number of ГИС ЖКХ: the registry's own, else by the rule.

    The rule: ИЖКУ, last digit of the year, month, ordinal.

    September 2019 of 80АА123456 is 80АА123456-01-9091. Kinds of receipts number the month's documents.
    """
    if receipt.gis_document:
        return receipt.gis_document
    dwelling = dwelling_number(account.els, account.izhku)
    ordinal = sorted({*account.latest_periods, receipt.kind}).index(receipt.kind) + 1
    if dwelling is None or ordinal > 9:
        return None
    return f"{dwelling}-{receipt.period[3]}{receipt.period[5:]}{ordinal}"
