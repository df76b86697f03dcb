"""Orders that died, were cancelled or overtaken midway: nobody is kept out, nothing is paid twice unsaid."""

from typing import Any

import pytest

from cabinet.payments.orders import attempts
from tests.support.disturbances import bank_answers_lost, elsewhere, rival_at_checkout
from tests.support.fault_injection import Fragile
from tests.support.payment_scenario import TOTAL, Answer, Town
from tests.support.reservations import ACCOUNT, ANYWAY, of_order, ordered, reserved, two_owners


@pytest.fixture
def token(town: Town) -> str:
    town.supplier()
    token = town.user("u1", town.account())
    town.add(token, ACCOUNT)
    return token


def killed(town: Town, token: str, monkeypatch: pytest.MonkeyPatch, path: str = "") -> None:
    """Let a checkout, or the request named, die when it is to speak to the bank."""
    fragile = Fragile()
    with monkeypatch.context() as patched:
        patched.setattr(attempts, "get_provider", lambda _: fragile.die())
        act = (lambda: town.call("cart", "POST", path, token)) if path else (lambda: town.check_out(token))
        assert fragile.process(act) is None


def told(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json.get("code", "")


def test_a_second_press_that_finds_the_first_ones_order_gets_the_same(
    town: Town, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first press ends between our look at its key and our look at the cart."""
    first = rival_at_checkout(monkeypatch, lambda: town.check_out(token), before_reading=True)
    second = town.check_out(token)
    assert (second.status, second.body) == (201, first[0].body)
    assert len(town.orders()) == len(town.state.payments) == 1


def test_paying_anyway_repeated_is_one_order(town: Town, token: str) -> None:
    first = ordered(town, token)
    answers = [town.check_out(token, "k2", ANYWAY) for _ in range(3)]
    assert {(answer.status, answer.body) for answer in answers} == {(201, answers[0].body)}
    assert reserved(town) == sorted([first["order_id"], answers[0].json["order_id"]])


def test_a_killed_checkout_is_waited_for_and_then_cancelled_or_gone_on_with(
    town: Town, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(town, token, monkeypatch)
    (order,) = town.orders()
    for act in ("/payment", "/cancel"):
        answer = of_order(town, token, order.order_id, act)
        assert told(answer) == (409, "payment_being_prepared")
        assert answer.json["retry_after_seconds"] == 15
    town.add(token, ACCOUNT)
    assert told(town.check_out(token, "k2")) == (409, "already_being_paid")
    town.wait(seconds=15)
    assert of_order(town, token, order.order_id, "/cancel").json["status"] == "declined"
    assert reserved(town) == []
    assert town.check_out(token, "k2").status == 201


def test_a_killed_checkout_keeps_another_user_out_only_until_it_expires(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = two_owners(town)
    town.add(theirs, ACCOUNT)
    killed(town, mine, monkeypatch)
    assert told(town.check_out(theirs)) == (409, "already_being_paid")
    town.wait(minutes=31)
    town.reconcile()
    assert reserved(town) == []
    assert town.check_out(town.sign_in("u2")).status == 201


def test_a_killed_second_try_at_a_declined_order_reserves_only_until_it_expires(
    town: Town, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ordered(town, token)
    town.settle(first["payment_url"], "decline")
    town.deliver()
    killed(town, token, monkeypatch, f"/api/orders/{first['order_id']}/payment")
    assert reserved(town) == [first["order_id"]]
    assert told(town.check_out(token, "k2")) == (409, "already_being_paid")
    town.wait(minutes=31)
    town.reconcile()
    assert reserved(town) == []
    assert town.check_out(town.sign_in(), "k2").status == 201


def test_an_order_cancelled_in_another_tab_is_not_begun_anew(
    town: Town, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other tab cancels between our look at the order and our claim of a new attempt."""
    with bank_answers_lost():
        assert town.check_out(token).status == 502
    (order,) = town.orders()
    genuine = attempts.claim_attempt
    cancelled: list[Answer] = []

    def claim_after_the_rival(*args: Any, **more: Any) -> Any:
        cancelled.append(elsewhere(lambda: of_order(town, token, order.order_id, "/cancel")))
        return genuine(*args, **more)

    monkeypatch.setattr(attempts, "claim_attempt", claim_after_the_rival)
    answer = of_order(town, token, order.order_id, "/payment")
    assert cancelled[0].json["status"] == "declined"
    assert told(answer) == (409, "payment_being_prepared")
    assert len(town.state.payments) == 1, "only the one whose answer was lost"
    assert reserved(town) == []


@pytest.mark.parametrize("is_registered", [True, False], ids=["registered", "answer-lost"])
def test_an_order_overtaken_by_a_payment_asks_before_it_is_gone_on_with(
    town: Town, token: str, is_registered: bool
) -> None:
    if is_registered:
        town.check_out(token)
    else:
        with bank_answers_lost():
            town.check_out(token)
    (first,) = town.orders()
    town.wait(seconds=1)
    town.add(token, ACCOUNT)
    second = town.check_out(token, "k2", ANYWAY).json
    town.settle(second["payment_url"])
    town.deliver()
    answer = of_order(town, token, first.order_id, "/payment")
    assert told(answer) == (409, "already_being_paid")
    assert answer.json["detail"] == f"Этот счёт уже оплачен заказом № {second['order_id']}."
    assert of_order(town, token, first.order_id, "/payment", ANYWAY).status == 201


def test_the_rest_of_a_service_paid_in_part_is_paid_when_the_part_has_come(town: Town, token: str) -> None:
    groups = town.cart(token).json["groups"]
    item, *others = [one for payee in groups[0]["receipts"][0]["payees"] for one in payee["items"]]
    for other in others:
        town.call("cart", "DELETE", f"/api/cart/items/{other['item_id']}", token)
    town.call("cart", "PATCH", f"/api/cart/items/{item['item_id']}", token, {"amount": 100})
    part = town.check_out(token).json
    town.add(token, ACCOUNT)
    assert told(town.check_out(token, "k2")) == (409, "already_being_paid")
    town.settle(part["payment_url"])
    town.deliver()
    assert told(town.check_out(token, "k2")) == (409, "cart_changed"), "it has the part in it"
    town.cart(token, "DELETE")
    town.add(token, ACCOUNT)
    rest = town.check_out(token, "k2").json
    assert rest["amount"] == TOTAL - 100
    town.settle(rest["payment_url"])
    town.deliver()
    assert town.ledger_total() == TOTAL == town.state.balance()
    assert reserved(town) == []
