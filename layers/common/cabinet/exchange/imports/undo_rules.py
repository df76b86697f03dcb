"""What is to be restored of one account, and what prevents it. Pure.

A row is the import's while its mark begins with the name of an attempt, and nobody else has changed what the
row is checked by. What others change without a conflict (payments, reservations, decisions on other rows) is
never restored: of the account's own item only the fields that imports own are. A row that a person has taken
out (`row_removal`) stays out.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cabinet.aws.dynamo import Item, Key
from cabinet.billing.model import Receipt
from cabinet.billing.receipt_removal_rules import REMOVED_RECEIPTS, ReceiptName, without_receipt
from cabinet.exchange.imports.account_update import Data
from cabinet.exchange.imports.apply_accounts import document_row
from cabinet.exchange.imports.apply_meters import METER_STATE_FIELDS, state_digest
from cabinet.exchange.imports.undo_log import LoggedAccount, LoggedRow
from cabinet.metering.meter_summaries import meter_summary
from cabinet.metering.model import Meter

REASONS = {
    "newer_registry": "данные изменены более новым реестром",
    "reading_since": "после загрузки передано показание по прибору, который она изменила",
    "reading_exported": "показание контролёра из этой загрузки уже передано в биллинг",
    "account_bound": "счёт создан этой загрузкой, и его уже привязали в личном кабинете",
    "order_since": "счёт создан этой загрузкой, и по нему уже оформляли оплату",
    "paper_refusal_since": "после загрузки изменён отказ от бумажной квитанции",
}
_ACCOUNT = "ACCOUNT"
_ACCOUNTED_PAYMENT_FIELDS = ("accounted", "returns")
_REMOVABLE = ("RECEIPT", "DOCUMENT", "PAYMENT", "METER")
"""Rows that a person may remove; imports remove none."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row to restore: the current one, the wanted one (None: no row), the fields to restore."""

    key: Key
    current: Item
    target: Item | None
    fields: frozenset[str] | None = None
    """For the account's item: the attributes that the import changed; None is the whole row."""
    payments: tuple[str, ...] = ()
    """Payments through the cabinet that were accounted, by their id in `unaccounted`."""
    keeps_state: bool = False
    """For a meter: the import changed no reading, so the meter's current state is kept."""


@dataclass(frozen=True, slots=True)
class QueuedReadingChange:
    """One zone of a meter in what waits for billing."""

    queue: Key
    attribute: str
    line: Item | None


@dataclass(slots=True)
class UndoDecision:
    """What one account's undo comes to."""

    number: str
    changes: list[RowChange] = field(default_factory=list)
    queued_readings: list[QueuedReadingChange] = field(default_factory=list)
    account: Key | None = None
    """The key of the account's own item, if that keeps summaries of the restored meters."""
    meter_summaries: dict[str, Item | None] = field(default_factory=dict)
    """The restored meters' entries in that item, by meter; None removes one."""
    paperless: Item | None = None
    """The row of paper opt-outs with those that the import ended."""
    conflicts: set[str] = field(default_factory=set)
    """Codes of `REASONS`."""


def rows_of(kept: Sequence[LoggedAccount]) -> dict[Key, None]:
    """Return the keys of the rows that are to be read for `decide`."""
    keys = dict.fromkeys(row.key for account in kept for row in _with_documents(account))
    own = {(pk, _ACCOUNT): None for pk, sk in keys if sk.startswith("METER#")}
    return keys | own


