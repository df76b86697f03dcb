"""What the account's own item says of its meters: enough to tell what is due of them, without their rows.

An entry is a meter without its values and months. It is written in the transaction that changes the meter's
readings; an import writes it with the meter. An account from before there were entries has none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cabinet.accounts.keys import account_key
from cabinet.accounts.model import Account
from cabinet.aws.dynamo import Item, Table, Transaction
from cabinet.metering.errors import StaleMeter
from cabinet.metering.model import Meter

_DESCRIPTION_FIELDS = (
    "number", "service", "place", "zones", "installed_on", "verify_until", "calculated_from", "calculated_to",
)  # fmt: skip
_HAS_SUMMARIES = "attribute_exists(#meter_terms)"


def meter_summary(meter: Meter) -> Item:
    """Return a meter's entry."""
    description = meter.model_dump(mode="json", include=set(_DESCRIPTION_FIELDS), exclude_defaults=True)
    last = {
        zone: {"period": reading.period, "taken_on": reading.taken_on.isoformat()}
        for zone, reading in meter.last.items()
    }
    return description | {"last": last}


def meters_from_summaries(account: Account) -> list[Meter] | None:
    """Return the account's meters as its item knows them; None when it does not say."""
    if account.meter_summaries is None:
        return None
    return [_meter(meter_id, summary) for meter_id, summary in sorted(account.meter_summaries.items())]


def _meter(meter_id: str, summary: Mapping[str, Any]) -> Meter:
    defaults = {"reading_id": "", "value": "0", "source": "billing"}
    last = {zone: defaults | reading for zone, reading in summary["last"].items()}
    return Meter.model_validate({**summary, "meter_id": meter_id, "last": last})


def save_summaries(transaction: Transaction, account: Account, meters: Iterable[Meter]) -> None:
    """Add the meters' entries to the transaction that changes their readings; raises StaleMeter."""
    if account.meter_summaries is None:
        return
    changes = summary_changes({meter.meter_id: meter_summary(meter) for meter in meters})
    transaction.update(
        Table.ACCOUNTS, account_key(account.account_id), changes.expression,
        condition=_HAS_SUMMARIES, on_conflict=StaleMeter, names=changes.names, **changes.values,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SummaryChanges:
    """Parts of an update that sets entries in the account's item, or takes them away."""

    sets: list[str] = field(default_factory=list)
    removes: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, Item] = field(default_factory=dict)

    @property
    def expression(self) -> str:
        """Return the update expression of these changes alone."""
        parts = (("SET", self.sets), ("REMOVE", self.removes))
        return " ".join(f"{verb} {', '.join(which)}" for verb, which in parts if which)


def summary_changes(summaries: Mapping[str, Item | None]) -> SummaryChanges:
    """Return the parts of the update for meters' entries; None takes one away."""
    changes = SummaryChanges()
    for index, (meter_id, summary) in enumerate(summaries.items()):
        path = f"#meter_terms.#meter{index}"
        changes.names.update({"meter_terms": "meter_terms", f"meter{index}": meter_id})
        if summary is None:
            changes.removes.append(path)
        else:
            changes.sets.append(f"{path} = :meter{index}")
            changes.values[f"meter{index}"] = summary
    return changes
