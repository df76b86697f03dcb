"""What an account's item says of its receipts when one of them is removed. Pure.

`latest`, `newest`, `charged` and the reach of periods are copies of the receipts (`receipt_copies`): without
this one they tell of those that are left.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from cabinet.billing.receipt_copies import copy_of
from cabinet.core.compressed import compress, decompress
from cabinet.core.periods import Period

type ReceiptName = tuple[Period, str]
"""Period and kind."""

REMOVED_RECEIPTS = "removed_receipts"
"""Attribute of the account's item: ``["2026-09#obedinennaya", …]``, the receipts that were ever removed by
hand. Whether one exists again only its row tells."""


def previous_period(removed: ReceiptName, others: Iterable[ReceiptName]) -> Period | None:
    """Return the newest other period of the same kind; None when there is none."""
    return max((period for period, kind in others if kind == removed[1]), default=None)


def without_receipt(
    account: Mapping[str, Any],
    removed: ReceiptName,
    others: Iterable[ReceiptName],
    previous: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return the account's attributes as they are without a receipt.

    Parameters
    ----------
    account
        The account's current item.
    others
        All the receipts that stay.
    previous
        The newest of them of the removed one's kind, as it is stored; None when none of that kind stays.
    """
    left = list(others)
    period, kind = removed
    latest, newest = dict(account.get("latest") or {}), dict(account.get("newest") or {})
    if latest.get(kind) == period:
        latest.pop(kind)
        newest.pop(kind, None)
        if previous is not None:
            latest[kind] = previous["period"]
            newest[kind] = _copy(previous)
    periods = [each for each, _ in left]
    return {
        "latest": latest,
        "newest": newest,
        "charged": _without_charge(account.get("charged", ""), removed),
        "first_period": min(periods, default=None),
        "last_period": max(periods, default=None),
    }


def _copy(receipt: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in receipt.items() if name not in _ROW_METADATA}
    return copy_of(kept, f"{receipt.get('stamp', '')}.{receipt.get('digest', '')[:12]}")


_ROW_METADATA = ("pk", "sk", "mark", "digest", "source", "changed_at")
"""What a receipt's row has and its copy has not."""


def _without_charge(charged: str, removed: ReceiptName) -> str:
    period, kind = removed
    by_kind: dict[str, dict[Period, int]] = decompress(charged) if charged else {}
    by_kind.get(kind, {}).pop(period, None)
    kept = {name: months for name, months in by_kind.items() if months}
    return compress(kept) if kept else ""
