"""Consumption as files: what a program reads of them is what the charts show."""

import csv
import io
from typing import Any
from urllib.parse import quote

import pytest
from greenbutton_objects.parse import parse_feed

from cabinet.metering.model import Meter
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.dynamo_cost import measured
from tests.support.factories import bound_accounts

MONTHS = {"2026-08": "1.5", "2026-09": "2", "2026-10": "3.25"}
PATH = "/api/accounts/uk-test:1234567899"


@pytest.fixture
def owner(aws: Aws) -> AppClient:
    """A resident with a water meter of three months."""
    from queries.app import app

    bound_accounts.supplier()
    account = bound_accounts.account()
    bound_accounts.meter(
        account.account_id,
        Meter(meter_id="m1", number="34", service="ХВС", unit="м3", monthly={"T1": MONTHS}),
    )
    return bound_accounts.browser(app, bound_accounts.user("u1", account))


def charted(owner: AppClient) -> list[float]:
    (meter,) = owner.get(f"{PATH}/consumption").json()["meters"]
    return [float(point["volume"]) for point in meter["points"]]


def test_the_table_says_what_the_charts_show(owner: AppClient) -> None:
    answer = owner.get(f"{PATH}/consumption.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert quote("потребление-1234567899.csv") in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [float(row["Объём"].replace(",", ".")) for row in rows] == charted(owner)


def test_a_parser_of_green_button_reads_what_the_charts_show(owner: AppClient) -> None:
    answer = owner.get(f"{PATH}/green-button.xml")
    assert answer.headers["content-type"] == "application/atom+xml"
    points: list[Any] = parse_feed(io.BytesIO(answer.content))
    (reading,) = points[0].meterReadings
    assert [each.value for each in reading.intervalReadings] == pytest.approx(charted(owner))


@pytest.mark.parametrize("file", ["consumption.csv", "green-button.xml"])
def test_a_file_costs_what_a_sheet_does_and_anothers_is_not_found(owner: AppClient, file: str) -> None:
    with measured() as cost:
        assert owner.get(f"{PATH}/{file}").status_code == 200
    assert len(cost.operations) <= 2
    assert cost.read_units <= 6
    assert owner.get(f"/api/accounts/uk-test:2/{file}").json()["code"] == "not_found"
