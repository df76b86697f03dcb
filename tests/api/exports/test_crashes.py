"""Whatever call an export of whatever kind dies at: each row goes out once, and no file ever changes."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from cabinet.accounts import paperless
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws.dynamo import Table, Transaction
from cabinet.core.errors import DomainError
from cabinet.exchange.exports import export_job
from cabinet.exchange.exports import paperless as paperless_out
from cabinet.exchange.exports import payments as payments_out
from cabinet.exchange.exports import readings as readings_out
from cabinet.exchange.exports.kinds import KINDS
from cabinet.metering import export_queue
from cabinet.payments.keys import export_queue_key
from exports.delivery import deliver
from tests.support import exported_registries
from tests.support.aws import Aws
from tests.support.exported_registries import delivered_files
from tests.support.factories import bound_accounts
from tests.support.fault_injection import FAULTS, Fault, FaultInjector

NUMBERS = [str(number) for number in range(3)]


def reading_waits(supplier_id: str, number: str) -> None:
    exported_registries.reading_waits(supplier_id, number, f"r{number}")


def payment_waits(supplier_id: str, number: str) -> None:
    payment_id = f"p{number}"
    pk, sk = export_queue_key(supplier_id, payment_id)
    account_id = f"{supplier_id}:{number}"
    line = {"account_id": account_id, "receipt_id": "r", "service": "s", "payee_inn": "7", "amount": 100}
    row = {
        "payment_id": payment_id,
        "paid_at": "2026-10-20T05:00:00.000000+00:00",
        "bank_order": "b",
        "status": "paid",
        "lines": [line],
    }
    bound_accounts.write(Table.PAYMENTS, {"pk": pk, "sk": sk} | row)


def refusal_waits(supplier_id: str, number: str) -> None:
    transaction = Transaction()
    record = {"enabled": True, "at": "2026-10-20T05:00:00+00:00", "version": "v", "sha256": "h"}
    paperless.record_decision(transaction, f"{supplier_id}:{number}", "u1", record, None)
    transaction.commit()


WAITS: dict[str, tuple[Callable[[str, str], None], int]] = {
    "readings": (reading_waits, 0), "payments": (payment_waits, 1), "refusals": (refusal_waits, 0)
}  # fmt: skip
"""By kind: how a row of an account comes to wait, and which column of the file is the account's number."""


@pytest.fixture
def injector(aws: Aws, monkeypatch: pytest.MonkeyPatch, time_machine: Any) -> FaultInjector:
    time_machine.move_to(datetime(2026, 10, 20, 9, tzinfo=UTC), tick=False)
    # Fewer shards and smaller steps are fewer equal calls to die at.
    for module, shards in (
        (export_queue, "SHARDS"), (readings_out, "SHARDS"), (payments_out, "EXPORT_QUEUE_SHARDS"),
        (paperless_out, "QUEUE_SHARDS"), (paperless, "QUEUE_SHARDS"),
    ):  # fmt: skip
        monkeypatch.setattr(module, shards, 2)
    monkeypatch.setattr("cabinet.payments.keys.EXPORT_QUEUE_SHARDS", 2)
    monkeypatch.setattr(export_job, "_BATCH_SIZE", 2)
    made = FaultInjector()
    made.patch(monkeypatch)
    return made


def supplier_of(supplier_id: str) -> Supplier:
    return Supplier(
        supplier_id=supplier_id, name="УК", inn=bound_accounts.PAYEE.inn, payees=[bound_accounts.PAYEE]
    )


def deliver_all(what: str, supplier: Supplier) -> None:
    while deliver(what, supplier, lambda: True) is not None:
        pass


def delivered(what: str, supplier: Supplier) -> None:
    with suppress(DomainError, BotoCoreError):
        deliver(what, supplier, lambda: True)


