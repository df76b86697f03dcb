"""Another way of paying for an order: the old page is closed first, and one order is paid in the end."""

from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from cabinet.accounts.supplier_model import Commission
from cabinet.core import clock
from cabinet.core.errors import DomainError
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.method_change import change_method
from tests.support.fault_injection import FAULTS, Fault, FaultInjector
from tests.support.payment_scenario import TOTAL, Answer, PaymentScenario, status_and_code

ACCOUNT = "uk-test:1234567899"
FEE = 5_135
"""1 % of the manual's cart."""


def open_town(scenario: PaymentScenario) -> str:
    """Cards with a commission by one bank, СБП without by another; return a session with a full cart."""
    cards = scenario.merchant()
    sbp = scenario.merchant("raiffeisen", "second")
    scenario.supplier(
        merchant=cards,
        merchants=[sbp],
        commission=Commission(basis_points=100),
        method_commissions={"sbp": Commission()},
    )
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    return token


@pytest.fixture
def token(scenario: PaymentScenario) -> str:
    return open_town(scenario)


def change(scenario: PaymentScenario, token: str, order_id: str, method: str, **more: Any) -> Answer:
    return scenario.call("cart", "POST", f"/api/orders/{order_id}/payment", token, {"method": method, **more})


def shown(scenario: PaymentScenario, token: str, order_id: str) -> Any:
    return scenario.call("cart", "GET", f"/api/orders/{order_id}", token).json


def test_a_card_order_is_paid_by_sbp_and_its_page_takes_no_money(
    scenario: PaymentScenario, token: str
) -> None:
    made = scenario.check_out(token).json
    ways = scenario.call("cart", "GET", f"/api/orders/{made['order_id']}/payment-methods", token).json[
        "items"
    ]
    assert [(way["method"], way["total"]) for way in ways] == [("card", TOTAL + FEE), ("sbp", TOTAL)]
    answer = change(scenario, token, made["order_id"], "sbp", total=TOTAL)
    assert answer.status == 201, answer.body
    new = answer.json
    assert (new["method"], new["amount"]) == ("sbp", TOTAL)
    assert new["order_id"] != made["order_id"]
    assert not scenario.complete_payment(made["payment_url"]), "the bank has closed the first page"
    old = shown(scenario, token, made["order_id"])
    assert (old["status"], old["replaced_by"], old["can_pay"]) == ("declined", new["order_id"], False)
    scenario.complete_payment(new["payment_url"])
    scenario.deliver()
    assert shown(scenario, token, new["order_id"])["status"] == "paid"
    assert scenario.ledger_total() == scenario.state.balance() == scenario.journal_total("second") == TOTAL


def test_the_same_press_again_is_the_same_order(scenario: PaymentScenario, token: str) -> None:
    made = scenario.check_out(token).json
    first, again = (change(scenario, token, made["order_id"], "sbp").json for _ in range(2))
    assert first == again
    assert len(scenario.orders()) == 2
    plain = scenario.call("cart", "POST", f"/api/orders/{made['order_id']}/payment", token)
    assert status_and_code(plain) == (409, "order_closed"), "the old order is paid no more"


def test_the_method_that_an_order_has_is_no_change(scenario: PaymentScenario, token: str) -> None:
    made = scenario.check_out(token).json
    assert change(scenario, token, made["order_id"], "card").json["payment_url"] == made["payment_url"]
    assert len(scenario.orders()) == 1


def test_a_code_that_cannot_be_closed_is_waited_for(scenario: PaymentScenario, token: str) -> None:
    made = scenario.check_out(token, body={"method": "sbp"}).json
    assert status_and_code(change(scenario, token, made["order_id"], "card")) == (
        409,
        "order_not_cancellable",
    )
    scenario.wait(minutes=31)
    new = change(scenario, token, made["order_id"], "card").json
    assert (new["method"], new["amount"]) == ("card", TOTAL + FEE)
    scenario.complete_payment(new["payment_url"])
    scenario.deliver()
    assert scenario.ledger_total() == TOTAL
    assert scenario.journal_total("c1") == TOTAL + FEE


