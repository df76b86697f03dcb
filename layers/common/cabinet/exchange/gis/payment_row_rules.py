"""Which rows of ГИС ЖКХ a payment makes: one for each receipt of an account that it paid. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cabinet.accounts.gis_number_rules import dwelling_number
from cabinet.accounts.model import Account
from cabinet.billing.model import split_receipt_id
from cabinet.core.identifiers import own_part
from cabinet.core.money import Kopecks, to_decimal_string
from cabinet.core.text import is_formula
from cabinet.exchange.gis.model import FilledRow, Outcome, Reason, SkippedRow

type AccountReceipt = tuple[str, str]
"""Account id and receipt id."""


@dataclass(frozen=True, slots=True)
class PaymentPart:
    """What one payment, or refund, brought for one receipt."""

    payment_id: str
    received_on: str
    """ISO day by the clock of the account's supplier."""
    account_id: str
    receipt_id: str
    amount: Kopecks
    """Negative for a refund."""


def payment_parts(payment: Mapping[str, Any]) -> list[PaymentPart]:
    """Return a payment's row of the export queue by account and receipt, in the order of its lines."""
    sums: dict[AccountReceipt, Kopecks] = {}
    for line in payment["lines"]:
        paid = line["account_id"], line["receipt_id"]
        sums[paid] = sums.get(paid, 0) + int(line["amount"])
    return [
        PaymentPart(payment["payment_id"], payment["received_on"], *paid, amount)
        for paid, amount in sums.items()
        if amount
    ]


def payment_row(
    part: PaymentPart, account: Account | None, document: str, columns: Collection[str]
) -> Outcome:
    """Return the row of one part, or why there is none.

    The service takes one identifier: the payment document's number, else the ИЖКУ (where the registry says
    none, the first of the ЕЛС, as receipts have it), else the ЕЛС. A document's number that is only composed
    by the rule is not used: the service might know another document by it.

    Parameters
    ----------
    document
        The number that the registry has said; empty where it says none.
    columns
        Meanings of the columns that the template has (`template_rules`).
    """
    period, _ = split_receipt_id(part.receipt_id)
    cells = {
        "account": own_part(part.account_id),
        "date": f"{date.fromisoformat(part.received_on):%d.%m.%Y}",
        "amount": to_decimal_string(part.amount),
        "month": str(int(period[5:7])),
        "year": period[:4],
        "period": f"{period[5:7]}.{period[:4]}",
        "order": part.payment_id,
        "online": "Да",
    } | _identifier(account, document, columns)
    reason = _obstacle(part, account, cells, columns)
    if reason is None:
        return FilledRow({name: cell for name, cell in cells.items() if name in columns})
    amount = to_decimal_string(part.amount)
    return SkippedRow(cells["account"], part.payment_id, part.received_on, amount, reason)


def _identifier(account: Account | None, document: str, columns: Collection[str]) -> dict[str, str]:
    if account is None:
        return {}
    known = {
        "document": document,
        "dwelling": dwelling_number(account.els, account.izhku) or "",
        "els": account.els,
    }
    return next(({name: number} for name, number in known.items() if number and name in columns), {})


def _obstacle(
    part: PaymentPart, account: Account | None, cells: Mapping[str, str], columns: Collection[str]
) -> Reason | None:
    if part.amount < 0:
        return "refund"
    if account is None:
        return "account_unknown"
    if not {"document", "dwelling", "els"} & cells.keys():
        return "account_number"
    if any(is_formula(cell) for name, cell in cells.items() if name in columns):
        return "formula"
    return None
