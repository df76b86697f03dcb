"""Meters and readings of a registry: what the meter is, the last readings of each zone, the rows of history.

What a reading means for a meter is metering's rule:
`metering.meter_state.merge_imported`. Here it is stored.
"""

from collections import Counter

from cabinet.accounts.keys import account_key
from cabinet.aws.dynamo import IS_PRESENT, Item, Key, Table, key_attributes
from cabinet.core.identifiers import own_part
from cabinet.exchange.errors import ConcurrentModification
from cabinet.exchange.imports.account_update import AccountUpdate, Data, ReadingRow
from cabinet.exchange.imports.merge_rules import MergeDecision, content_digest, decide_merge
from cabinet.exchange.imports.write_plan import Import, Plan, Write, prepare_new
from cabinet.metering import export_queue
from cabinet.metering.keys import meter_key, reading_key
from cabinet.metering.meter_state import MergeResult, imported_id, merge_imported
from cabinet.metering.meter_summaries import meter_summary
from cabinet.metering.model import Meter, Reading, ZoneReading
from cabinet.metering.volumes import parse_volume

METER_STATE_FIELDS = ("last", "before", "monthly")
"""What readings change of a meter, those of registries and those of residents."""
_CHANGED_BY_OTHERS = ("accepted_on", "status")
"""What a later reading changes of the row of this one."""
_VERSION_UNCHANGED = "#version = :seen"


def meter_keys(update: AccountUpdate) -> list[Key]:
    """Return the keys of the meters that the update may touch, and of what waits for billing."""
    keys = [
        meter_key(update.account_id, meter_id)
        for meter_id in dict.fromkeys((*update.meters, *update.readings))
    ]
    if any(is_unknown_to_billing(row) for rows in update.readings.values() for row in rows):
        keys.append(export_queue.queue_key(update.account_id))
    return keys


def reading_keys(update: AccountUpdate) -> list[Key]:
    """Return the keys of the readings that the update may bring."""
    return [
        _imported_key(update.account_id, meter_id, row)
        for meter_id, rows in update.readings.items()
        for row in rows
    ]


def apply_meters(plan: Plan, update: AccountUpdate, importing: Import) -> None:
    """Add the meters' attributes and readings, and before them what is still to go to billing."""
    first = len(plan.groups)
    to_billing = [
        change
        for meter_id in dict.fromkeys((*update.meters, *update.readings))
        for change in _apply_meter(plan, update, meter_id, importing)
    ]
    if to_billing:
        queue_key = export_queue.queue_key(update.account_id)
        row = plan.existing.get(queue_key)
        plan.undo_checks[queue_key] = {
            "lines": {change.attribute: (change.line or {}).get("reading_id") for change in to_billing}
        }
        # First: where the run breaks off here, the next one finds the reading new and says it again.
        plan.groups.insert(
            first,
            (
                [
                    lambda transaction: export_queue.update_queue(
                        transaction, update.account_id, row, to_billing
                    )
                ],
                1,
            ),
        )


def _apply_meter(
    plan: Plan, update: AccountUpdate, meter_id: str, importing: Import
) -> list[export_queue.QueueChange]:
    """Add one meter; a reading of an unknown meter or zone is counted and left out."""
    rows = update.readings.get(meter_id, [])
    key = meter_key(update.account_id, meter_id)
    existing = plan.existing.get(key)
    meter_attributes = _meter_attributes(plan, update.meters.get(meter_id), existing, importing)
    if existing is None and meter_attributes is None:
        plan.tally["readings.unknown_meter"] += len(rows)
        return []
    before = Meter.model_validate((existing or {}) | (meter_attributes or {}))
    history = _History(plan, update.account_id, meter_id)
    meter = before
    to_billing: dict[str, export_queue.QueueChange] = {}
    for row in rows:
        if row.zone not in meter.zone_names:
            plan.tally["readings.unknown_zone"] += 1
            continue
        merged = merge_imported(meter, row.zone, row.value, row.taken_on, row.accounted_on, row.source)
        history.record(row, merged)
        meter = merged.meter
        if merged.new is not None and meter.last.get(row.zone) == merged.new and is_unknown_to_billing(row):
            meter, to_billing[row.zone] = _queue_for_billing(plan, update, meter, row, merged, importing)
    history.add_to(plan, importing)
    plan.meter_summaries[meter_id] = meter_summary(meter)
    if meter_attributes is not None or meter is not before:
        plan.add(_write(plan, key, existing, meter, meter_attributes or {}))
    return list(to_billing.values())


def is_unknown_to_billing(row: ReadingRow) -> bool:
    """Tell whether a reading is to go to billing: a controller's, which it has not accepted itself."""
    return row.source == "staff" and row.accounted_on is None


def _queue_for_billing(
    plan: Plan, update: AccountUpdate, meter: Meter, row: ReadingRow, merged: MergeResult, importing: Import
) -> tuple[Meter, export_queue.QueueChange]:
    """Return the meter, which remembers what billing was sent of a replaced reading, and billing's line."""
    reading = meter.last[row.zone]
    waiting_row = plan.existing.get(export_queue.queue_key(update.account_id))
    if merged.replaced is not None:
        sent = export_queue.previously_exported(waiting_row, meter, row.zone, merged.replaced)
        last = meter.last | {row.zone: reading.model_copy(update={"superseded_export": sent})}
        meter = meter.model_copy(update={"last": last})
    account = plan.existing.get(account_key(update.account_id)) or {}
    number = own_part(str(account.get("account_id", update.account_id)))
    line = export_queue.export_line(
        number, meter, row.zone, reading.reading_id, reading.value, reading.taken_on,
        importing.registry.dated, row.source,
    )  # fmt: skip
    return meter, export_queue.QueueChange(meter.meter_id, row.zone, line)


