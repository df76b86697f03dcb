"""Payments that billing knows of itself, compared with the stored ones.

Billing gives its payments no number. A payment is known by its kind, its day and its ordinal among the
equal ones of that day; a newer registry that gives another sum for it has corrected it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import count, groupby

from cabinet.accounts.keys import account_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Key, Table
from cabinet.billing.keys import payment_key
from cabinet.billing.model import AccountPayment
from cabinet.core.money import Kopecks
from cabinet.exchange.imports.account_update import PaymentRow
from cabinet.exchange.imports.merge_rules import MergeDecision, content_digest, decide_merge
from cabinet.exchange.imports.write_plan import Import, Plan, with_version

HAS_FOREIGN_ORDERS = "ordered_elsewhere"
"""Attribute of an account: whether a registry has named an order that is not the cabinet's. It stays when
the registry is undone: it only says that a check is needed."""
_EXTRA_ORDINALS = 2
"""Ordinals of a day that are read beyond the registry's own rows: what other registries brought that day."""


def payment_keys(account_id: str, rows: Sequence[PaymentRow]) -> Iterator[Key]:
    """Yield the keys of the payments that the rows may mean."""
    for kind, day, alike in _days(rows):
        for ordinal in range(len(alike) + _EXTRA_ORDINALS):
            yield _key(account_id, day, _ordinal_id(kind, day, ordinal))
        for payment_id in _former_ids(alike):
            yield _key(account_id, day, payment_id)


def apply_payments(plan: Plan, account_id: str, rows: Sequence[PaymentRow], importing: Import) -> None:
    """Add the payments: equal ones stay, a corrected one takes the former's place, the rest are new."""
    may_have_order_numbers = _may_have_order_numbers(plan.existing.get(account_key(account_id)))
    for kind, day, alike in _days(rows):
        existing, free = _find_existing(plan, account_id, kind, day, alike)
        left = []
        for row in alike:
            equal = next((key for key, item in existing.items() if item["amount"] == row.amount), None)
            if equal is None:
                left.append(row)
                continue
            del existing[equal]
            _write(plan, equal, row, importing)
        lacks_order_column = any(row.lacks_order_column for row in left)
        with_order_number = (
            _find_with_order_number(account_id, day, kind)
            if lacks_order_column and may_have_order_numbers
            else None
        )
        for row in left:
            if with_order_number and with_order_number[row.amount] > 0:
                with_order_number[row.amount] -= 1
                plan.count("payments", MergeDecision.UNCHANGED)
                continue
            former = next(
                (key for key, item in existing.items() if _may_be_corrected_by(item, row, importing)), None
            )
            repeated = next(
                (key for key, item in existing.items() if item.get("stamp") == importing.stamp), None
            )
            if former is None and repeated is not None:
                # Another sum under one number is refused by the check; where it does not know, here.
                del existing[repeated]
                plan.tally["payments.repeated"] += 1
                continue
            if former is None:
                _write(plan, _key(account_id, day, _ordinal_id(kind, day, next(free))), row, importing)
                continue
            del existing[former]
            _write(plan, former, row, importing, corrects=True)


def apply_unknown_order(
    plan: Plan, account_id: str, payment_id: str, rows: Sequence[PaymentRow], importing: Import
) -> None:
    """Add a payment that names an order which is not the cabinet's: billing's own, whatever its number is."""
    days = [row.processed_on for row in rows if row.processed_on]
    whole = PaymentRow(
        rows[0].kind, rows[0].received_on, max(days, default=None), sum(row.amount for row in rows)
    )
    _write(
        plan, _key(account_id, whole.received_on, payment_id), whole, importing, posting_id=payment_id
    )  # fmt: skip


def foreign_order_flag_change(account: Item | None, *, is_named: bool) -> Item:
    """Return what changes in the account's item when the registry names, or not, orders of others."""
    if account is None:
        return {HAS_FOREIGN_ORDERS: is_named}
    return {HAS_FOREIGN_ORDERS: True} if is_named and account.get(HAS_FOREIGN_ORDERS) is not True else {}


def _days(rows: Sequence[PaymentRow]) -> Iterator[tuple[str, date, list[PaymentRow]]]:
    by_day = sorted(rows, key=lambda row: (row.kind, row.received_on))
    for (kind, day), alike in groupby(by_day, key=lambda row: (row.kind, row.received_on)):
        yield kind, day, list(alike)


