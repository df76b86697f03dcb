"""Writes readings that are submitted or withdrawn; `queries.py` reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cabinet.accounts.model import Account
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Item, Table, Transaction
from cabinet.core import clock
from cabinet.metering import export_queue
from cabinet.metering.errors import StaleMeter
from cabinet.metering.keys import meter_key, reading_key
from cabinet.metering.meter_state import apply_reading, withdraw
from cabinet.metering.meter_summaries import save_summaries
from cabinet.metering.model import Meter, Reading, ZoneReading
from cabinet.metering.submission import AcceptedReading

_VERSION_UNCHANGED = "attribute_exists(pk) AND (attribute_not_exists(#version) OR #version = :seen)"
"""Nobody has changed the meter's readings since it was read."""
_IS_ACTIVE = "attribute_exists(pk) AND #status <> :replaced AND #status <> :withdrawn"
"""Rows of former versions have another word for it."""


@dataclass(frozen=True, slots=True)
class SubmissionTime:
    """When something is handed in: the instant, and the day in the supplier's time zone."""

    at: datetime
    today: date


def submit(
    transaction: Transaction,
    account: Account,
    accepted: Sequence[AcceptedReading],
    waiting_row: Item | None,
    moment: SubmissionTime,
    by: str | None,
) -> None:
    """Add readings to the transaction: the meters' state, the history, what the export must carry.

    `waiting_row` is the account's row as it was read together with the meters; a write in between makes
    the commit raise StaleMeter.
    """
    changed: dict[str, tuple[Meter, Meter]] = {}
    changes: list[export_queue.QueueChange] = []
    for each in accepted:
        meter, zone, replaced = each.validated.meter, each.validated.zone, each.validated.replaces
        sent = export_queue.previously_exported(waiting_row, meter, zone, replaced)
        reading = each.reading.model_copy(update={"superseded_export": sent})
        _, latest = changed.get(meter.meter_id, (meter, meter))
        changed[meter.meter_id] = meter, apply_reading(latest, zone, reading, replaces=replaced is not None)
        _put_reading(transaction, account, meter, zone, reading, moment.at, by)
        if replaced is not None:
            _set_status(transaction, account, meter, replaced, "replaced")
        line = export_queue.export_line(
            account.number, meter, zone, reading.reading_id, reading.value, reading.taken_on,
            moment.today, reading.source,
        )  # fmt: skip
        changes.append(export_queue.QueueChange(meter.meter_id, zone, line))
    for before, after in changed.values():
        save_meter_state(transaction, account.account_id, before, after)
    save_summaries(transaction, account, (after for _, after in changed.values()))
    export_queue.update_queue(transaction, account.account_id, waiting_row, changes)


def write_withdrawal(
    transaction: Transaction,
    account: Account,
    meter: Meter,
    zone: str,
    waiting_row: Item | None,
    moment: SubmissionTime,
) -> None:
    """Add the withdrawal of a zone's active reading: the one before it becomes active again.

    What billing has been sent of that month is called back by a line of its own.
    """
    reading = meter.last[zone]
    sent = export_queue.previously_exported(waiting_row, meter, zone, reading)
    _set_status(transaction, account, meter, reading, "withdrawn")
    withdrawn = withdraw(meter, zone)
    save_meter_state(transaction, account.account_id, meter, withdrawn)
    save_summaries(transaction, account, [withdrawn])
    line = None
    if sent is not None:
        line = export_queue.export_line(
            account.number, meter, zone, sent.reading_id, sent.value, sent.taken_on, moment.today,
            export_queue.WITHDRAWN,
        )  # fmt: skip
    export_queue.update_queue(
        transaction, account.account_id, waiting_row, [export_queue.QueueChange(meter.meter_id, zone, line)]
    )


def is_withdrawn(account_id: str, meter: Meter, zone: str) -> bool:
    """Tell whether the valid reading of `meter`, as it was read, has been withdrawn since."""
    reading = meter.last[zone]
    key = reading_key(account_id, meter.meter_id, reading.taken_on.isoformat(), reading.reading_id)
    row = dynamo.get(Table.ACCOUNTS, key, consistent=True)
    return row is not None and row["status"] == "withdrawn"


def save_meter_state(transaction: Transaction, account_id: str, before: Meter, after: Meter) -> None:
    """Add a meter's new state to the transaction, if nobody has changed it since `before` was read."""
    memory = after.model_dump(mode="json", include={"last", "before", "monthly"})
    transaction.update(
        Table.ACCOUNTS,
        meter_key(account_id, before.meter_id),
        "SET #last = :last, #before = :before, #monthly = :monthly, #version = :version",
        condition=_VERSION_UNCHANGED,
        on_conflict=StaleMeter,
        seen=before.version,
        version=before.version + 1,
        **memory,
    )


def _put_reading(
    transaction: Transaction, account: Account, meter: Meter, zone: str, reading: ZoneReading,
    at: datetime, by: str | None,
) -> None:  # fmt: skip
    pk, sk = reading_key(account.account_id, meter.meter_id, reading.taken_on.isoformat(), reading.reading_id)
    row = Reading(
        reading_id=reading.reading_id,
        meter_id=meter.meter_id,
        zone=zone,
        value=reading.value,
        delta=reading.delta,
        taken_on=reading.taken_on,
        submitted_at=clock.timestamp(at),
        period=reading.period,
        source=reading.source,
        by=by,
    )
    transaction.put(
        Table.ACCOUNTS,
        {"pk": pk, "sk": sk} | row.model_dump(mode="json"),
        condition=IS_ABSENT,
        on_conflict=StaleMeter,
    )


def _set_status(
    transaction: Transaction, account: Account, meter: Meter, reading: ZoneReading, status: str
) -> None:
    key = reading_key(account.account_id, meter.meter_id, reading.taken_on.isoformat(), reading.reading_id)
    transaction.update(
        Table.ACCOUNTS,
        key,
        "SET #status = :status",
        condition=_IS_ACTIVE,
        on_conflict=StaleMeter,
        status=status,
        replaced="replaced",
        withdrawn="withdrawn",
    )