def _meter_attributes(plan: Plan, data: Data | None, existing: Item | None, importing: Import) -> Data | None:
    """Return the attributes of the meter's row when they are to be written."""
    if data is None:
        return None
    was = existing or {}
    numbered = data.get("gis_number", was.get("gis_number", ""))
    data = {"unit": was.get("unit", "")} | {
        name: value for name, value in data.items() if name != "gis_number"
    }
    # Meters without a number of ГИС ЖКХ have no attribute of it, and the digest that they always had.
    digest = content_digest(data | ({"gis_number": numbered} if numbered else {}))
    decision = decide_merge(
        existing, digest, importing.stamp, importing.format_name, importing.latest_stamp("meters")
    )
    plan.count("meters", decision)
    if decision is not MergeDecision.WRITTEN:
        return None
    kept = {"gis_number": numbered} if numbered or "gis_number" in was else {}
    return data | kept | {"stamp": importing.stamp, "digest": digest, "source": importing.format_name}


def state_digest(item: Item) -> str:
    """Return the digest of what a meter remembers of its readings."""
    return content_digest([item.get(name) for name in METER_STATE_FIELDS])


def _write(plan: Plan, key: Key, existing: Item | None, meter: Meter, meter_attributes: Data) -> Write:
    version = max(meter.version, (existing["version"] if existing else 0) + 1)
    item: Item = (existing or {}) | meter.model_dump(mode="json") | meter_attributes
    item |= {**key_attributes(key), "version": version}
    plan.undo_checks[key] = {"memory": state_digest(item)}
    if existing is None:
        plan.created.add(key)
        return prepare_new(item)
    return lambda transaction: transaction.put(
        Table.ACCOUNTS,
        item,
        condition=_VERSION_UNCHANGED,
        on_conflict=ConcurrentModification,
        seen=existing["version"],
    )


class _History:
    """The rows of a meter's readings: new ones, and changes of existing ones."""

    def __init__(self, plan: Plan, account_id: str, meter_id: str) -> None:
        self._existing = plan.existing
        self._account_id, self._meter_id = account_id, meter_id
        self._new: dict[Key, Item] = {}
        self._changes: dict[Key, Data] = {}
        self._seen: Counter[MergeDecision] = Counter()

    def record(self, row: ReadingRow, merged: MergeResult) -> None:
        """Count the result of one row of the registry."""
        if merged.acknowledged is not None:
            self._change(merged.acknowledged, accepted_on=_day(row))
        elif merged.new is not None:
            self._enter_new(row, merged.new)
        else:
            self._seen[MergeDecision.UNCHANGED] += 1
        if merged.replaced is not None:
            self._change(merged.replaced, status="replaced")

    def add_to(self, plan: Plan, importing: Import) -> None:
        """Add the rows to the plan."""
        for key, item in self._new.items():
            full = item | {**key_attributes(key), "stamp": importing.stamp}
            plan.undo_checks[key] = {name: item[name] for name in _CHANGED_BY_OTHERS}
            plan.created.add(key)
            plan.add(prepare_new(full))
        for key, change in self._changes.items():
            plan.undo_checks[key] = change
            plan.add(_change_row(key, change))
        for decision, count in self._seen.items():
            plan.count("readings", decision, count)

    def _enter_new(self, row: ReadingRow, reading: ZoneReading) -> None:
        key = reading_key(self._account_id, self._meter_id, row.taken_on.isoformat(), reading.reading_id)
        existing = self._new.get(key) or self._existing.get(key)
        if existing is not None and (row.accounted_on is None or existing["accepted_on"] == _day(row)):
            self._seen[MergeDecision.UNCHANGED] += 1
        elif existing is not None:
            self._change(reading, accepted_on=_day(row))
        else:
            self._seen[MergeDecision.WRITTEN] += 1
            self._new[key] = Reading(
                reading_id=reading.reading_id, meter_id=self._meter_id, zone=row.zone, value=reading.value,
                delta=reading.delta, taken_on=row.taken_on, accounted_on=row.accounted_on,
                period=reading.period, source=row.source,
            ).model_dump(mode="json")  # fmt: skip

    def _change(self, reading: ZoneReading, **attributes: str | None) -> None:
        taken_on = reading.taken_on.isoformat()
        key = reading_key(self._account_id, self._meter_id, taken_on, reading.reading_id)
        if "accepted_on" in attributes:
            self._seen[MergeDecision.WRITTEN] += 1
        if key in self._new:
            self._new[key] |= attributes
        else:
            self._changes.setdefault(key, {}).update(attributes)


def _change_row(key: Key, change: Data) -> Write:
    expression = "SET #mark = :mark, " + ", ".join(f"#{name} = :{name}" for name in change)
    return lambda transaction: transaction.update(
        Table.ACCOUNTS,
        key,
        expression,
        condition=IS_PRESENT,
        on_conflict=ConcurrentModification,
        mark=transaction.mark,
        **change,
    )


def _imported_key(account_id: str, meter_id: str, row: ReadingRow) -> Key:
    return reading_key(
        account_id, meter_id, row.taken_on.isoformat(), imported_id(row.zone, parse_volume(row.value))
    )


def _day(row: ReadingRow) -> str | None:
    return row.accounted_on.isoformat() if row.accounted_on else None
