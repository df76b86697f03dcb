"""A backup taken while residents pay: whatever happens between two of its calls, money is whole in it."""

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cabinet.core import clock
from cabinet.exchange.exports.payments import PAYMENTS
from tests.support.backups import Between, back_up, put_back
from tests.support.payment_scenario import Town

PAGE_ROWS = 2


def pays(town: Town) -> None:
    town.reconcile_orders()


def pays_and_is_exported(town: Town) -> None:
    town.reconcile_orders()
    PAYMENTS.export("uk-test", date(2026, 9, 21), clock.now())


def begins_another(town: Town) -> None:
    """Another resident of the same flats puts the second one into a cart and begins to pay."""
    town.check_out(town.sign_in("u2"), key="other")


RIVALS: dict[str, Callable[[Town], None]] = {
    "a payment is posted": pays,
    "a payment is posted and exported": pays_and_is_exported,
    "an order is begun": begins_another,
}


@pytest.fixture
def two_flats(town: Town) -> Town:
    """One order for two flats that the bank has taken and nobody has noticed; a cart of another resident."""
    town.supplier()
    flats = [town.account("1234567899"), town.account("2234567892")]
    token = town.user("u1", *flats)
    for flat in flats:
        town.add(token, flat.account_id)
    other = town.account("3234567894")
    second = town.user("u2", other, email="second@example.com")
    town.add(second, other.account_id)
    begun = town.check_out(token).json
    town.settle(begun["payment_url"])
    town.held.clear()
    town.wait(minutes=30)
    return town


def check_books(town: Town) -> int:
    """Every order is wholly posted or not at all; return how many are paid."""
    paid = {order.order_id: order for order in town.orders() if order.status == "paid"}
    waiting = [row for row in town.everything("PAYMENTS_TABLE") if row["pk"].startswith("PAYOUT#")]
    exported = [row for row in town.everything("PAYMENTS_TABLE") if row["pk"].startswith("REGISTERED#")]
    assert sorted(row["payment_id"] for row in waiting + exported) == sorted(paid), "exported once"
    assert town.ledger_total() == sum(order.amount for order in paid.values())
    assert town.journal_total("uk-test-rbs") == sum(order.total for order in paid.values())
    for order in town.orders():
        for account_id in order.account_ids:
            assert (order.order_id in town.unaccounted(account_id)) == (order.order_id in paid)
            assert (order.order_id in reserved(town, account_id)) == order.is_reserving
    for row in town.everything("ACCOUNTS_TABLE", "ACCOUNT"):
        assert set(row.get("reserved", {})) <= {order.order_id for order in town.orders()}
    return len(paid)


def reserved(town: Town, account_id: str) -> dict[str, object]:
    from cabinet.accounts.keys import account_key
    from cabinet.aws import dynamo
    from cabinet.aws.dynamo import Table

    row = dynamo.get(Table.ACCOUNTS, account_key(account_id), consistent=True)
    assert row is not None
    return dict(row.get("reserved", {}))


@pytest.mark.parametrize("happens", RIVALS)
def test_money_is_whole_whenever_it_moves(two_flats: Town, happens: str) -> None:
    town, before = two_flats, two_flats.aws.tables.snapshot()
    outcomes = set()
    number, calls = 0, 1
    while number < calls:
        town.aws.tables.restore(before)
        rival = Between(number, lambda: RIVALS[happens](town))
        with tempfile.TemporaryDirectory() as name:
            back_up(town.aws, Path(name) / "backup", page_rows=PAGE_ROWS, rival=rival)
            now = check_books(town)
            town.aws.tables.empty()
            put_back(town.aws, Path(name) / "backup", Path(name) / "work")
        outcomes.add((check_books(town), now))
        number, calls = number + 1, rival.calls
    assert calls > 20
    if happens == "an order is begun":
        assert outcomes == {(0, 0)}
    else:
        assert outcomes == {(1, 1), (0, 1)}, "early moments are in the backup, late ones are not"
