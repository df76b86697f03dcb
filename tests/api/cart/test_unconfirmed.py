"""«Город» has checked an order and sends no `pay`: the money may be taken, and is not asked for twice."""

from collections.abc import Callable
from typing import Any

import pytest

from cabinet.payments.model import Order
from cabinet.payments.orders import attempt_rules, rules
from infra.simulators.bank import gorod
from tests.support.disturbances import elsewhere
from tests.support.payment_scenario import TOTAL, Answer, Town

ACCOUNT = "uk-test:1234567899"
HOURS = 2


@pytest.fixture
def town(town: Town) -> Town:
    merchant = town.merchant("gorod").model_copy(update={"unconfirmed_hours": HOURS})
    town.supplier(merchant=merchant)
    town.add(town.user("u1", town.account()), ACCOUNT)
    return town


def ordered(town: Town) -> dict[str, Any]:
    """Return an order at the bank, the same receipt in the cart again."""
    token = town.sign_in()
    answer = town.check_out(token)
    assert answer.status == 201, answer.body
    town.add(token, ACCOUNT)
    return dict(answer.json)


def pay_again(town: Town, order_id: str) -> Answer:
    return town.call("cart", "POST", f"/api/orders/{order_id}/payment", town.sign_in())


def lose_pay(town: Town, payment_url: str) -> list[Any]:
    """Let the bank take the money and its call be lost; return the call."""
    assert town.settle(payment_url)
    lost = list(town.held)
    town.held.clear()
    return lost


def between_deciding_and_writing(monkeypatch: pytest.MonkeyPatch, rival: Callable[[], object]) -> None:
    """Let a rival act once, after the bank's silence was judged and before that is written."""
    genuine = rules.apply_no_answer

    def judge(order: Order, now: Any) -> rules.Outcome:
        monkeypatch.setattr(rules, "apply_no_answer", genuine)
        outcome = genuine(order, now)
        rival()
        return outcome

    monkeypatch.setattr(rules, "apply_no_answer", judge)


def test_a_check_without_pay_holds_orders_back_for_the_contracts_time(town: Town) -> None:
    first = ordered(town)
    lose_pay(town, first["payment_url"])
    town.wait(minutes=HOURS * 60 - 1)
    town.reconcile()
    assert pay_again(town, first["order_id"]).json["code"] == "payment_unconfirmed"
    assert town.check_out(town.sign_in(), "k2").json["code"] == "already_being_paid"
    town.wait(minutes=1)
    town.reconcile()
    order = town.order(first["order_id"])
    assert (order.status, order.is_reserving) == ("expired", False)
    assert [entry.what for entry in order.timeline][-2:] == [
        "Банк начал оплату и не подтвердил её", "Время оплаты истекло",
    ]  # fmt: skip
    assert town.check_out(town.sign_in(), "k2").status == 201


def test_without_a_contracts_time_a_person_decides(town: Town) -> None:
    merchant = town.merchant("gorod", "other")
    town.supplier("other", merchant=merchant)
    account = town.account("2", "other")
    token = town.user("u2", account)
    town.add(token, account.account_id)
    first = town.check_out(token).json
    lose_pay(town, first["payment_url"])
    for _ in range(8):
        town.wait(days=1)
        town.reconcile()
    order = town.order(first["order_id"])
    assert (order.status, order.review_reason) == ("review", "silence")


def test_a_pay_that_comes_late_is_credited_and_the_next_attempt_is_refused(town: Town) -> None:
    first = ordered(town)
    lost = lose_pay(town, first["payment_url"])
    town.wait(hours=HOURS)
    again = pay_again(town, first["order_id"])
    assert again.status == 201
    assert again.json["payment_url"] != first["payment_url"]
    town.held.extend(lost)
    assert town.deliver() == [200]
    assert town.order(first["order_id"]).status == "paid"
    assert not town.settle(again.json["payment_url"]), "the bank asks first, and is refused"
    assert town.ledger_total() == TOTAL == town.state.balance()


def test_a_repeated_check_begins_the_time_anew(town: Town) -> None:
    first = ordered(town)
    for minutes in (0, 19):
        town.wait(minutes=minutes)
        assert gorod.accepts(town.hear(gorod.check_call(town.payment(first["payment_url"]))).body)
    town.wait(minutes=HOURS * 60 - 1)
    assert pay_again(town, first["order_id"]).json["code"] == "payment_unconfirmed"
    town.wait(minutes=1)
    assert pay_again(town, first["order_id"]).status == 201


def test_a_check_while_the_order_expires_stops_the_new_attempt(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ordered(town)
    payment = town.payment(first["payment_url"])
    town.wait(minutes=30)

    def check_a_second_before() -> None:
        town.wait(seconds=-1)
        payment.ends_at = town.moment + attempt_rules.GRACE
        assert elsewhere(lambda: Answer(200, b"%d" % town.settle(first["payment_url"]), {})).body == b"1"
        town.wait(seconds=1)

    between_deciding_and_writing(monkeypatch, check_a_second_before)
    assert pay_again(town, first["order_id"]).json["code"] == "payment_unconfirmed"
    assert len(town.order(first["order_id"]).attempts) == 1
    assert town.deliver() == [200]
    assert town.ledger_total() == TOTAL == town.state.balance()


def test_a_pay_while_its_check_is_forgotten_closes_the_order(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ordered(town)
    (pay,) = lose_pay(town, first["payment_url"])
    town.wait(hours=HOURS)
    statuses: list[int] = []
    between_deciding_and_writing(
        monkeypatch, lambda: statuses.append(elsewhere(lambda: town.hear(pay)).status)
    )
    assert pay_again(town, first["order_id"]).json["code"] == "order_closed"
    assert statuses == [200]
    order = town.order(first["order_id"])
    assert (order.status, len(order.attempts)) == ("paid", 1)
    assert town.ledger_total() == TOTAL == town.state.balance()
