"""What an export must carry: one row for each account with readings that billing has not been sent yet.

It is written in the transaction of the reading itself, in a partition sharded by supplier. Each tariff zone
of a meter is one attribute, so that a second submission before the export replaces the first.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from cabinet.aws.dynamo import Item, Key, Table, Transaction
from cabinet.core.identifiers import supplier_part
from cabinet.core.sharding import shard_for
from cabinet.metering.errors import StaleMeter
from cabinet.metering.model import ExportedReading, Meter, ZoneReading

SHARDS = 8
WITHDRAWN = "withdrawn"
"""Source of a line that calls back a reading which billing has already been sent."""
_ZONE_ATTRIBUTE = "|"


def shard_partition(supplier_id: str, shard: int) -> str:
    """Return the partition of one shard of a supplier's waiting rows."""
    return f"EXPORT#readings#{supplier_id}#{shard}"


def queue_key(account_id: str) -> Key:
    """Return the key of an account's waiting row."""
    return shard_partition(supplier_part(account_id), shard_for(account_id, SHARDS)), account_id


def pending_lines(row: Item) -> list[dict[str, Any]]:
    """Return the registry lines that a waiting row holds, in a stable order."""
    return [row[name] for name in sorted(row) if _ZONE_ATTRIBUTE in name]


@dataclass(frozen=True, slots=True)
class QueueChange:
    """What happens to one zone of a meter in the waiting row."""

    meter_id: str
    zone: str
    line: dict[str, Any] | None
    """The new line; None takes the waiting one away."""

    @property
    def attribute(self) -> str:
        """Return the name of the zone's attribute."""
        return f"{self.meter_id}{_ZONE_ATTRIBUTE}{self.zone}"

    @classmethod
    def of(cls, attribute: str, line: dict[str, Any] | None) -> "QueueChange":
        """Return the change of the zone that an attribute is named after."""
        meter_id, _, zone = attribute.partition(_ZONE_ATTRIBUTE)
        return cls(meter_id, zone, line)


def previously_exported(
    row: Item | None, meter: Meter, zone: str, replaced: ZoneReading | None
) -> ExportedReading | None:
    """Return what billing holds of the month that `replaced` belonged to, None when it was sent nothing."""
    line = (row or {}).get(f"{meter.meter_id}{_ZONE_ATTRIBUTE}{zone}")
    if line is not None and line["source"] == WITHDRAWN:
        # Recalled, but the recall was not sent either: billing still holds that reading.
        return ExportedReading(reading_id=line["reading_id"], value=line["value"], taken_on=line["taken"])
    if replaced is None:
        return None
    if line is not None and line["reading_id"] == replaced.reading_id:
        return replaced.superseded_export
    return ExportedReading(reading_id=replaced.reading_id, value=replaced.value, taken_on=replaced.taken_on)


def export_line(
    number: str, meter: Meter, zone: str, reading_id: str, value: str, taken_on: date,
    submitted_on: date, source: str,
) -> dict[str, Any]:  # fmt: skip
    """Return one line of the registry of readings (docs/centre/registries.md); `number` is the account's."""
    return {
        "reading_id": reading_id,
        "ls": number,
        "meter_no": meter.number,
        "zone": zone,
        "value": value,
        "taken": taken_on.isoformat(),
        "accepted": submitted_on.isoformat(),
        "source": source,
    }


def update_queue(
    transaction: Transaction, account_id: str, row: Item | None, changes: list[QueueChange]
) -> None:
    """Add to the transaction the change of the account's waiting row, as `row` has shown it.

    An export that has taken the row meanwhile refuses the transaction (StaleMeter): what was waiting has
    then been sent, and must be read again.
    """
    sets, removes, conditions = ["#changed = :changed", "#account_id = :account_id"], [], []
    names: dict[str, str] = {}
    values: dict[str, Any] = {"changed": transaction.mark, "account_id": account_id}
    for index, change in enumerate(changes):
        place = f"w{index}"
        names[place] = change.attribute
        active = (row or {}).get(change.attribute)
        if active is None:
            conditions.append(f"attribute_not_exists(#{place})")
        else:
            conditions.append(f"#{place}.#reading_id = :was{index}")
            values[f"was{index}"] = active["reading_id"]
        if change.line is not None:
            sets.append(f"#{place} = :line{index}")
            values[f"line{index}"] = change.line
        elif active is not None:
            removes.append(f"#{place}")
    transaction.update(
        Table.ACCOUNTS,
        queue_key(account_id),
        f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(removes)}" if removes else ""),
        condition=" AND ".join(conditions),
        on_conflict=StaleMeter,
        names=names,
        **values,
    )