def numbers_in(content: bytes, column: int) -> list[str]:
    """Return the accounts' numbers that a file, or a ZIP of files, carries."""
    texts = [content]
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            texts = [archive.read(name) for name in archive.namelist()]
    rows = [row for text in texts for row in csv.reader(io.StringIO(text.decode("utf-8-sig")), delimiter=";")]
    return [row[column] for row in rows if not row[0].startswith("#") and row[column] not in ("ls", "id")]


def disturbed_runs(
    injector: FaultInjector,
    what: str,
    disturb: Callable[[Supplier], Fault | Callable[[], object]],
    run: Callable[[str, Supplier], None] = delivered,
) -> Iterator[tuple[int, bool, Supplier]]:
    """Yield the number of a call, whether the run came so far, and whose run was disturbed there.

    Each call of a run once, then one run that ends before the call would come.
    """
    waits, _ = WAITS[what]
    number, is_reached = 0, True
    while is_reached:
        number += 1
        supplier = supplier_of(f"s{number}")
        for each in NUMBERS:
            waits(supplier.supplier_id, each)
        injector.number, injector.fault, injector.calls = number, disturb(supplier), []
        injector.process(lambda: run(what, supplier))  # noqa: B023 - it runs at once
        is_reached = number <= len(injector.calls)
        injector.number = 0
        yield number, is_reached, supplier
    assert number > 10


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("what", list(KINDS))
def test_a_run_that_fails_at_any_call_is_finished_by_the_next(
    aws: Aws, injector: FaultInjector, what: str, fault: Fault
) -> None:
    waits, column = WAITS[what]
    for number, _, supplier in disturbed_runs(injector, what, lambda _: fault):
        early = delivered_files(aws, supplier.supplier_id)
        deliver_all(what, supplier)
        (first,) = delivered_files(aws, supplier.supplier_id).items()
        assert early.items() <= {first}, "the same day again is the same file"
        assert sorted(numbers_in(first[1], column)) == NUMBERS, f"failed at call {number}"
        waits(supplier.supplier_id, "late")
        deliver_all(what, supplier)
        both = delivered_files(aws, supplier.supplier_id)
        assert {first} < both.items(), "a file that billing may have fetched has changed"
        sent = [one for content in both.values() for one in numbers_in(content, column)]
        assert sorted(sent) == [*NUMBERS, "late"], f"failed at call {number}"


@pytest.mark.parametrize("what", list(KINDS))
def test_what_comes_between_a_death_and_the_next_run_goes_out_once(
    aws: Aws, injector: FaultInjector, what: str
) -> None:
    waits, column = WAITS[what]
    for number, _, supplier in disturbed_runs(injector, what, lambda _: "after"):
        early = delivered_files(aws, supplier.supplier_id)
        waits(supplier.supplier_id, "late")
        deliver_all(what, supplier)
        late = delivered_files(aws, supplier.supplier_id)
        assert early.items() <= late.items(), "a file that billing may have fetched has changed"
        sent = [one for content in late.values() for one in numbers_in(content, column)]
        assert sorted(sent) == [*NUMBERS, "late"], f"died after call {number}"


@pytest.mark.parametrize("what", list(KINDS))
def test_a_rival_run_at_any_call_takes_its_turn(aws: Aws, injector: FaultInjector, what: str) -> None:
    """Another run does the whole before one of our calls: both end well, and each row goes out once."""
    waits, column = WAITS[what]

    def rival_of(supplier: Supplier) -> Callable[[], object]:
        def meanwhile() -> None:
            deliver_all(what, supplier)
            waits(supplier.supplier_id, "late")

        return meanwhile

    for number, is_reached, supplier in disturbed_runs(injector, what, rival_of, deliver_all):
        deliver_all(what, supplier)
        sent = [
            one
            for content in delivered_files(aws, supplier.supplier_id).values()
            for one in numbers_in(content, column)
        ]
        assert sorted(sent) == NUMBERS + ["late"] * is_reached, f"rival before call {number}"