def test_what_is_paid_meanwhile_is_not_paid_again(scenario: PaymentScenario, token: str) -> None:
    made = scenario.check_out(token).json
    scenario.complete_payment(made["payment_url"])
    scenario.undelivered_callbacks.clear()
    assert status_and_code(change(scenario, token, made["order_id"], "sbp")) == (409, "order_closed")
    assert [order.status for order in scenario.orders()] == ["paid"]


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ({"method": "sbp", "total": TOTAL + 1}, (409, "cart_changed")),
        ({"method": "saved_card"}, (409, "method_unavailable")),
    ],
)
def test_a_refused_change_leaves_the_order_as_it_is(
    scenario: PaymentScenario, token: str, wanted: dict[str, Any], refusal: tuple[int, str]
) -> None:
    made = scenario.check_out(token).json
    assert status_and_code(change(scenario, token, made["order_id"], **wanted)) == refusal
    (order,) = scenario.orders()
    assert (order.status, order.replaced_by) == ("registered", None)
    assert scenario.complete_payment(made["payment_url"])


def test_anothers_order_is_not_found(scenario: PaymentScenario, token: str) -> None:
    made = scenario.check_out(token).json
    other = scenario.user("u2")
    assert status_and_code(change(scenario, other, made["order_id"], "sbp")) == (404, "not_found")
    path = f"/api/orders/{made['order_id']}/payment-methods"
    assert status_and_code(scenario.call("cart", "GET", path, other)) == (404, "not_found")


def test_an_order_of_yesterday_gets_no_successor(scenario: PaymentScenario, token: str) -> None:
    made = scenario.check_out(token).json
    scenario.wait(days=1, minutes=1)
    scenario.reconcile_orders()
    token = scenario.sign_in()
    assert status_and_code(change(scenario, token, made["order_id"], "sbp")) == (409, "order_closed")


# ------------------------------------------------------------------ at once, and killed


def pressed_until_answered(
    scenario: PaymentScenario, injector: FaultInjector, token: str, order_id: str
) -> Answer:
    for _ in range(5):
        answer = injector.process(lambda: change(scenario, token, order_id, "sbp"))
        if answer is not None and answer.status == 201:
            return answer
        scenario.wait(seconds=45)
    raise AssertionError(answer.body if answer else "killed")


def test_killed_at_any_call_one_order_is_paid_in_the_end(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    injector = FaultInjector()
    injector.patch(monkeypatch)
    tried: set[tuple[Fault, str, int]] = set()
    for fault in FAULTS:
        number, reached = 1, True
        while reached:
            scenario.empty()
            token = open_town(scenario)
            made = scenario.check_out(token).json
            injector.calls, injector.number, injector.fault = [], number, fault
            new = pressed_until_answered(scenario, injector, token, made["order_id"]).json
            reached = number <= len(injector.calls)
            if reached:
                tried.add((fault, injector.calls[number - 1], number))
            injector.number = 0
            assert not scenario.complete_payment(made["payment_url"])
            assert scenario.complete_payment(new["payment_url"])
            scenario.deliver()
            for minutes in (1, 6, 31):
                scenario.wait(minutes=minutes)
                scenario.reconcile_orders()
            assert sorted(order.status for order in scenario.orders()) == ["declined", "paid"]
            assert (
                scenario.ledger_total()
                == scenario.state.balance()
                == scenario.journal_total("second")
                == TOTAL
            )
            reserved = [row["reserved"] for row in scenario.everything("ACCOUNTS_TABLE") if "reserved" in row]
            assert reserved == [{}]
            number += 1
    with capsys.disabled():
        print(f"\ncrash points tried, change of method: {len(tried)}")  # noqa: T201 - part of the result
    names = {name for _, name, _ in tried}
    assert {"bank.decline.do", "bank.register", "dynamodb.TransactWriteItems"} <= names
    assert len(tried) >= 30


def press(order_id: str, made: list[str]) -> None:
    """Change the method beneath HTTP, which answers one request at a time in a thread; a refusal may come."""
    with suppress(DomainError):
        order = order_store.current(order_id)
        made.append(change_method(order, "sbp", None, clock.now()).order_id)


def test_two_tabs_that_change_at_once_make_one_order(
    scenario: PaymentScenario, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other tab does all of it just before each single call of this one."""
    injector = FaultInjector()
    injector.patch(monkeypatch)
    number, reached = 1, True
    while reached:
        scenario.empty()
        token = open_town(scenario)
        order_id = scenario.check_out(token).json["order_id"]
        made: list[str] = []
        injector.calls, injector.number = [], number
        injector.fault = partial(press, order_id, made)
        injector.process(partial(press, order_id, made))
        reached = number <= len(injector.calls)
        injector.number = 0
        assert len(set(made)) == 1
        assert len(scenario.orders()) == 2
        scenario.wait(minutes=1)
        last = change(scenario, token, order_id, "sbp").json
        assert last["order_id"] == made[0]
        assert scenario.complete_payment(last["payment_url"])
        scenario.deliver()
        assert scenario.ledger_total() == scenario.state.balance() == TOTAL
        number += 1
    assert number > 8
