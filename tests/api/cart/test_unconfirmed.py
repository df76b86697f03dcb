"""«Город» has asked about an order and sends no `pay`: the money may be taken, and is not asked for twice."""

from collections.abc import Callable
from typing import Any

import pytest

from cabinet.payments.model import Order
from cabinet.payments.orders import attempt_rules, rules
from infra.simulators.bank import gorod
from tests.support.payment_scenario import TOTAL, Answer, PaymentScenario
from tests.support.rivals import elsewhere

ACCOUNT = "uk-test:1234567899"
HOURS = 2


@pytest.fixture
def scenario(scenario: PaymentScenario) -> PaymentScenario:
    merchant = scenario.merchant("gorod").model_copy(update={"unconfirmed_hours": HOURS})
    scenario.supplier(merchant=merchant)
    scenario.add(scenario.user("u1", scenario.account()), ACCOUNT)
    return scenario


def ordered(scenario: PaymentScenario) -> dict[str, Any]:
    """Return an order at the bank, the same receipt in the cart again."""
    token = scenario.sign_in()
    answer = scenario.check_out(token)
    assert answer.status == 201, answer.body
    scenario.add(token, ACCOUNT)
    return dict(answer.json)


def pay_again(scenario: PaymentScenario, order_id: str) -> Answer:
    return scenario.call("cart", "POST", f"/api/orders/{order_id}/payment", scenario.sign_in())


def lose_pay(scenario: PaymentScenario, payment_url: str) -> list[Any]:
    """Let the bank take the money and its call be lost; return the call."""
    assert scenario.complete_payment(payment_url)
    lost = list(scenario.undelivered_callbacks)
    scenario.undelivered_callbacks.clear()
    return lost


def between_deciding_and_writing(monkeypatch: pytest.MonkeyPatch, rival: Callable[[], object]) -> None:
    """Let a rival act once, after the bank's timeout was handled and before the result is written."""
    genuine = rules.apply_no_answer

    def judge(order: Order, now: Any) -> rules.Outcome:
        monkeypatch.setattr(rules, "apply_no_answer", genuine)
        outcome = genuine(order, now)
        rival()
        return outcome

    monkeypatch.setattr(rules, "apply_no_answer", judge)


def test_a_bank_question_without_pay_holds_orders_back_for_the_contracts_time(
    scenario: PaymentScenario,
) -> None:
    first = ordered(scenario)
    lose_pay(scenario, first["payment_url"])
    scenario.wait(minutes=HOURS * 60 - 1)
    scenario.reconcile()
    assert pay_again(scenario, first["order_id"]).json["code"] == "payment_unconfirmed"
    assert scenario.check_out(scenario.sign_in(), "k2").json["code"] == "already_being_paid"
    scenario.wait(minutes=1)
    scenario.reconcile()
    order = scenario.order(first["order_id"])
    assert (order.status, order.is_reserving) == ("expired", False)
    assert [entry.what for entry in order.timeline][-2:] == [
        "Банк начал оплату и не подтвердил её", "Время оплаты истекло",
    ]  # fmt: skip
    assert scenario.check_out(scenario.sign_in(), "k2").status == 201


def test_without_a_contracts_time_a_person_decides(scenario: PaymentScenario) -> None:
    merchant = scenario.merchant("gorod", "other")
    scenario.supplier("other", merchant=merchant)
    account = scenario.account("2", "other")
    token = scenario.user("u2", account)
    scenario.add(token, account.account_id)
    first = scenario.check_out(token).json
    lose_pay(scenario, first["payment_url"])
    for _ in range(8):
        scenario.wait(days=1)
        scenario.reconcile()
    order = scenario.order(first["order_id"])
    assert (order.status, order.review_reason) == ("review", "silence")


def test_a_pay_that_comes_late_is_credited_and_the_next_attempt_is_refused(scenario: PaymentScenario) -> None:
    first = ordered(scenario)
    lost = lose_pay(scenario, first["payment_url"])
    scenario.wait(hours=HOURS)
    again = pay_again(scenario, first["order_id"])
    assert again.status == 201
    assert again.json["payment_url"] != first["payment_url"]
    scenario.undelivered_callbacks.extend(lost)
    assert scenario.deliver() == [200]
    assert scenario.order(first["order_id"]).status == "paid"
    assert not scenario.complete_payment(again.json["payment_url"]), "the bank asks first, and is refused"
    assert scenario.ledger_total() == TOTAL == scenario.state.balance()


def test_a_repeated_check_begins_the_time_anew(scenario: PaymentScenario) -> None:
    first = ordered(scenario)
    for minutes in (0, 19):
        scenario.wait(minutes=minutes)
        assert gorod.accepts(scenario.hear(gorod.check_call(scenario.payment(first["payment_url"]))).body)
    scenario.wait(minutes=HOURS * 60 - 1)
    assert pay_again(scenario, first["order_id"]).json["code"] == "payment_unconfirmed"
    scenario.wait(minutes=1)
    assert pay_again(scenario, first["order_id"]).status == 201


def test_a_check_while_the_order_expires_stops_the_new_attempt(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ordered(scenario)
    payment = scenario.payment(first["payment_url"])
    scenario.wait(minutes=30)

    def check_a_second_before() -> None:
        scenario.wait(seconds=-1)
        payment.ends_at = scenario.moment + attempt_rules.GRACE
        assert (
            elsewhere(lambda: Answer(200, b"%d" % scenario.complete_payment(first["payment_url"]), {})).body
            == b"1"
        )
        scenario.wait(seconds=1)

    between_deciding_and_writing(monkeypatch, check_a_second_before)
    assert pay_again(scenario, first["order_id"]).json["code"] == "payment_unconfirmed"
    assert len(scenario.order(first["order_id"]).attempts) == 1
    assert scenario.deliver() == [200]
    assert scenario.ledger_total() == TOTAL == scenario.state.balance()


def test_a_pay_while_its_check_is_forgotten_closes_the_order(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ordered(scenario)
    (pay,) = lose_pay(scenario, first["payment_url"])
    scenario.wait(hours=HOURS)
    statuses: list[int] = []
    between_deciding_and_writing(
        monkeypatch, lambda: statuses.append(elsewhere(lambda: scenario.hear(pay)).status)
    )
    assert pay_again(scenario, first["order_id"]).json["code"] == "order_closed"
    assert statuses == [200]
    order = scenario.order(first["order_id"])
    assert (order.status, len(order.attempts)) == ("paid", 1)
    assert scenario.ledger_total() == TOTAL == scenario.state.balance()
