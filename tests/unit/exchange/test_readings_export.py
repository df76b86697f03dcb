"""Registries of readings out: each reading once, what was replaced never, and again under its number."""

from datetime import UTC, date, datetime

import pytest

from cabinet.exchange.errors import OutOfTime
from cabinet.exchange.exports.readings import READINGS
from tests.support.aws import Aws
from tests.support.exported_registries import reading_waits, rows_of

TODAY, NOW = date(2026, 10, 20), datetime(2026, 10, 20, 9, tzinfo=UTC)


def test_a_registry_carries_what_waits_and_then_nothing_waits(aws: Aws) -> None:
    assert READINGS.export("uk-test", TODAY, NOW) is None
    reading_waits("uk-test", "100", "r1", "38.500")
    made = READINGS.export("uk-test", TODAY, NOW)
    assert made is not None
    assert made.name == "readings_uk-test_000001.csv"
    assert rows_of(made.content) == [["100", "m", "T1", "38.500", "2026-10-20", "2026-10-20", "subscriber"]]
    again = READINGS.export("uk-test", TODAY, NOW)
    assert again == made, "not delivered yet"
    READINGS.mark_delivered(made.registry, NOW)
    assert READINGS.export("uk-test", TODAY, NOW) is None
    assert READINGS.redeliver("uk-test", 1) == made


def test_a_second_reading_after_the_export_goes_into_the_next_registry(aws: Aws) -> None:
    reading_waits("uk-test", "100", "r1", "38")
    first = READINGS.export("uk-test", TODAY, NOW)
    reading_waits("uk-test", "100", "r2", "39")
    assert first is not None
    assert READINGS.export("uk-test", TODAY, NOW) == first
    READINGS.mark_delivered(first.registry, NOW)
    second = READINGS.export("uk-test", TODAY, NOW)
    assert second is not None
    assert (second.registry.number, [row[3] for row in rows_of(second.content)]) == (2, ["39"])


def test_a_reading_replaced_before_the_export_never_goes_out(aws: Aws) -> None:
    reading_waits("uk-test", "100", "r1", "38")
    reading_waits("uk-test", "100", "r2", "39")
    made = READINGS.export("uk-test", TODAY, NOW)
    assert made is not None
    assert [row[3] for row in rows_of(made.content)] == ["39"]


def test_a_run_out_of_time_goes_on_with_the_same_registry(aws: Aws) -> None:
    for number in range(30):
        reading_waits("uk-test", str(number), f"r{number}")
    turns = iter([True, False])
    with pytest.raises(OutOfTime):
        READINGS.export("uk-test", TODAY, NOW, has_time=lambda: next(turns))
    made = READINGS.export("uk-test", TODAY, NOW)
    assert made is not None
    assert (made.registry.number, made.rows) == (1, 30)
