"""Payments through the cabinet that billing has accounted: found, checked, written to the ledger.

The ledger's row of a payment keeps what each file of a registry has accounted of it (`returned` in
storage, and `returns` counts the changes); the account's item keeps
what is still on its way, and what is accounted but in no receipt yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cabinet.accounts.keys import account_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Key, Table, Transaction
from cabinet.billing.keys import payment_key
from cabinet.core.money import Kopecks
from cabinet.exchange.errors import ConcurrentModification
from cabinet.exchange.imports import accounted_payment_rules
from cabinet.exchange.imports.account_update import PaymentRow
from cabinet.exchange.imports.accounted_payment_rules import Line
from cabinet.exchange.imports.merge_rules import MergeDecision
from cabinet.exchange.imports.write_plan import Import, Plan

_SEARCH_DAYS = 366
"""How far the bank's day of a payment may be from the one in the registry."""
_VERSION_UNCHANGED = {
    True: "#returns = :seen",
    False: "attribute_exists(pk) AND attribute_not_exists(#returns)",
}

type RowsByPaymentId = Mapping[str, Sequence[PaymentRow]]
"""Rows by the payment id that they name."""


@dataclass(frozen=True, slots=True)
class AccountedPayment:
    """What a registry makes of one payment of ours."""

    row: Item
    """The ledger's current row."""
    amount: Kopecks
    accounted_before: Kopecks
    accounted_after: Kopecks
    amount_in_file: Kopecks
    """What this file accounts of it."""
    processed: str | None = None
    parts: dict[str, Any] | None = None
    """What the row is to keep; None when nothing changes."""
    accounted: Mapping[str, list[Line]] | None = None
    unaccounted_lines: Sequence[Line] = ()
    lines: Sequence[Line] = ()
    exceeds: bool = False
    """More is accounted than was paid: left as it was."""

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing of the payment is on its way any more."""
        return self.accounted_after == self.amount


@dataclass(frozen=True, slots=True)
class RegistryPart:
    """One file of a registry: two files with the same rows are the same part, whatever their names."""

    stamp: str
    name: str

    @classmethod
    def of(cls, stamp: str, payments_digest: str) -> "RegistryPart":
        """Return the part that a file with this content is of the registry."""
        return cls(stamp, f"{stamp}/{payments_digest[:12]}")


def decide(
    row: Item, entry: Mapping[str, Any] | None, rows: Sequence[PaymentRow], registry_part: RegistryPart
) -> AccountedPayment:
    """Return what the rows of one file make of a payment; the same file again changes nothing."""
    amount, amount_in_file = int(row["amount"]), sum(each.amount for each in rows)
    existing: dict[str, Any] = row.get("returned") or {}
    lines: list[Line] = row.get("lines") or list((entry or {}).get("lines", ()))
    is_whole = row["status"] == "accounted"
    if is_whole and not existing:  # accounted before parts were kept
        return AccountedPayment(row, amount, amount, amount, amount_in_file)
    brought = [[each.amount, each.received_on.isoformat(), _iso(each.processed_on)] for each in rows]
    parts = existing | {registry_part.name: {"stamp": registry_part.stamp, "rows": brought}}
    before = sum(each.amount for each in accounted_payment_rules.sum_parts(existing, amount, lines) or ())
    counted = accounted_payment_rules.sum_parts(parts, amount, lines)
    if counted is None:
        return AccountedPayment(row, amount, before, before, amount_in_file, exceeds=True)
    after = sum(each.amount for each in counted)
    if parts == existing or (is_whole and after == amount):
        return AccountedPayment(row, amount, before, after, amount_in_file)
    accounted, unaccounted_lines = accounted_payment_rules.by_registry(counted, lines)
    processed = max((each.processed or "" for each in counted), default="") or None
    return AccountedPayment(
        row, amount, before, after, amount_in_file, processed, parts, accounted, unaccounted_lines, lines
    )


# ------------------------------------------------------------------ finding the ledger's row


def ledger_row_keys(account_id: str, account: Item | None, named: RowsByPaymentId) -> list[Key]:
    """Return where the ledger's rows should be: as the account says, or on the registry's day."""
    entries = (account or {}).get("unaccounted") or {}
    keys = []
    for payment_id, rows in named.items():
        days = {row.received_on.isoformat() for row in rows}
        if payment_id in entries:
            days = {entries[payment_id]["received_on"]}
        keys += [payment_key(account_id, day, payment_id) for day in sorted(days)]
    return keys


def ledger_row(
    account_id: str, payment_id: str, rows: Sequence[PaymentRow], account: Item | None,
    existing: Mapping[Key, Item],
) -> Item | None:  # fmt: skip
    """Return our row of a payment, from what was read or from the weeks around; None when it is not ours."""
    for key in ledger_row_keys(account_id, account, {payment_id: rows}):
        if key in existing:
            row = existing[key]
            return row if _is_ours(row) else None
    day, span = rows[0].received_on, timedelta(days=_SEARCH_DAYS)
    partition, _ = payment_key(account_id, day.isoformat(), payment_id)
    between = (_from_day(day - span), _from_day(day + span))
    found = dynamo.query_all(Table.ACCOUNTS, partition, between=between)
    return next((row for row in found if row["payment_id"] == payment_id and _is_ours(row)), None)


def _is_ours(row: Item) -> bool:
    """Distinguish a payment through the cabinet from billing's own: imports mark what they write."""
    return "paid_at" in row or "digest" not in row


