"""The sample, imported as a whole, comes back as the manual shows it."""

from datetime import date
from pathlib import Path

import pytest

from cabinet.accounts import suppliers
from cabinet.accounts.model import Account, make_account_id
from cabinet.accounts.store import find_by_number
from cabinet.billing import store as billing
from cabinet.billing.model import Receipt
from cabinet.exchange.imports import import_job, job_store
from cabinet.exchange.imports.import_job import ImportResult
from cabinet.metering.meter_state import average_text
from cabinet.metering.queries import list_meters
from infra import sample
from infra.sample import manual_example
from infra.sample.suppliers import CENTER, WATER
from tests.support.aws import Aws
from tests.support.factories.registries import sample_supplier


@pytest.mark.slow
def test_the_sample_comes_back_as_the_manual_shows_it(aws: Aws, tmp_path: Path) -> None:
    bucket = aws.environment["EXCHANGE_BUCKET"]
    for files in sample.generate(tmp_path, date(2026, 11, 26)):
        suppliers.apply(sample_supplier(files.supplier_id))
        key = f"inbound/{files.supplier_id}/{files.registry.name}"
        aws.client("s3").put_object(Bucket=bucket, Key=key, Body=files.registry.read_bytes())
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
    ((kind, period),) = account.latest_periods.items()
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
    _, receipt = _latest(manual_example.DETAILS_ACCOUNT.number, CENTER)
    columns = ("debt", "paid", "charged", "total")
    totals = [sum(getattr(line, name) for line in receipt.services) for name in columns]
    assert totals == [503149, -504611, 513527, 513527]
    assert [line.service for line in receipt.services][6] == "Пеня: Взнос В Фонд Капремонта"
    assert sum(line.amount for line in receipt.charges) == 513527
    assert (receipt.charges[2].tariff, receipt.charges[2].norm) == ("25,16 руб/м3", "0,0187 м3/м2 ОИ")


def _check_history_and_meters() -> None:
    account_id = make_account_id(CENTER, "1234567899")
    payments = billing.list_payments(account_id).items
    assert [(str(payment.received_on), payment.amount) for payment in payments] == [
        ("2012-11-08", 108236), ("2012-10-08", 108236), ("2012-09-10", 103766), ("2012-08-06", 103764),
        ("2012-07-06", 94466),
    ]  # fmt: skip
    documents = [(row["title"], row["issued_on"]) for row in billing.list_documents(account_id).items]
    assert documents == [
        ("Квитанция Объединённая за СЕНТЯБРЬ 2019", "2019-09-28"),
        ("Квитанция Объединённая за АВГУСТ 2019", "2019-08-30"),
    ]
    found = {meter.number: meter for meter in list_meters(account_id)}
    assert found["757260"].last["T1"].value == "0.00"
    assert str(found["757243"].last["T1"].taken_on) == "2012-03-01"
    averages = {number: average_text(meter) for number, meter in found.items()}
    assert averages == {"757260": None, "757243": None, "34230774": "2.000", "26616450": "6.000"}
