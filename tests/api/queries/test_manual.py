"""From a registry to the screens: the manual's accounts, imported as billing sends them, come back."""

from datetime import date
from typing import Any

import pytest

from cabinet.accounts.store import get_account_and_supplier
from cabinet.exchange.imports import apply
from cabinet.exchange.model import Registry
from infra.sample import manual_example
from infra.sample.csv_builder import RegistryBuilder
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.factories.registries import SUPPLIER, RegistryImporter, apply_supplier


@pytest.fixture
def client(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> AppClient:
    from queries.app import app

    monkeypatch.setattr(apply, "THREADS", 1)
    apply_supplier()
    builder = RegistryBuilder(Registry(supplier_id=SUPPLIER, number=1, dated=date(2020, 9, 1)))
    manual_example.fill(builder)
    assert RegistryImporter(aws).import_file(builder.packed())["status"] == "applied"
    accounts = [
        get_account_and_supplier(f"{SUPPLIER}:{dweller.number}")[0]
        for dweller in (manual_example.MAIN, manual_example.DEBTOR, manual_example.DETAILS_ACCOUNT)
    ]
    return bound_accounts.browser(app, bound_accounts.user("u1", *accounts))


def get(client: AppClient, number: str, path: str) -> Any:
    answer = client.get(f"/api/accounts/{SUPPLIER}:{number}/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_general_information_is_the_manuals(client: AppClient) -> None:
    told = get(client, "1234567899", "summary")
    assert told["account"]["address"] == "УЛ. КЫШТЫМСКАЯ, 10 - 1010"
    (receipt,) = told["receipts"]
    assert receipt["title"] == "Квитанция Объединённая за СЕНТЯБРЬ 2019"
    rows = ("debt", "paid", "charged", "total", "preliminary", "payable_with_preliminary")
    assert [receipt[row]["main"] for row in rows] == [277992, 0, 51316, 329308, 23522, 352830]
    (receipt,) = get(client, manual_example.DEBTOR.number, "summary")["receipts"]
    assert [receipt[row]["main"] for row in rows] == [6442974, -756461, 151830, 5838343, 190464, 6028807]


def test_the_sheets_of_august_2020_are_the_manuals(client: AppClient) -> None:
    (receipt,) = get(client, manual_example.DETAILS_ACCOUNT.number, "services")["receipts"]
    assert receipt["total"] == {"debt": 503149, "paid": -504611, "charged": 513527, "total": 513527}
    assert [line["total"] for line in receipt["lines"]] == [
        263351, 133742, 779, 13492, 94136, 7462, 0, 565,
    ]  # fmt: skip
    (receipt,) = get(client, manual_example.DETAILS_ACCOUNT.number, "charges?period=2020-08")["receipts"]
    assert receipt["total"] == 513527
    assert receipt["lines"][0] == {
        "service": "Содержание и ремонт",
        "operation": "начисление",
        "tariff": "22,94 руб/м2",
        "norm": "",
        "volume": "114.8 м2",
        "volume_kind": None,
        "calculation_period": "Август 2020",
        "grounds": "",
        "amount": 263351,
    }


def test_payments_meters_and_documents_are_the_manuals(client: AppClient) -> None:
    paid = get(client, "1234567899", "payments")["items"]
    assert [(item["received_on"], item["processed_on"], item["amount"]) for item in paid] == [
        ("2012-11-08", "2012-11-12", -108236), ("2012-10-08", "2012-11-01", -108236),
        ("2012-09-10", "2012-11-01", -103766), ("2012-08-06", "2012-11-01", -103764),
        ("2012-07-06", "2012-11-01", -94466),
    ]  # fmt: skip
    meters = {item["number"]: item for item in get(client, "1234567899", "meters")["items"]}
    assert meters["34230774"]["average_6_months"] == "2.000"
    assert meters["26616450"]["average_6_months"] == "6.000"
    assert meters["757260"]["last_reading"]["taken_on"] == "2012-03-01"
    assert float(meters["757260"]["last_reading"]["value"]) == 0
    readings = get(client, "1234567899", f"meters/{meters['757260']['meter_id']}/readings")["items"]
    assert [(item["accounted_on"], item["source"]) for item in readings] == [("2012-03-01", "initial")]
    documents = get(client, "1234567899", "documents")["items"]
    assert [(item["title"], item["issued_on"]) for item in documents] == [
        ("Квитанция Объединённая за СЕНТЯБРЬ 2019", "2019-09-28"),
        ("Квитанция Объединённая за АВГУСТ 2019", "2019-08-30"),
    ]