# ------------------------------------------------------------------ writing


class AccountedPayments:
    """The accounted payments of one account, each in a transaction of its own, one after another."""

    def __init__(self, plan: Plan, account_id: str, importing: Import) -> None:
        self._plan, self._account_id, self._importing = plan, account_id, importing
        account = plan.existing.get(account_key(account_id)) or {}
        self._entries: dict[str, Item] = account.get("unaccounted") or {}
        self._accounted: dict[str, Any] = dict(account.get("accounted") or {})
        self._seen: int | None = account.get("returns")

    def drop_lines_now_in_receipts(self, written: Mapping[str, str]) -> dict[str, Any]:
        """Forget what new receipts (kind → period) count; return what changes in the account's item."""
        latest = (self._plan.existing.get(account_key(self._account_id)) or {}).get("latest") or {}
        kinds = {kind for kind, period in written.items() if period >= latest.get(kind, "")}
        kept: dict[str, Any] = {}
        for payment_id, registries in self._accounted.items():
            for stamp, lines in registries.items():
                left = [line for line in lines if stamp > self._importing.stamp or line[0][8:] not in kinds]
                if left:
                    kept.setdefault(payment_id, {})[stamp] = left
        if kept == self._accounted:
            return {}
        self._accounted = kept
        return {"accounted": kept}

    def add_payment(self, payment_id: str, rows: Sequence[PaymentRow]) -> bool:
        """Add what the registry accounts of a payment to the plan; False when it is not one of ours."""
        plan = self._plan
        account = plan.existing.get(account_key(self._account_id))
        row = ledger_row(self._account_id, payment_id, rows, account, plan.existing)
        if row is None:
            return False
        entry = self._entries.get(payment_id)
        found = decide(
            row, entry, rows, RegistryPart.of(self._importing.stamp, self._importing.payments_digest)
        )
        if found.exceeds or (found.parts is not None and not found.is_whole):
            plan.tally["payments.differing"] += 1
        else:
            plan.count("payments", MergeDecision.UNCHANGED if found.parts is None else MergeDecision.WRITTEN)
        if found.parts is not None:
            plan.apart.append(self._transaction(payment_id, found, entry))
        return True

    def _transaction(self, payment_id: str, found: AccountedPayment, entry: Item | None) -> Transaction:
        """Change the ledger's row and the account's entry of the payment together."""
        transaction = self._plan.attempt.transaction()
        seen = found.row.get("returns")
        row_key = found.row["pk"], found.row["sk"]
        self._plan.existing[row_key] = found.row
        self._plan.undo_checks[row_key] = {}
        account_checks = self._plan.undo_checks.setdefault(account_key(self._account_id), {})
        account_checks.setdefault("payments", []).append(payment_id)
        transaction.update(
            Table.ACCOUNTS, row_key,
            "SET #mark = :mark, #status = :status, #processed_on = :processed, "
            "#accounted = :accounted, #stamp = :stamp, "
            "#returned = :parts, #returns = :next, #lines = :lines",
            condition=_VERSION_UNCHANGED[seen is not None], on_conflict=ConcurrentModification,
            status="accounted" if found.is_whole else "unaccounted",
            processed=found.processed, accounted=found.accounted_after, stamp=self._importing.stamp,
            parts=found.parts, next=(seen or 0) + 1, lines=list(found.lines), mark=transaction.mark,
            **({} if seen is None else {"seen": seen}),
        )  # fmt: skip
        if found.accounted:
            self._accounted = self._accounted | {payment_id: dict(found.accounted)}
        else:
            self._accounted = {name: kept for name, kept in self._accounted.items() if name != payment_id}
        change = "SET #mark = :mark, #accounted = :accounted, #returns = :next"
        values: dict[str, Any] = {
            "mark": transaction.mark,
            "accounted": self._accounted,
            "next": (self._seen or 0) + 1,
        }
        if found.is_whole:
            change += " REMOVE #unaccounted.#id"
        else:
            change += ", #unaccounted.#id = :entry"
            values["entry"] = _entry(found, entry)
        if self._seen is not None:
            values["seen"] = self._seen
        transaction.update(
            Table.ACCOUNTS, account_key(self._account_id), change,
            condition=_VERSION_UNCHANGED[self._seen is not None], on_conflict=ConcurrentModification,
            names={"id": payment_id}, **values,
        )  # fmt: skip
        self._seen = values["next"]
        return transaction


def _entry(found: AccountedPayment, entry: Mapping[str, Any] | None) -> Item:
    """Return the account's entry of a payment of which a part is on its way."""
    kept = entry or {"paid_at": found.row.get("paid_at", ""), "received_on": found.row["received_on"]}
    rest: Item = {**kept, "amount": found.amount - found.accounted_after}
    return rest | {"lines": list(found.unaccounted_lines)} if found.lines else rest


def _from_day(day: date) -> str:
    return f"PAYMENT#{day.isoformat()}"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
