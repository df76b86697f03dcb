"""Meters without what another holder used: their own data and last values stay."""

from datetime import date

from cabinet.accounts.model import Account, Address, HistoryStart
from cabinet.metering.meter_state import average_text
from cabinet.metering.model import Meter, ZoneReading
from cabinet.metering.shown_meter_rules import shown_meter, shown_meters

START = HistoryStart(day=date(2026, 3, 5), last_hidden_period="2026-02")


def reading(day: date) -> ZoneReading:
    return ZoneReading(
        reading_id=day.isoformat(), value="100", taken_on=day, source="subscriber", period=f"{day:%Y-%m}",
        delta="7", accounted_on=day,
    )  # fmt: skip


def meter(**changes: object) -> Meter:
    months = {f"2026-0{month}": "7.000" for month in range(1, 5)}
    known = Meter(
        meter_id="m", number="1", service="ХВС", monthly={"T1": months},
        last={"T1": reading(date(2026, 2, 20))}, before={"T1": reading(date(2026, 1, 20))},
    )  # fmt: skip
    return known.model_copy(update=changes)


def account(start: HistoryStart | None) -> Account:
    return Account(account_id="uk:1", supplier_id="uk", holder="", address=Address(), shown_from=start)


def test_months_and_readings_of_before_go_and_the_last_value_stays() -> None:
    shown = shown_meter(meter(), START)
    last = shown.last["T1"]
    assert (last.value, last.taken_on, last.period, last.delta) == ("100", date(2026, 2, 20), None, None)
    assert last.accounted_on is None
    assert (shown.before, shown.monthly) == ({}, {"T1": {"2026-03": "7.000", "2026-04": "7.000"}})
    assert (average_text(meter()), average_text(shown)) == ("7.000", None)


def test_what_the_new_holder_handed_in_is_shown_whole() -> None:
    own = meter(last={"T1": reading(date(2026, 4, 20))}, before={"T1": reading(START.day)})
    assert (shown_meter(own, START).last, shown_meter(own, START).before) == (own.last, own.before)


def test_a_meter_that_was_taken_off_before_is_not_shown() -> None:
    gone, later = (meter(calculated_to=day) for day in (date(2026, 3, 4), START.day))
    assert [each.calculated_to for each in shown_meters(account(START), [gone, later])] == [START.day]
    assert shown_meters(account(None), [gone, later]) == [gone, later]
