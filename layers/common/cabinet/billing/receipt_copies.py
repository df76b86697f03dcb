"""The newest receipts, copied into the account's own item, and what two years' receipts charged.

So what is owed and what is usual need no further read. A copy has everything but the charges' lines, so the
same rules work on it. An import writes it with the account's `latest_periods`; where it is missing, the
receipt itself is read.
"""

from collections.abc import Mapping
from typing import Any

from cabinet.accounts.model import Account
from cabinet.billing.model import Receipt
from cabinet.core.compressed import compress, decompress
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period

RETENTION_MONTHS = 25
"""Months of each kind whose charges the account's item keeps: two years and one to compare them with."""


def copy_of(receipt: Mapping[str, Any], version: str) -> str:
    """Return the copy that the account's item holds of a receipt, given as its row's plain data.

    `version` distinguishes states of the row, so that an existing copy is not made again.
    """
    return f"{version}:{compress({name: value for name, value in receipt.items() if name != 'charges'})}"


def is_copy_of(copy: str, version: str) -> bool:
    """Tell whether a copy is of this version of its receipt."""
    return copy.startswith(f"{version}:")


def copied_receipts(account: Account) -> list[Receipt] | None:
    """Return the newest receipt of each kind, without charges; None when one of them has no copy."""
    copies = [
        Receipt.model_validate(decompress(text.rpartition(":")[2]))
        for text in account.latest_receipt_copies.values()
    ]
    is_whole = {receipt.kind: receipt.period for receipt in copies} == account.latest_periods
    return copies if is_whole else None


def merge_charges(kept: str, charged: Mapping[tuple[str, Period], Kopecks]) -> str:
    """Return the kept charges (`Account.packed_charges`) with those of (kind, month) in `charged`."""
    by_kind: dict[str, dict[Period, Kopecks]] = decompress(kept) if kept else {}
    if all(by_kind.get(kind, {}).get(period) == amount for (kind, period), amount in charged.items()):
        return kept
    for (kind, period), amount in charged.items():
        by_kind.setdefault(kind, {})[period] = amount
    newest = {
        kind: dict(sorted(months.items(), reverse=True)[:RETENTION_MONTHS])
        for kind, months in sorted(by_kind.items())
    }
    return compress(newest)


def charges_by_month(account: Account) -> dict[Period, Kopecks]:
    """Return month → what all kinds of receipts charged for it, for the shown months that the item keeps."""
    found: dict[Period, Kopecks] = {}
    for months in (decompress(account.packed_charges) if account.packed_charges else {}).values():
        for period, amount in months.items():
            if account.shows(period):
                found[period] = found.get(period, 0) + amount
    return found
