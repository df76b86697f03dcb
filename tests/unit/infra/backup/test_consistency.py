"""A backup taken while residents pay: whatever happens between two of its calls, money is whole in it."""

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cabinet.core import clock
from cabinet.exchange.exports.payments import PAYMENTS
from tests.support.backups import RunBefore, back_up, put_back
from tests.support.payment_scenario import PaymentScenario

PAGE_ROWS = 2


def pays(scenario: PaymentScenario) -> None:
    scenario.reconcile_orders()


def pays_and_is_exported(scenario: PaymentScenario) -> None:
    scenario.reconcile_orders()
    PAYMENTS.export("uk-test", date(2026, 9, 21), clock.now())


def begins_another(scenario: PaymentScenario) -> None:
    """Another resident of the same flats puts the second one into a cart and begins to pay."""
    scenario.check_out(scenario.sign_in("u2"), key="other")


RIVALS: dict[str, Callable[[PaymentScenario], None]] = {
    "a payment is posted": pays,
    "a payment is posted and exported": pays_and_is_exported,
    "an order is begun": begins_another,
}


@pytest.fixture
def two_flats(scenario: PaymentScenario) -> PaymentScenario:
    """One order for two flats that the bank has taken and nobody has noticed; a cart of another resident."""
    scenario.supplier()
    flats = [scenario.account("1234567899"), scenario.account("2234567892")]
    token = scenario.user("u1", *flats)
    for flat in flats:
        scenario.add(token, flat.account_id)
    other = scenario.account("3234567894")
    second = scenario.user("u2", other, email="second@example.com")
    scenario.add(second, other.account_id)
    begun = scenario.check_out(token).json
    scenario.complete_payment(begun["payment_url"])
    scenario.undelivered_callbacks.clear()
    scenario.wait(minutes=30)
    return scenario


def check_books(scenario: PaymentScenario) -> int:
    """Every order is wholly posted or not at all; return how many are paid."""
    paid = {order.order_id: order for order in scenario.orders() if order.status == "paid"}
    waiting = [row for row in scenario.everything("PAYMENTS_TABLE") if row["pk"].startswith("PAYOUT#")]
    exported = [row for row in scenario.everything("PAYMENTS_TABLE") if row["pk"].startswith("REGISTERED#")]
    assert sorted(row["payment_id"] for row in waiting + exported) == sorted(paid), "exported once"
    assert scenario.ledger_total() == sum(order.amount for order in paid.values())
    assert scenario.journal_total("uk-test-rbs") == sum(order.total for order in paid.values())
    for order in scenario.orders():
        for account_id in order.account_ids:
            assert (order.order_id in scenario.unaccounted(account_id)) == (order.order_id in paid)
            assert (order.order_id in reserved(scenario, account_id)) == order.is_reserving
    for row in scenario.everything("ACCOUNTS_TABLE", "ACCOUNT"):
        assert set(row.get("reserved", {})) <= {order.order_id for order in scenario.orders()}
    return len(paid)


def reserved(scenario: PaymentScenario, account_id: str) -> dict[str, object]:
    from cabinet.accounts.keys import account_key
    from cabinet.aws import dynamo
    from cabinet.aws.dynamo import Table

    row = dynamo.get(Table.ACCOUNTS, account_key(account_id), consistent=True)
    assert row is not None
    return dict(row.get("reserved", {}))


@pytest.mark.parametrize("happens", RIVALS)
def test_money_is_whole_whenever_it_moves(two_flats: PaymentScenario, happens: str) -> None:
    scenario, before = two_flats, two_flats.aws.tables.snapshot()
    outcomes = set()
    number, calls = 0, 1
    while number < calls:
        scenario.aws.tables.restore(before)
        rival = RunBefore(number, lambda: RIVALS[happens](scenario))
        with tempfile.TemporaryDirectory() as name:
            back_up(scenario.aws, Path(name) / "backup", page_rows=PAGE_ROWS, rival=rival)
            now = check_books(scenario)
            scenario.aws.tables.empty()
            put_back(scenario.aws, Path(name) / "backup", Path(name) / "work")
        outcomes.add((check_books(scenario), now))
        number, calls = number + 1, rival.calls
    assert calls > 20
    if happens == "an order is begun":
        assert outcomes == {(0, 0)}
    else:
        assert outcomes == {(1, 1), (0, 1)}, "early moments are in the backup, late ones are not"
