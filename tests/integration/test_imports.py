"""Imports on the local AWS: two at once, a payer beside, cut to pieces; the sample as the manual shows it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import boto3
import pytest
import yaml

from cabinet.accounts import suppliers
from cabinet.accounts.keys import account_partition
from cabinet.accounts.model import Account, Supplier, make_account_id
from cabinet.accounts.store import find_by_number
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.billing import store as billing
from cabinet.billing.model import Receipt
from cabinet.exchange.errors import UndoRefused
from cabinet.exchange.imports import apply, import_job, job_store, undo_job
from cabinet.exchange.imports.import_job import ImportResult
from cabinet.metering.meter_state import average_text
from cabinet.metering.queries import list_meters
from infra import sample
from infra.sample import manual_example
from infra.sample.suppliers import CENTER, WATER
from tests.support.factories.registries import (  # fmt: skip
    ACCOUNT,
    ACCOUNT_ID,
    BALANCE,
    SUPPLIER,
    WHOLE,
    Desk,
    account_item,
    apply_supplier,
    packed,
)
from tests.support.local_aws import LocalAws


@pytest.fixture
def desk(local_aws: LocalAws) -> Desk:
    apply_supplier()
    return Desk(local_aws)


def test_two_registries_of_a_supplier_at_once_take_turns_and_the_newer_wins(desk: Desk) -> None:
    older = desk.job(desk.upload(packed(WHOLE | {"accounts": [ACCOUNT | {"fio": "Старый Пётр"}]}, number=1)))
    newer = desk.job(desk.upload(packed(WHOLE | {"accounts": [ACCOUNT | {"fio": "Новый Пётр"}]}, number=2)))

    def until_done(job: job_store.Job) -> None:
        while import_job.run(job, lambda: 900.0) is not ImportResult.DONE:
            pass

    with ThreadPoolExecutor(2) as together:
        list(together.map(until_done, [older, newer]))
    assert account_item()["holder"] == "Новый Пётр"
    assert account_item()["stamp"].endswith("#0000000002")


def test_the_same_upload_by_two_events_at_once_is_one_import(desk: Desk) -> None:
    rows = {"accounts": [ACCOUNT | {"ls": f"74000{index:05d}"} for index in range(60)]}
    job = desk.job(desk.upload(packed(rows)))

    def run(_: int) -> ImportResult:
        outcome = import_job.run(job, lambda: 900.0)
        while outcome is not ImportResult.DONE:
            outcome = import_job.run(job, lambda: 900.0)
        return outcome

    with ThreadPoolExecutor(3) as together:
        assert list(together.map(run, range(3))) == [ImportResult.DONE] * 3
    assert len(desk.stored()) == 60
    assert desk.item(job)["status"] == "applied"


def test_two_undos_of_an_import_at_once_leave_what_stood_before_it(desk: Desk) -> None:
    def registry(count: int, number: int, **changes: str) -> bytes:
        numbers = [{"ls": f"74000{index:05d}"} for index in range(count)]
        accounts = [ACCOUNT | each | changes for each in numbers]
        return packed({"accounts": accounts, "balances": [BALANCE | each for each in numbers]}, number=number)

    def standing() -> dict[tuple[str, str], dict[str, object]]:
        return {
            key: {name: value for name, value in item.items() if name != "mark"}
            for key, item in desk.stored().items()
        }

    assert desk.bring(registry(40, 1))["status"] == "applied"
    before = standing()
    wrong = desk.bring(registry(60, 2, fio="Чужой Пётр"))
    assert standing() != before

    def undo(_: int) -> None:
        asked = undo_job.request(SUPPLIER, wrong["import_id"], "an engineer")
        while undo_job.run(asked, lambda: 900.0) is not ImportResult.DONE:
            pass

    with ThreadPoolExecutor(2) as together:
        ended = [together.submit(undo, number) for number in range(2)]
    refused = [error for each in ended if (error := each.exception()) is not None]
    assert all(isinstance(error, UndoRefused) for error in refused), "too late: it was undone already"
    assert len(refused) < 2
    item = job_store.get_job(SUPPLIER, wrong["import_id"])
    assert item is not None
    assert (item["status"], item["undo_state"], item["undo_left"]) == ("undone", "done", 0)
    assert standing() == before


def test_a_payment_beside_an_import_is_not_lost(desk: Desk) -> None:
    """The ledger grows while registries of the same account are applied: neither overwrites the other."""
    desk.bring(packed(WHOLE))
    stop = threading.Event()
    paid: list[str] = []

    def pay() -> None:
        while not stop.is_set():
            order = f"ord{len(paid)}"
            dynamo.update(
                Table.ACCOUNTS, (account_partition(ACCOUNT_ID), "ACCOUNT"), "SET #unaccounted.#id = :entry",
                condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict, names={"id": order},
                entry={"paid_at": "2026-10-01T00:00:00+00:00", "amount": 1, "received_on": "2026-10-01"},
            )  # fmt: skip
            paid.append(order)

    payer = threading.Thread(target=pay)
    payer.start()
    try:
        for number in range(2, 8):
            changed = WHOLE | {"accounts": [ACCOUNT | {"fio": f"Иванов {number}"}],
                               "balances": [BALANCE | {"total": f"{number}.00"}]}  # fmt: skip
            assert desk.bring(packed(changed, number=number))["status"] == "applied"
    finally:
        stop.set()
        payer.join()
    assert account_item()["holder"] == "Иванов 7"
    assert set(account_item()["unaccounted"]) == set(paid)


def test_an_import_cut_into_many_runs_ends_as_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "_WINDOW", 7)
    rows = {"accounts": [ACCOUNT | {"ls": f"74000{index:05d}"} for index in range(40)]}
    job = desk.job(desk.upload(packed(rows)))
    runs = 1
    while import_job.run(job, lambda: 1.0) is not ImportResult.DONE:
        runs += 1
    assert (runs, len(desk.stored()), desk.item(job)["counts"]) == (7, 40, {"accounts.written": 40})


@pytest.mark.slow
def test_the_sample_comes_back_as_the_manual_shows_it(local_aws: LocalAws, tmp_path: Path) -> None:
    bucket = local_aws.environment["EXCHANGE_BUCKET"]
    for files in sample.generate(tmp_path, date(2026, 11, 26)):
        profile = files.profile.read_text("utf-8").replace("${LOCAL_ORIGIN}", "http://127.0.0.1:1")
        suppliers.apply(Supplier.model_validate(yaml.safe_load(profile)))
        (registry,) = files.registries
        key = f"inbound/{files.supplier_id}/{registry.name}"
        boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=registry.read_bytes())
        job = import_job.job_for_object(key)
        assert job is not None
        assert import_job.run(job, lambda: 900.0) is ImportResult.DONE
        item = job_store.get_job(files.supplier_id, job.import_id)
        assert item is not None
        assert (item["status"], item["errors"]) == ("applied", 0)
    _check_summaries()
    _check_sheets()
    _check_history_and_meters()


def _latest(number: str, supplier_id: str) -> tuple[Account, Receipt]:
    (account,) = [found for found in find_by_number(number) if found.supplier_id == supplier_id]
    ((kind, period),) = account.latest.items()
    (receipt,) = billing.get_receipts(account.account_id, [(period, kind)])
    return account, receipt


def _check_summaries() -> None:
    account, receipt = _latest("1234567899", CENTER)
    assert account.address.line == "УЛ. КЫШТЫМСКАЯ, 10 - 1010"
    assert receipt.title == "Квитанция Объединённая за СЕНТЯБРЬ 2019"
    assert tuple(receipt.main.model_dump().values()) == (277992, 0, 51316, 329308)
    assert tuple(receipt.penalty.model_dump().values()) == (0, 0, 0, 0)
    assert receipt.preliminary is not None
    assert (receipt.preliminary.period, receipt.preliminary.main) == ("2019-10", 23522)
    _, debtor = _latest(manual_example.DEBTOR.number, CENTER)
    assert tuple(debtor.main.model_dump().values()) == (6442974, -756461, 151830, 5838343)
    assert debtor.preliminary is not None
    assert debtor.preliminary.main + debtor.main.total == 6028807
    _, water = _latest(manual_example.WATER_SUPPLY_ACCOUNT.number, WATER)
    assert water.title == "Квитанция ХВС и ВО за ФЕВРАЛЬ 2018"
    assert tuple(water.main.model_dump().values()) == (0, -48528, 53920, 53920)


def _check_sheets() -> None:
    _, receipt = _latest(manual_example.SHEETS.number, CENTER)
    columns = ("debt", "paid", "charged", "total")
    totals = [sum(getattr(line, name) for line in receipt.services) for name in columns]
    assert totals == [503149, -504611, 513527, 513527]
    assert [line.service for line in receipt.services][6] == "Пеня: Взнос В Фонд Капремонта"
    assert sum(line.amount for line in receipt.charges) == 513527
    assert (receipt.charges[2].tariff, receipt.charges[2].norm) == ("25,16 руб/м3", "0,0187 м3/м2 ОИ")


def _check_history_and_meters() -> None:
    account_id = make_account_id(CENTER, "1234567899")
    payments = billing.payments(account_id).items
    assert [(str(payment.received_on), payment.amount) for payment in payments] == [
        ("2012-11-08", 108236), ("2012-10-08", 108236), ("2012-09-10", 103766), ("2012-08-06", 103764),
        ("2012-07-06", 94466),
    ]  # fmt: skip
    documents = [(row["title"], row["issued_on"]) for row in billing.documents(account_id).items]
    assert documents == [
        ("Квитанция Объединённая за СЕНТЯБРЬ 2019", "2019-09-28"),
        ("Квитанция Объединённая за АВГУСТ 2019", "2019-08-30"),
    ]
    found = {meter.number: meter for meter in list_meters(account_id)}
    assert found["757260"].last["T1"].value == "0.00"
    assert str(found["757243"].last["T1"].taken_on) == "2012-03-01"
    averages = {number: average_text(meter) for number, meter in found.items()}
    assert averages == {"757260": None, "757243": None, "34230774": "2.000", "26616450": "6.000"}
