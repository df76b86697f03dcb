"""What each GET costs with ten years of history: at most two round trips and six read units; home, eight."""

from datetime import date

import pytest

from cabinet.accounts.keys import binding_key
from cabinet.accounts.model import Account, Address
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.billing.model import AccountPayment, Amounts, ChargeLine, Receipt, ServiceLine
from cabinet.core import clock
from cabinet.core.periods import shift_period
from cabinet.metering.model import Meter, Reading, ZoneReading
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.dynamo_cost import measured
from tests.support.factories import bound_accounts
from tests.support.factories.merchants import merchant

ACCOUNT = "/api/accounts/uk-test:1234567899"
YEARS = 10


@pytest.fixture
def client(aws: Aws) -> AppClient:
    """One flat with ten years of history."""
    from queries.app import app

    bound_accounts.supplier(payees=[bound_accounts.PAYEE] * 4)
    return bound_accounts.browser(app, bound_accounts.user("u1", flat("1234567899")))


def flat(number: str) -> Account:
    """Write ten years: two receipts of 16 services and 18 charges, four meters, one with three zones.

    Each flat is in a house of its own.
    """
    address = Address(city="Челябинск", street="УЛ. КЫШТЫМСКАЯ", house=number[-3:], flat="10")
    account = bound_accounts.account(number, address=address)
    services = [
        ServiceLine(service=f"Содержание общего имущества {n}", payee_inn="7421000200", debt=263351,
                    paid=-263351, charged=263351, total=263351)
        for n in range(16)
    ]  # fmt: skip
    charges = [
        ChargeLine(service=f"Содержание общего имущества {n}", operation="начисление",
                   tariff="2170,57 руб/Гкал", norm="0,0187 м3/м2 ОИ", volume="57.4139", unit="кВт*ч",
                   calculation_period="Сентябрь 2019", amount=263351)
        for n in range(18)
    ]  # fmt: skip
    sums = Amounts(debt=6442974, paid=-756461, charged=151830, total=5838343)
    # The newest months in full; older ones lie in other items, which the queries' keys never touch.
    for back in range(YEARS * 12):
        period = shift_period("2026-10", -back)
        if back < 2 or back == YEARS * 12 - 1:
            for kind in ("Объединённая", "ХВС и ВО"):
                bound_accounts.receipt(
                    account.account_id,
                    Receipt(kind=str(len(kind)), kind_title=kind, period=period, main=sums, penalty=sums,
                            services=services, charges=charges, issued_on=date(2026, 10, 28)),
                )  # fmt: skip
        day = date.fromisoformat(f"{period}-10")
        bound_accounts.payment(
            account.account_id,
            AccountPayment(payment_id=f"01HZZZZZZZZZZZZZZZZZZZZZ{back}", kind='оплата "Город"',
                           received_on=day, processed_on=day, amount=108236, status="accounted"),
        )  # fmt: skip
        for zone in ("T1", "T2", "T3"):
            bound_accounts.reading(
                account.account_id,
                Reading(reading_id=f"0123456789abcdef-{zone}", meter_id="m0", zone=zone, value="10123.456",
                        delta="123.456", taken_on=day, accounted_on=day, period=period, source="subscriber",
                        by="01HZZZZZZZZZZZZZZZZZZZZZZZ", submitted_at="2026-10-10T10:10:10.000000+00:00"),
            )  # fmt: skip
    months = {shift_period("2026-10", -back): "123.456" for back in range(36)}
    for n in range(4):
        zones = ("T1", "T2", "T3") if n == 0 else ("T1",)
        last = ZoneReading(reading_id="0123456789abcdef-0", value="10123.456", taken_on=date(2026, 10, 20),
                           source="subscriber", period="2026-10", delta="123.456")  # fmt: skip
        bound_accounts.meter(
            account.account_id,
            Meter(meter_id=f"m{n}", number=f"3423077{n}", service="Электроэнергия", place="Коридор",
                  unit="кВт*ч", zones=len(zones), last=dict.fromkeys(zones, last),
                  before=dict.fromkeys(zones, last), monthly=dict.fromkeys(zones, months)),
        )  # fmt: skip
    return account


def test_every_sheet_is_two_round_trips_and_six_units_at_most(client: AppClient) -> None:
    client.get(f"{ACCOUNT}/summary")  # the session's key is fetched once
    for sheet in (
        "summary", "services", "charges", "services?period=2016-11", "payments", "documents",
        "meters", "meters/m0/readings", "consumption?months=36",
    ):  # fmt: skip
        with measured() as cost:
            answer = client.get(f"{ACCOUNT}/{sheet}")
        assert answer.status_code == 200, answer.text
        assert len(cost.operations) <= 2, (sheet, cost)
        assert cost.read_units <= 6, (sheet, cost)


def test_an_explanation_is_two_round_trips_and_grows_with_its_two_months_alone(client: AppClient) -> None:
    """Two kinds of receipts with 16 services and 18 charges each are 28 KB: half a unit over the rest."""
    client.get(f"{ACCOUNT}/summary")  # the session's key is fetched once
    for sheet in ("explanation", "explanation?period=2016-11"):
        with measured() as cost:
            answer = client.get(f"{ACCOUNT}/{sheet}")
        assert answer.status_code == 200, answer.text
        assert cost.operations == ["BatchGetItem", "Query"]
        assert cost.read_units <= 6.5, (sheet, cost)


def set_autopay(account_id: str) -> None:
    """A rule of u1, as `PUT /api/autopay/{account_id}` leaves it and its binding."""
    at = clock.timestamp(clock.now())
    rule = {
        "pk": "AUTOPAY#u1", "sk": f"RULE#{account_id}", "user_id": "u1", "account_id": account_id,
        "enabled": True, "saved_card_id": "c1", "limit": 10_000_00, "when": "receipt", "revision": "r",
        "consent": {"version": "1", "text_sha256": "x" * 64, "agreed_at": at, "address": "198.51.100.7"},
        "looked_on": "2026-09-01",
    }  # fmt: skip
    bound_accounts.write(Table.PAYMENTS, rule)
    dynamo.update(
        Table.USERS, binding_key("u1", account_id), "SET #has_autopay = :on",
        condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict, on=True,
    )  # fmt: skip


@pytest.mark.parametrize("flats", [2, 3, 6, 12])
def test_home_is_two_round_trips_and_eight_units_and_one_for_each_further_flat(aws: Aws, flats: int) -> None:
    from cart.app import app as cart
    from queries.app import app

    bound_accounts.supplier(payees=[bound_accounts.PAYEE] * 4, merchant=merchant("http://127.0.0.1:9", "rbs"))
    token = bound_accounts.user("u1", *[flat(f"12345670{n:02}") for n in range(flats)])
    for _ in range(4):
        bound_accounts.sign_in("u1")  # other devices
    in_cart = [f"uk-test:12345670{n:02}" for n in range(2)]
    filled = bound_accounts.browser(cart, token).post("/api/cart/receipts", json={"account_ids": in_cart})
    assert filled.status_code == 201
    for account_id in in_cart:
        set_autopay(account_id)
    browser = bound_accounts.browser(app, token)
    browser.get("/api/home")  # the session's key is fetched once
    with measured() as cost:
        answer = browser.get("/api/home")
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["flats"]) == flats
    assert len(answer.json()["autopay"]) == 2
    assert answer.json()["counters"]["cart"] == filled.json()["count"] == 64
    assert cost.operations == ["Query", "BatchGetItem"]
    assert cost.read_units <= 8 + (flats - 2), cost
