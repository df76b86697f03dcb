"""What makes a reading acceptable, at every boundary."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.billing.model import ChargeLine
from cabinet.metering.errors import ReadingRejected
from cabinet.metering.model import ZoneReading
from cabinet.metering.rules import (
    amount_by_tariff,
    can_withdraw,
    check_day,
    current_month_reading,
    last_bill,
    meter_rejection,
    tariff_of,
)
from cabinet.metering.submission_window import window_for
from cabinet.metering.volumes import UNIT, format_volume, parse_volume
from tests.support.factories.meter_readings import SUPPLIER, TODAY, WINDOW, meter_at, monthly, validated


@pytest.mark.parametrize(
    ("last", "digits", "decimals", "value", "delta", "asks"),
    [
        ("0", 5, 3, "0", "0.000", None), ("0.00", 5, 3, "0,001", "0.001", None),
        ("100", 5, 3, "100", "0.000", None), ("100", 5, 3, "100.001", "0.001", None),
        ("99990", 5, 0, "12", "22", "roll_over"), ("99999", 5, 0, "0", "1", "roll_over"),
        ("99000", 5, 0, "999.0", None, "refused"), ("99001", 5, 0, "0", "999", "roll_over"),
        ("99000", 5, 0, "0", None, "refused"), ("50", 5, 0, "49", None, "refused"),
        ("0", 5, 3, "99999.999", "99999.999", None), ("0", 5, 3, "100000", None, "too_many_digits"),
        ("0", 5, 0, "1.5", None, "too_many_decimals"), ("0", 5, 0, "1.0", "1", None),
        ("0", 5, 3, "1.2345", None, "too_many_decimals"), ("0", 1, 0, "9", "9", None),
        ("0", 1, 0, "10", None, "too_many_digits"), (None, 5, 3, "123", None, None),
    ],
)  # fmt: skip
def test_a_value_at_the_boundary(
    last: str | None, digits: int, decimals: int, value: str, delta: str | None, asks: str | None
) -> None:
    meter = meter_at(last, digits=digits, decimals=decimals)
    if delta is None and asks is not None:
        with pytest.raises(ReadingRejected) as refused:
            validated(meter, value)
        assert refused.value.code == ("lower_than_last" if asks == "refused" else asks)
        return
    row = validated(meter, value)
    assert row.confirmation_reason == asks
    assert (None if row.delta is None else format_volume(row.delta, decimals)) == delta


def test_a_change_may_roll_the_counter_over() -> None:
    row = validated(meter_at("99990", decimals=0), delta="22")
    assert (row.value, row.delta, row.confirmation_reason) == (12 * UNIT, 22 * UNIT, "roll_over")


@pytest.mark.parametrize(
    ("changes", "day", "code"),
    [
        ({"calculated_from": date(2026, 10, 21)}, TODAY, "meter_not_started"),
        ({"calculated_from": TODAY}, TODAY, None),
        ({"installed_on": date(2026, 10, 21)}, TODAY, "meter_not_started"),
        ({"calculated_to": TODAY}, TODAY, "meter_removed"),
        ({"calculated_to": date(2026, 10, 21)}, TODAY, None),
        ({"verify_until": date(2026, 10, 19)}, TODAY, "verification_expired"),
        ({"verify_until": TODAY}, TODAY, None),
        ({"verify_until": date(2028, 2, 29)}, date(2028, 2, 29), None),
        ({"verify_until": date(2028, 2, 29)}, date(2028, 3, 1), "verification_expired"),
    ],
)  # fmt: skip
def test_a_meter_says_why_it_takes_nothing(changes: dict[str, Any], day: date, code: str | None) -> None:
    refusal = meter_rejection(meter_at("0", **changes), day)
    assert (refusal[0] if refusal else None) == code


@pytest.mark.parametrize(
    ("taken_on", "code"),
    [
        (date(2026, 10, 21), "date_in_future"), (TODAY, None), (date(2026, 9, 19), None),
        (date(2026, 9, 18), "date_too_old"), (date.min, "date_too_old"), (date.max, "date_in_future"),
    ],
)  # fmt: skip
def test_a_date_at_the_boundary(taken_on: date, code: str | None) -> None:
    if code is None:
        check_day(taken_on, TODAY, WINDOW)
        return
    with pytest.raises(ReadingRejected, match=code):
        check_day(taken_on, TODAY, WINDOW)


def test_a_reading_is_not_dated_before_the_last_one() -> None:
    with pytest.raises(ReadingRejected, match="date_before_last"):
        validated(meter_at("1"), "2", taken_on=date(2026, 9, 19))
    assert validated(meter_at("1"), "2", taken_on=date(2026, 9, 20)).delta == UNIT


def test_before_the_window_nothing_is_taken_and_its_day_is_told() -> None:
    early = window_for(date(2026, 10, 14), SUPPLIER.reading_window)
    with pytest.raises(ReadingRejected, match="window_closed") as refused:
        check_day(date(2026, 10, 14), date(2026, 10, 14), early)
    assert "15.10.2026" in refused.value.message


@pytest.mark.parametrize("typed", ["", "-", "12 345 руб", "1e5", "1,2,3", "NaN", "½"])
def test_what_is_no_number_is_refused_as_such(typed: str) -> None:
    with pytest.raises(ReadingRejected, match="not_a_number"):
        validated(meter_at("0"), typed)


@pytest.mark.parametrize(("typed", "code"), [("-1", "negative"), ("-0,001", "negative"), ("-0", None)])
def test_less_than_nothing_is_refused(typed: str, code: str | None) -> None:
    if code is None:
        assert validated(meter_at("0"), typed).value == 0
        return
    with pytest.raises(ReadingRejected, match=code):
        validated(meter_at("0"), typed)


def test_a_meter_that_was_taken_off_says_why() -> None:
    taken_off = meter_at("0", calculated_to=TODAY, removal_reason="замена")
    assert meter_rejection(taken_off, TODAY) == ("meter_removed", "Прибор снят с расчёта 20.10.2026: замена.")


@pytest.mark.parametrize(
    ("period", "shown"), [(None, False), ("2026-09", False), ("2026-10", True), ("2026-11", True)]
)
def test_the_form_shows_what_counts_for_this_month_or_a_later_one(period: str | None, shown: bool) -> None:
    last = ZoneReading(reading_id="r", value="1", taken_on=TODAY, source="subscriber", period=period)
    meter = meter_at(None).model_copy(update={"last": {"T1": last}})
    assert current_month_reading(meter, "T1", TODAY) == (last if shown else None)
    assert current_month_reading(meter, "T2", TODAY) is None


def test_the_last_bill_is_that_of_the_service_named_most_closely() -> None:
    charges = [
        ChargeLine(service="ХВС", amount=1),
        ChargeLine(service="хвс с/у", amount=500),
        ChargeLine(service="ХВС С/У", amount=-20),
        ChargeLine(service="ГВС", amount=7),
    ]
    assert last_bill(meter_at("0"), charges) == 480
    assert last_bill(meter_at("0"), charges[:1]) == 1
    assert last_bill(meter_at("0"), charges[3:]) is None


@pytest.mark.parametrize(
    ("months", "change", "asks"),
    [(6, "6", None), (6, "6.001", "unusual"), (3, "6.001", "unusual"), (2, "9999", None), (0, "9999", None)],
)
def test_more_than_three_averages_are_asked_about(months: int, change: str, asks: str | None) -> None:
    row = validated(meter_at("0", monthly=monthly("2.000", months)), delta=change)
    assert row.confirmation_reason == asks


def test_what_is_replaced_does_not_excuse_what_replaces_it() -> None:
    typo = ZoneReading(
        reading_id="typo", value="9000", taken_on=TODAY, source="guest", period="2026-10", delta="9000"
    )
    months = {"T1": monthly("2.000", 6)["T1"] | {"2026-10": "9000.000"}}
    before = meter_at("0")
    meter = before.model_copy(update={"last": {"T1": typo}, "before": before.last, "monthly": months})
    row = validated(meter, "8000")
    assert row.replaces == typo
    assert (row.delta, row.confirmation_reason) == (8000 * UNIT, "unusual")


def test_only_ones_own_unaccounted_reading_of_an_open_month_is_taken_back() -> None:
    own = ZoneReading(reading_id="r", value="1", taken_on=TODAY, source="subscriber", period="2026-10")
    assert can_withdraw(own, WINDOW)
    for changed in (
        own.model_copy(update={"source": "guest"}),
        own.model_copy(update={"source": "billing"}),
        own.model_copy(update={"accounted_on": TODAY}),
        own.model_copy(update={"period": "2026-09"}),
    ):
        assert not can_withdraw(changed, WINDOW)


@pytest.mark.parametrize(
    ("tariff", "change", "amount"),
    [
        ("31,31 руб/м3", 9 * UNIT + 100_000, 28492), ("1 170.57 руб/Гкал", UNIT, 117057),
        ("2,3555 руб/кВт*ч", UNIT, 236),
        ("бесплатно", UNIT, None), ("", UNIT, None), ("31,31 руб/м3", 0, 0),
    ],
)  # fmt: skip
def test_the_price_is_the_last_tariffs(tariff: str, change: int, amount: int | None) -> None:
    charges = [ChargeLine(service="ХВС", tariff=tariff), ChargeLine(service="ГВС", tariff="999")]
    assert amount_by_tariff(meter_at("0"), change, charges) == amount


@pytest.mark.parametrize(
    ("tariffs", "told"),
    [
        (["31,31 руб/м3"], "31.31"), (["1 170.57 руб/Гкал"], "1170.57"), (["31,31 руб/м3"] * 2, "31.31"),
        (["31,31 руб/м3", "12,05 руб/м3"], None), (["бесплатно"], None), ([""], None), ([], None),
    ],
)  # fmt: skip
def test_the_tariff_is_told_where_it_is_one(tariffs: list[str], told: str | None) -> None:
    charges = [ChargeLine(service="ХВС", tariff=tariff) for tariff in tariffs]
    assert tariff_of(meter_at("0"), [*charges, ChargeLine(service="ГВС", tariff="999")]) == told


@given(last=st.integers(0, 99_999_999), value=st.integers(0, 99_999_999), decimals=st.integers(0, 3))
def test_every_value_is_refused_asked_about_or_monotone(last: int, value: int, decimals: int) -> None:
    scale = 10**decimals
    meter = meter_at(f"{last % (10**5 * scale) / scale:.{decimals}f}", decimals=decimals)
    typed = f"{value % (10**5 * scale) / scale:.{decimals}f}"
    start, entered = meter.last["T1"].value_millionths, parse_volume(typed)
    if entered < start and entered + meter.modulus - start >= SUPPLIER.rollover_cap * UNIT > 0:
        with pytest.raises(ReadingRejected, match="lower_than_last"):
            validated(meter, typed)
        return
    row = validated(meter, typed)
    assert row.delta is not None
    assert row.delta >= 0
    assert (meter.last["T1"].value_millionths + row.delta) % meter.modulus == row.value
    assert (row.confirmation_reason == "roll_over") is (row.value < meter.last["T1"].value_millionths)