def decide(kept: Sequence[LoggedAccount], current: Mapping[Key, Item]) -> UndoDecision:
    """Return what is restored of an account, by its lines of the log as they were written."""
    undo = UndoDecision(kept[0].number)
    attempts: dict[Key, list[tuple[str, LoggedRow]]] = {}
    for account in reversed(kept):
        for row in _with_documents(account):
            attempts.setdefault(row.key, []).append((account.attempt, row))
    for key, rows in attempts.items():
        kind = key[1].partition("#")[0]
        if key[0].startswith("EXPORT#"):
            continue
        if key[0].startswith("PAPERLESS#"):
            _decide_paperless(undo, rows, current.get(key))
        elif kind == "ACCOUNT":
            _decide_account(undo, key, rows, current.get(key))
        else:
            _decide_row(undo, key, rows, current.get(key))
    for key, rows in attempts.items():
        if key[0].startswith("EXPORT#"):
            _decide_lines(undo, key, rows, current.get(key))
    _decide_meter_summaries(undo, current)
    return undo


def _decide_meter_summaries(undo: UndoDecision, current: Mapping[Key, Item]) -> None:
    """Make the account's item agree with the rows of its meters."""
    for change in undo.changes:
        if not change.key[1].startswith("METER#"):
            continue
        account = change.key[0], _ACCOUNT
        if current.get(account, {}).get("meter_terms") is None:
            continue
        undo.account = account
        meter_id = change.key[1].partition("#")[2]
        if change.target is None:
            undo.meter_summaries[meter_id] = None
            continue
        kept = {name: change.current[name] for name in METER_STATE_FIELDS} if change.keeps_state else {}
        undo.meter_summaries[meter_id] = meter_summary(Meter.model_validate(change.target | kept))


def _matching(
    rows: Sequence[tuple[str, LoggedRow]], current: Item | None
) -> tuple[list[LoggedRow], Item | None]:
    """Return the rows of the attempts that have written, newest first, and what was there before them all."""
    state, matched = current, []
    for attempt, row in rows:
        if state is not None and _is_written_by(attempt, row, state):
            matched.append(row)
            state = row.before
    return matched, state


def _is_written_by(attempt: str, row: LoggedRow, item: Item) -> bool:
    if not str(item.get("mark", "")).startswith(attempt):
        return False
    kind = row.key[1].partition("#")[0]
    if kind == "METER":
        return state_digest(item) == row.checks["memory"] or not _changed_state(row)
    if kind == "READING":
        return all(item.get(name) == value for name, value in row.checks.items())
    return True


def _changed_state(row: LoggedRow) -> bool:
    return row.before is None or state_digest(row.before) != row.checks["memory"]


def _conflict(rows: Sequence[tuple[str, LoggedRow]], current: Item | None) -> str | None:
    """Return why a row that was changed since cannot be restored; None if it needs no restoring."""
    mark = (current or {}).get("mark")
    if any(mark == (row.before or {}).get("mark") and (current is None) == (row.before is None)
           for _, row in rows):  # fmt: skip
        return None
    is_ours = any(str(mark).startswith(attempt) for attempt, _ in rows)
    return "reading_since" if is_ours else "newer_registry"


def _decide_row(
    undo: UndoDecision, key: Key, rows: Sequence[tuple[str, LoggedRow]], current: Item | None
) -> None:
    matched, target = _matching(rows, current)
    if matched and current is not None:
        keeps_state = key[1].startswith("METER#") and not any(map(_changed_state, matched))
        undo.changes.append(RowChange(key, current, target, keeps_state=keeps_state))
    elif current is None and key[1].partition("#")[0] in _REMOVABLE:
        return
    elif (code := _conflict(rows, current)) is not None:
        undo.conflicts.add(code)


def _decide_account(
    undo: UndoDecision, key: Key, rows: Sequence[tuple[str, LoggedRow]], current: Item | None
) -> None:
    matched, target = _matching(rows, current)
    if not matched or current is None:
        if (code := _conflict(rows, current)) is not None:
            undo.conflicts.add(code)
        return
    fields = {"mark", "revision"} | {name for row in matched for name in row.checks.get("fields", ())}
    payments = dict.fromkeys(name for row in matched for name in row.checks.get("payments", ()))
    if payments:
        fields |= set(_ACCOUNTED_PAYMENT_FIELDS)
    if target is None:
        if "bound" in current:
            undo.conflicts.add("account_bound")
        if "reserved_version" in current or current["unaccounted"]:
            undo.conflicts.add("order_since")
    # First: a reader finds the older receipts before the newer ones go.
    undo.changes.insert(0, RowChange(key, current, target, frozenset(fields), tuple(payments)))


