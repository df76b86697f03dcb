"""What a sheet costs to read with ten years of history: two steps, at most six read units."""

from datetime import date

import pytest

from cabinet.billing.model import AccountPayment, Amounts, ChargeLine, Receipt, ServiceLine
from cabinet.core.periods import shift_period
from cabinet.metering.model import Meter, ZoneReading
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.dynamo_cost import measured
from tests.support.factories import bound_accounts

PATH = "/api/accounts/uk-test:1234567899/documents/2026-10-1/pdf"
PERIODS = [shift_period("2026-10", -back) for back in range(120)]


@pytest.fixture
def client(aws: Aws) -> AppClient:
    """A receipt of 16 services, four meters of three zones, a payment every month for ten years."""
    from receipts.app import app

    bound_accounts.supplier(payees=[bound_accounts.PAYEE] * 4)
    account = bound_accounts.account()
    services = [
        ServiceLine(
            service=f"Содержание общего имущества {n}", payee_inn=bound_accounts.PAYEE.inn, total=263351
        )
        for n in range(16)
    ]
    charges = [
        ChargeLine(service=line.service, operation="начисление", tariff="2170,57 руб/Гкал",
                   norm="0,0187 м3/м2 ОИ", volume="57.4139", unit="кВт*ч",
                   calculation_period="Октябрь 2026", amount=263351)
        for line in services
    ]  # fmt: skip
    sums = Amounts(total=263351 * 16)
    receipt = Receipt(
        kind="1", kind_title="Объединённая", period="2026-10", main=sums, penalty=Amounts(),
        services=services, charges=charges, issued_on=date(2026, 10, 28),
    )  # fmt: skip
    bound_accounts.receipt(account.account_id, receipt)
    for period in PERIODS:
        day = date.fromisoformat(f"{period}-10")
        paid = AccountPayment(
            payment_id=f"p{period}", kind='оплата "Город"', received_on=day, amount=108236, status="accounted"
        )
        bound_accounts.payment(account.account_id, paid)
    for number in range(4):
        reading = ZoneReading(
            reading_id="r", value="10123.456", taken_on=date(2026, 10, 20), source="billing"
        )
        known = dict.fromkeys(("T1", "T2", "T3"), reading)
        meter = Meter(
            meter_id=f"m{number}", number=f"7572{number}", service="Электроэнергия", zones=3, last=known,
            before=known, monthly={zone: dict.fromkeys(PERIODS[:36], "123.456") for zone in known},
        )  # fmt: skip
        bound_accounts.meter(account.account_id, meter)
    return bound_accounts.browser(app, bound_accounts.user("u1", account))


def test_authorising_is_one_step_and_reading_another(client: AppClient):
    with measured() as cost:
        assert client.get(PATH).status_code == 200
    # Session, binding, account, supplier and receipt; then meters and the last payment at the same time.
    assert cost.operations == ["BatchGetItem", "Query", "Query"]
    assert cost.read_units <= 6.0
