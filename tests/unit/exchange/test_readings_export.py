"""Registries of readings out: each reading once, what was replaced never, and again under its number."""

import csv
import io
from datetime import UTC, date, datetime

import pytest

from cabinet.accounts.model import Account, Address
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Transaction
from cabinet.exchange.exports.export_job import OutOfTime
from cabinet.exchange.exports.readings import READINGS
from cabinet.metering import export_queue
from cabinet.metering.model import Meter
from tests.conftest import Aws

TODAY, NOW = date(2026, 10, 20), datetime(2026, 10, 20, 9, tzinfo=UTC)


def account_of(supplier_id: str, number: str) -> Account:
    account_id = f"{supplier_id}:{number}"
    return Account(
        account_id=account_id, supplier_id=supplier_id, number=number, holder="", address=Address()
    )


def wait(supplier_id: str, number: str, reading_id: str, value: str = "1", meter_no: str = "m") -> None:
    """Let one reading wait, as a submission does."""
    account, meter = account_of(supplier_id, number), Meter(meter_id=meter_no, number=meter_no, service="")
    row = dynamo.get(dynamo.Table.ACCOUNTS, export_queue.queue_key(account.account_id))
    line = export_queue.export_line(account, meter, "T1", reading_id, value, TODAY, TODAY, "subscriber")
    transaction = Transaction()
    export_queue.update_queue(
        transaction, account.account_id, row, [export_queue.QueueChange(meter, "T1", line)]
    )
    transaction.commit()


def rows_of(content: bytes) -> list[list[str]]:
    registry, _header, *rows, control = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    assert registry[0] == "#registry"
    assert control[:2] == ["#control", str(len(rows))]
    return rows


def test_a_registry_carries_what_waits_and_then_nothing_waits(aws: Aws) -> None:
    assert READINGS.export("uk-test", TODAY, NOW) is None
    wait("uk-test", "100", "r1", "38.500")
    made = READINGS.export("uk-test", TODAY, NOW)
    assert made is not None
    assert made.name == "readings_uk-test_000001.csv"
    assert rows_of(made.content) == [["100", "m", "T1", "38.500", "2026-10-20", "2026-10-20", "subscriber"]]
    again = READINGS.export("uk-test", TODAY, NOW)
    assert again == made, "not delivered yet"
    READINGS.delivered(made.registry, NOW)
    assert READINGS.export("uk-test", TODAY, NOW) is None
    assert READINGS.again("uk-test", 1) == made


def test_a_second_reading_after_the_export_goes_into_the_next_registry(aws: Aws) -> None:
    wait("uk-test", "100", "r1", "38")
    first = READINGS.export("uk-test", TODAY, NOW)
    wait("uk-test", "100", "r2", "39")
    assert first is not None
    assert READINGS.export("uk-test", TODAY, NOW) == first
    READINGS.delivered(first.registry, NOW)
    second = READINGS.export("uk-test", TODAY, NOW)
    assert second is not None
    assert (second.registry.number, [row[3] for row in rows_of(second.content)]) == (2, ["39"])


def test_a_reading_replaced_before_the_export_never_goes_out(aws: Aws) -> None:
    wait("uk-test", "100", "r1", "38")
    wait("uk-test", "100", "r2", "39")
    made = READINGS.export("uk-test", TODAY, NOW)
    assert made is not None
    assert [row[3] for row in rows_of(made.content)] == ["39"]


def test_a_run_out_of_time_goes_on_with_the_same_registry(aws: Aws) -> None:
    for number in range(30):
        wait("uk-test", str(number), f"r{number}")
    turns = iter([True, False])
    with pytest.raises(OutOfTime):
        READINGS.export("uk-test", TODAY, NOW, has_time=lambda: next(turns))
    made = READINGS.export("uk-test", TODAY, NOW)
    assert made is not None
    assert (made.registry.number, made.rows) == (1, 30)