def _find_existing(
    plan: Plan, account_id: str, kind: str, day: date, alike: Sequence[PaymentRow]
) -> tuple[dict[Key, Item], Iterator[int]]:
    """Return the stored payments of the day and kind, and the free ordinals."""
    keys = list(payment_keys(account_id, alike))
    ordinal_count = len(alike) + _EXTRA_ORDINALS
    found = {key: plan.existing[key] for key in keys if key in plan.existing}
    if len(found.keys() & set(keys[:ordinal_count])) == ordinal_count:
        # A crowded day: look at all of it.
        partition, prefix = _key(account_id, day, "")
        rows = dynamo.query_all(Table.ACCOUNTS, partition, begins=prefix, consistent=True)
        known = {(row["pk"], row["sk"]): row for row in rows if row["kind"] == kind and not row["order_id"]}
        plan.existing |= known
        found |= known
    taken = {key[1] for key in found}
    free = (
        ordinal
        for ordinal in count()
        if _key(account_id, day, _ordinal_id(kind, day, ordinal))[1] not in taken
    )
    return found, free


def _may_have_order_numbers(account: Item | None) -> bool:
    """Tell whether a payment of the account may be stored under an order's number.

    No order was made for an account that never had a reservation. Of an account that was made before
    `HAS_FOREIGN_ORDERS` was kept, it is not known.
    """
    if account is None:
        return False
    is_paid_here = "reserved_version" in account or "returns" in account or bool(account.get("unaccounted"))
    return is_paid_here or bool(account.get(HAS_FOREIGN_ORDERS, True))


def _find_with_order_number(account_id: str, day: date, kind: str) -> Counter[Kopecks]:
    """Return the sums of a day that are stored with an order's number, as registries said them.

    A file without that column may say them again: they are known by kind and sum, those through the cabinet,
    which calls them otherwise, by what billing has accounted of them.
    """
    partition, prefix = _key(account_id, day, "")
    sums: Counter[Kopecks] = Counter()
    for item in dynamo.query_all(Table.ACCOUNTS, partition, begins=prefix, consistent=True):
        parts = (item.get("returned") or {}).values()
        if item.get("order_id") and not parts and item["kind"] == kind:
            sums[int(item["amount"])] += 1
        once: Counter[Kopecks] = Counter()
        for part in parts:  # a newer registry repeats what an older one has accounted
            once |= Counter(int(row[0]) for row in part["rows"] if row[1] == day.isoformat())
        sums += once
    return sums


def _may_be_corrected_by(item: Item, row: PaymentRow, importing: Import) -> bool:
    """Tell whether a row with another sum corrects this payment: same batch of billing, another registry."""
    processed = item.get("processed_on")
    same_batch = processed is None or row.processed_on is None or processed == row.processed_on.isoformat()
    return same_batch and item.get("stamp") != importing.stamp


def _write(
    plan: Plan,
    key: Key,
    row: PaymentRow,
    importing: Import,
    *,
    corrects: bool = False,
    posting_id: str | None = None,
) -> None:
    payment = AccountPayment(
        payment_id=key[1].rpartition("#")[2],
        kind=row.kind,
        received_on=row.received_on,
        processed_on=row.processed_on,
        amount=row.amount,
        status="accounted",
        posting_id=posting_id,
    )
    content = payment.model_dump(mode="json")
    digest = content_digest(content)
    decision = decide_merge(
        plan.existing.get(key), digest, importing.stamp, importing.format_name,
        importing.latest_stamp("payments"),
    )  # fmt: skip
    if decision is MergeDecision.WRITTEN:
        plan.add(plan.prepare_put(key, with_version(content, importing, digest)))
        if corrects:
            plan.tally["payments.corrected"] += 1
            return
    plan.count("payments", decision)


def _key(account_id: str, day: date, payment_id: str) -> Key:
    return payment_key(account_id, day.isoformat(), payment_id)


def _ordinal_id(kind: str, day: date, ordinal: int) -> str:
    return content_digest([kind, day.isoformat(), ordinal])[:20]


def _former_ids(rows: Sequence[PaymentRow]) -> Iterator[str]:
    """Yield the identifiers that imports gave to payments before corrections could be distinguished."""
    seen: dict[int, int] = {}
    for row in rows:
        seen[row.amount] = ordinal = seen.get(row.amount, -1) + 1
        yield content_digest([row.kind, row.received_on.isoformat(), row.amount, ordinal])[:20]