def removed_receipts(undo: UndoDecision) -> list[ReceiptName]:
    """Return the receipts that were ever removed by hand, if the account's own item is restored."""
    account = undo.changes[0] if undo.changes and undo.changes[0].key[1] == _ACCOUNT else None
    if account is None or account.target is None:
        return []
    names = (str(name).partition("#") for name in account.current.get(REMOVED_RECEIPTS, ()))
    return [(period, kind) for period, _, kind in names]


def exclude_removed_receipts(
    undo: UndoDecision, remaining: Collection[ReceiptName], newest: Mapping[str, Item]
) -> None:
    """Take receipts that were removed since out of what the account's item will be.

    Parameters
    ----------
    remaining
        Names of the receipts that exist after the undo.
    newest
        Kind → the newest of them, as it is stored then.
    """
    account = undo.changes[0]
    target = dict(account.target or {})
    reach: Data = {}
    for name in removed_receipts(undo):
        if name not in remaining:
            reach = without_receipt(target, name, remaining, newest.get(name[1]))
            target |= reach
    undo.changes[0] = replace(account, target=target, fields=(account.fields or frozenset()) | reach.keys())


def _with_documents(kept: LoggedAccount) -> Iterator[LoggedRow]:
    """Yield an attempt's rows, with those in the list of documents that are written with receipts."""
    for row in kept.rows:
        yield row
        if not row.key[1].startswith("RECEIPT#"):
            continue
        before = None
        if row.before is not None:
            supplier_id, _, number = row.key[0].removeprefix("ACCOUNT#").partition("#")
            before = document_row(f"{supplier_id}:{number}", Receipt.model_validate(row.before))
            before |= {"mark": row.before["mark"]} if "mark" in row.before else {}
        yield LoggedRow((row.key[0], row.key[1].replace("RECEIPT#", "DOCUMENT#", 1)), before, {})


def _decide_lines(
    undo: UndoDecision, key: Key, rows: Sequence[tuple[str, LoggedRow]], current: Item | None
) -> None:
    """Withdraw what waits for billing; what was sent there cannot be recalled."""
    changed = {
        change.key[1].partition("#")[2] for change in undo.changes if change.key[1].startswith("METER#")
    }
    for name in dict.fromkeys(name for _, row in rows for name in row.checks["lines"]):
        present = line = (current or {}).get(name)
        for _, row in rows:
            ours = row.checks["lines"].get(name)
            if line is not None and line["reading_id"] == ours:
                line = (row.before or {}).get(name)
        if line != present:
            undo.queued_readings.append(QueuedReadingChange(key, name, line))
        elif present is None and name.partition("|")[0] in changed:
            undo.conflicts.add("reading_exported")


def _decide_paperless(
    undo: UndoDecision, rows: Sequence[tuple[str, LoggedRow]], current: Item | None
) -> None:
    for _, row in rows:
        before = row.before or {}
        if current is None or current["turn"] == before.get("turn"):
            return
        if current["refused_by"] == before.get("refused_by"):
            return
        if current["turn"] == row.checks["turn"]:
            undo.paperless = current | {"refused_by": before["refused_by"]}
            return
    undo.conflicts.add("paper_refusal_since")


def is_meter_state_field(name: str) -> bool:
    """Tell whether an attribute of a meter is what readings change."""
    return name in METER_STATE_FIELDS


def unaccounted_before(change: RowChange) -> dict[str, Data | None]:
    """Return the former entries of payments on their way, by payment; None removes one."""
    entries = (change.target or {}).get("unaccounted") or {}
    return {payment_id: entries.get(payment_id) for payment_id in change.payments}
