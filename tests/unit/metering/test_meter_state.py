"""What a meter remembers: averages, months, and that its memory always equals a simple model's."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.core.periods import shift_period
from cabinet.metering.meter_state import (
    apply_reading,
    average,
    average_text,
    merge_imported,
    monthly_volumes,
    withdraw,
)
from cabinet.metering.model import ExportedReading, Meter, ZoneReading
from cabinet.metering.volumes import UNIT, format_volume, parse_volume


def meter_of(**changes: Any) -> Meter:
    return Meter(**({"meter_id": "m", "number": "m", "service": "ХВС"} | changes))


@pytest.mark.parametrize(
    ("months", "mean"),
    [
        ({}, None), ({"2026-01": "5"}, None), ({"2026-01": "5", "2026-02": "5"}, None),
        ({"2026-01": "1", "2026-02": "2", "2026-03": "6"}, "3.000"),
        ({f"2026-0{n}": str(n) for n in range(1, 9)}, "5.500"),
        ({"2026-01": "9", "2026-06": "9"}, "3.000"),
        ({"2025-12": "1", "2026-01": "1", "2026-02": "0"}, "0.667"),
        ({"2020-01": "600", "2026-06": "6"}, "1.000"),
    ],
)  # fmt: skip
def test_the_average_is_over_months_not_over_readings(months: dict[str, str], mean: str | None) -> None:
    found = average(months)
    assert (None if found is None else format_volume(found, 3)) == mean
    assert average_text(meter_of(monthly={"T1": months})) == mean


def test_zones_are_shown_together() -> None:
    months = {"2026-01": "1", "2026-02": "1", "2026-03": "1"}
    meter = meter_of(zones=2, monthly={"T1": months, "T2": months})
    assert average_text(meter) == "2.000"
    assert monthly_volumes(meter) == {f"2026-0{n}": 2 * UNIT for n in (1, 2, 3)}


@dataclass
class Model:
    """The same, simply: the list of all readings, of which the last of each month is valid."""

    readings: list[tuple[str, int]] = field(default_factory=list)
    """(period, value), in order; the last of a month replaces those before it."""

    def hand_in(self, period: str, value: int) -> None:
        if self.readings and self.readings[-1][0] == period:
            self.readings.pop()
        self.readings.append((period, value))

    def monthly(self) -> dict[str, int]:
        return {
            period: value - before
            for (_, before), (period, value) in zip(
                [("", 0), *self.readings], self.readings, strict=False
            )
        }  # fmt: skip


@given(
    st.lists(
        st.tuples(st.sampled_from(["same month", "next month", "withdraw"]), st.integers(0, 500)), max_size=40
    )
)
def test_the_memory_equals_a_simple_models(steps: list[tuple[str, int]]) -> None:
    start = ZoneReading(reading_id="i", value="0.000", taken_on=date(2020, 1, 1), source="initial")
    meter, model, period = meter_of(last={"T1": start}), Model(), "2020-01"
    for index, (step, grown) in enumerate(steps):
        active = meter.last["T1"]
        if step == "withdraw":
            # Only the reading of the open month, and once: the one before it is of an earlier month.
            if active.period == period and meter.before.get("T1") is not None:
                meter = withdraw(meter, "T1")
                model.readings.pop()
            continue
        if step == "next month":
            period = shift_period(period, 1)
        replaces = active.period == period
        base = meter.before["T1"] if replaces else active
        value = base.value_millionths + grown * UNIT
        reading = ZoneReading(
            reading_id=str(index), value=format_volume(value, 3), taken_on=date(2020, 1, 1),
            source="subscriber", period=period, delta=format_volume(grown * UNIT, 3),
        )  # fmt: skip
        meter = apply_reading(meter, "T1", reading, replaces=replaces)
        model.hand_in(period, value)
        assert meter.last["T1"].value_millionths >= base.value_millionths
    expected = model.monthly()
    kept = {month: volume for month, volume in monthly_volumes(meter).items() if volume}
    oldest = shift_period(max(expected), -35) if expected else ""
    assert kept == {month: volume for month, volume in expected.items() if volume and month >= oldest}
    assert meter.last["T1"].value_millionths == (model.readings[-1][1] if model.readings else 0)


def history_of(*rows: tuple[str, str, str | None], meter: Meter | None = None) -> Meter:
    meter = meter or meter_of()
    for value, taken, accepted in rows:
        source = "initial" if not meter.last else "billing"
        accounted_on = date.fromisoformat(accepted) if accepted else None
        meter = merge_imported(meter, "T1", value, date.fromisoformat(taken), accounted_on, source).meter  # type: ignore[arg-type]
    return meter


ROWS = [
    ("0,00", "2012-03-01", "2012-03-01"),
    ("5", "2012-03-20", "2012-03-28"),
    ("9.5", "2012-04-20", "2012-04-28"),
]


def test_billings_history_builds_the_memory() -> None:
    meter = history_of(*ROWS)
    assert meter.monthly == {"T1": {"2012-03": "5.000", "2012-04": "4.500"}}
    assert (meter.last["T1"].value, meter.before["T1"].value) == ("9.500", "5.000")
    assert meter.last["T1"].accounted_on == date(2012, 4, 28)


def test_the_same_registry_again_changes_nothing() -> None:
    meter = history_of(*ROWS)
    for value, taken, accepted in ROWS[1:]:
        absorbed = merge_imported(
            meter, "T1", value, date.fromisoformat(taken), date.fromisoformat(accepted or taken), "billing"
        )
        assert absorbed.meter is meter
        assert absorbed.new is None
        assert absorbed.acknowledged is None


def own(
    meter: Meter, value: str, reading_id: str, *, replaces: bool = False, sent: ExportedReading | None = None
) -> Meter:
    base = meter.before["T1"] if replaces else meter.last["T1"]
    reading = ZoneReading(
        reading_id=reading_id, value=value, taken_on=date(2012, 5, 20), source="subscriber", period="2012-05",
        delta=format_volume(parse_volume(value) - base.value_millionths, 3), sent=sent,
    )  # fmt: skip
    return apply_reading(meter, "T1", reading, replaces=replaces)


def test_billing_acknowledges_our_own_reading() -> None:
    meter = own(history_of(*ROWS), "12.500", "ours")
    absorbed = merge_imported(meter, "T1", "12,5", date(2012, 5, 20), date(2012, 5, 28), "billing")
    assert absorbed.acknowledged is not None
    assert absorbed.acknowledged.reading_id == "ours"
    assert absorbed.meter.last["T1"].accounted_on == date(2012, 5, 28)
    assert absorbed.meter.last["T1"].source == "subscriber"
    assert absorbed.meter.monthly == meter.monthly
    again = merge_imported(absorbed.meter, "T1", "12.5", date(2012, 5, 20), date(2012, 5, 28), "billing")
    assert again.meter is absorbed.meter


def test_billing_corrects_a_reading_of_the_same_day() -> None:
    meter = own(history_of(*ROWS), "92.500", "typo")
    absorbed = merge_imported(meter, "T1", "12.5", date(2012, 5, 20), date(2012, 5, 28), "billing")
    assert absorbed.replaced is not None
    assert absorbed.replaced.reading_id == "typo"
    assert absorbed.meter.monthly["T1"]["2012-05"] == "3.000"


def test_an_acknowledgement_that_comes_late_does_not_undo_the_replacement() -> None:
    """The first reading was sent, then replaced; billing now speaks of the first."""
    first = own(history_of(*ROWS), "92.500", "first")
    sent = ExportedReading(reading_id="first", value="92.500", taken_on=date(2012, 5, 20))
    meter = own(first, "12.500", "second", replaces=True, sent=sent)
    absorbed = merge_imported(meter, "T1", "92.5", date(2012, 5, 20), date(2012, 5, 28), "billing")
    assert absorbed.acknowledged is not None
    assert absorbed.acknowledged.reading_id == "first"
    assert absorbed.meter.last["T1"].reading_id == "second"
    assert absorbed.meter.monthly == meter.monthly
    again = merge_imported(absorbed.meter, "T1", "92.5", date(2012, 5, 20), date(2012, 5, 28), "billing")
    assert (again.meter, again.acknowledged, again.new) == (absorbed.meter, None, None)


def test_a_rolled_over_counter_is_told_from_a_mistake() -> None:
    start = [("99990", "2012-03-01", None)]
    assert history_of(*start, ("12", "2012-03-20", None)).monthly == {"T1": {"2012-03": "22.000"}}
    assert history_of(*start, ("99980", "2012-03-20", None)).monthly == {}
    assert history_of(("100", "2012-03-01", None), ("90", "2012-03-20", None)).monthly == {}
