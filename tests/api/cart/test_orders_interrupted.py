"""Orders that died, were cancelled or overtaken midway: nobody is kept out, nothing is paid twice unsaid."""

from typing import Any

import pytest

from cabinet.payments.orders import attempts
from tests.support.fault_injection import FaultInjector
from tests.support.payment_scenario import TOTAL, Answer, PaymentScenario
from tests.support.reservations import ACCOUNT, ANYWAY, of_order, ordered, reserved, two_owners
from tests.support.rivals import bank_answers_lost, elsewhere, rival_at_checkout


@pytest.fixture
def token(scenario: PaymentScenario) -> str:
    scenario.supplier()
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    return token


def killed(scenario: PaymentScenario, token: str, monkeypatch: pytest.MonkeyPatch, path: str = "") -> None:
    """Let a checkout, or the request named, die when it is to speak to the bank."""
    injector = FaultInjector()
    with monkeypatch.context() as patched:
        patched.setattr(attempts, "get_provider", lambda _: injector.die())
        act = (
            (lambda: scenario.call("cart", "POST", path, token))
            if path
            else (lambda: scenario.check_out(token))
        )
        assert injector.process(act) is None


def status_and_code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json.get("code", "")


def test_a_second_press_that_finds_the_first_ones_order_gets_the_same(
    scenario: PaymentScenario, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first press ends between our look at its key and our look at the cart."""
    first = rival_at_checkout(monkeypatch, lambda: scenario.check_out(token), before_reading=True)
    second = scenario.check_out(token)
    assert (second.status, second.body) == (201, first[0].body)
    assert len(scenario.orders()) == len(scenario.state.payments) == 1


def test_paying_anyway_repeated_is_one_order(scenario: PaymentScenario, token: str) -> None:
    first = ordered(scenario, token)
    answers = [scenario.check_out(token, "k2", ANYWAY) for _ in range(3)]
    assert {(answer.status, answer.body) for answer in answers} == {(201, answers[0].body)}
    assert reserved(scenario) == sorted([first["order_id"], answers[0].json["order_id"]])


def test_a_killed_checkout_can_be_cancelled_or_continued_later(
    scenario: PaymentScenario, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(scenario, token, monkeypatch)
    (order,) = scenario.orders()
    for act in ("/payment", "/cancel"):
        answer = of_order(scenario, token, order.order_id, act)
        assert status_and_code(answer) == (409, "payment_being_prepared")
        assert answer.json["retry_after_seconds"] == 15
    scenario.add(token, ACCOUNT)
    assert status_and_code(scenario.check_out(token, "k2")) == (409, "already_being_paid")
    scenario.wait(seconds=15)
    assert of_order(scenario, token, order.order_id, "/cancel").json["status"] == "declined"
    assert reserved(scenario) == []
    assert scenario.check_out(token, "k2").status == 201


def test_a_killed_checkout_keeps_another_user_out_only_until_it_expires(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = two_owners(scenario)
    scenario.add(theirs, ACCOUNT)
    killed(scenario, mine, monkeypatch)
    assert status_and_code(scenario.check_out(theirs)) == (409, "already_being_paid")
    scenario.wait(minutes=31)
    scenario.reconcile()
    assert reserved(scenario) == []
    assert scenario.check_out(scenario.sign_in("u2")).status == 201


def test_a_killed_second_try_at_a_declined_order_reserves_only_until_it_expires(
    scenario: PaymentScenario, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ordered(scenario, token)
    scenario.complete_payment(first["payment_url"], "decline")
    scenario.deliver()
    killed(scenario, token, monkeypatch, f"/api/orders/{first['order_id']}/payment")
    assert reserved(scenario) == [first["order_id"]]
    assert status_and_code(scenario.check_out(token, "k2")) == (409, "already_being_paid")
    scenario.wait(minutes=31)
    scenario.reconcile()
    assert reserved(scenario) == []
    assert scenario.check_out(scenario.sign_in(), "k2").status == 201


def test_an_order_cancelled_in_another_tab_is_not_begun_anew(
    scenario: PaymentScenario, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other tab cancels between our look at the order and our claim of a new attempt."""
    with bank_answers_lost():
        assert scenario.check_out(token).status == 502
    (order,) = scenario.orders()
    genuine = attempts.claim_attempt
    cancelled: list[Answer] = []

    def claim_after_the_rival(*args: Any, **more: Any) -> Any:
        cancelled.append(elsewhere(lambda: of_order(scenario, token, order.order_id, "/cancel")))
        return genuine(*args, **more)

    monkeypatch.setattr(attempts, "claim_attempt", claim_after_the_rival)
    answer = of_order(scenario, token, order.order_id, "/payment")
    assert cancelled[0].json["status"] == "declined"
    assert status_and_code(answer) == (409, "payment_being_prepared")
    assert len(scenario.state.payments) == 1, "only the one whose answer was lost"
    assert reserved(scenario) == []


@pytest.mark.parametrize("is_registered", [True, False], ids=["registered", "answer-lost"])
def test_an_order_overtaken_by_a_payment_asks_before_it_is_gone_on_with(
    scenario: PaymentScenario, token: str, is_registered: bool
) -> None:
    if is_registered:
        scenario.check_out(token)
    else:
        with bank_answers_lost():
            scenario.check_out(token)
    (first,) = scenario.orders()
    scenario.wait(seconds=1)
    scenario.add(token, ACCOUNT)
    second = scenario.check_out(token, "k2", ANYWAY).json
    scenario.complete_payment(second["payment_url"])
    scenario.deliver()
    answer = of_order(scenario, token, first.order_id, "/payment")
    assert status_and_code(answer) == (409, "already_being_paid")
    assert answer.json["detail"] == f"Этот счёт уже оплачен заказом № {second['order_id']}."
    assert of_order(scenario, token, first.order_id, "/payment", ANYWAY).status == 201


def test_the_rest_of_a_service_paid_in_part_is_paid_when_the_part_has_come(
    scenario: PaymentScenario, token: str
) -> None:
    groups = scenario.cart(token).json["groups"]
    item, *others = [one for payee in groups[0]["receipts"][0]["payees"] for one in payee["items"]]
    for other in others:
        scenario.call("cart", "DELETE", f"/api/cart/items/{other['item_id']}", token)
    scenario.call("cart", "PATCH", f"/api/cart/items/{item['item_id']}", token, {"amount": 100})
    part = scenario.check_out(token).json
    scenario.add(token, ACCOUNT)
    assert status_and_code(scenario.check_out(token, "k2")) == (409, "already_being_paid")
    scenario.complete_payment(part["payment_url"])
    scenario.deliver()
    assert status_and_code(scenario.check_out(token, "k2")) == (409, "cart_changed"), "it has the part in it"
    scenario.cart(token, "DELETE")
    scenario.add(token, ACCOUNT)
    rest = scenario.check_out(token, "k2").json
    assert rest["amount"] == TOTAL - 100
    scenario.complete_payment(rest["payment_url"])
    scenario.deliver()
    assert scenario.ledger_total() == TOTAL == scenario.state.balance()
    assert reserved(scenario) == []
