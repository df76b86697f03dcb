"""Checkout against a bank that fails in every way: one order, one living link, never two charges."""

import pytest

from cabinet.payments.orders import attempts
from cabinet.payments.providers.http_client import circuit_breaker_for
from infra.simulators.bank.state import PaymentState
from tests.support.disturbances import bank_answers_lost, rival_at_checkout
from tests.support.fault_injection import Fragile
from tests.support.payment_scenario import TOTAL, Town

ACCOUNT = "uk-test:1234567899"


@pytest.fixture(params=["rbs", "gorod_unified", "gorod"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def token(town: Town) -> str:
    town.supplier()
    token = town.user("u1", town.account())
    town.add(token, ACCOUNT)
    return token


def test_a_payment_goes_through_in_each_dialect(town: Town, dialect: str) -> None:
    town.supplier(dialect=dialect)
    token = town.user("u1", town.account())
    town.add(token, ACCOUNT)
    answer = town.check_out(token)
    assert answer.status == 201, answer.body
    assert answer.json["amount"] == TOTAL
    assert answer.json["expires_at"] == "2026-09-21T05:20:00Z"
    assert town.cart(token).json["count"] == 0
    order_id = answer.json["order_id"]
    shown = town.call("cart", "GET", f"/api/orders/{order_id}", token).json
    assert (shown["status"], shown["payment_url"]) == ("registered", answer.json["payment_url"])
    assert town.settle(answer.json["payment_url"])
    town.deliver()
    town.wait(minutes=2)
    town.reconcile()
    shown = town.call("cart", "GET", f"/api/orders/{order_id}", token).json
    assert (shown["status"], shown["payment_url"]) == ("paid", None)
    assert [entry["what"] for entry in shown["timeline"]] == [
        "Заказ создан",
        "Заказ передан в банк, ожидается оплата",
        "Оплата получена",
    ]
    (row,) = town.ledger(ACCOUNT)
    assert row["payment_id"] == row["order_id"] == order_id
    assert (row["amount"], row["status"], row["kind"]) == (
        TOTAL,
        "unaccounted",
        "оплата картой в личном кабинете",
    )
    assert (row["received_on"], row["processed_on"]) == ("2026-09-21", None)
    entry = town.unaccounted(ACCOUNT)[order_id]
    assert (entry["amount"], entry["received_on"]) == (TOTAL, "2026-09-21")
    (letter,) = town.letters()
    assert letter["to"] == "subscriber@example.com"


def test_a_double_click_is_one_order(town: Town, token: str) -> None:
    first, second = town.check_out(token), town.check_out(token)
    assert (first.status, first.body) == (second.status, second.body)
    assert len(town.state.payments) == len(town.orders()) == 1


def test_the_same_key_with_another_body_is_refused(town: Town, token: str) -> None:
    town.check_out(token)
    answer = town.check_out(token, body={"order": 2})
    assert (answer.status, answer.json["code"]) == (409, "idempotency_conflict")


@pytest.mark.parametrize("key", ["", "x" * 65])
def test_a_key_is_required(town: Town, token: str, key: str) -> None:
    assert town.check_out(token, key).status == 422


def test_two_tabs_are_one_order(town: Town, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rival tab checks out between our reading of the cart and our writing of the order."""
    rivals = rival_at_checkout(monkeypatch, lambda: town.check_out(token, "rival"))
    mine = town.check_out(token, "mine")
    assert (mine.status, mine.json["code"]) == (409, "cart_changed")
    assert rivals[0].status == 201
    assert len(town.orders()) == len(town.state.payments) == 1


def test_a_rival_with_the_same_key_leads_to_the_same_order(
    town: Town, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rivals = rival_at_checkout(monkeypatch, lambda: town.check_out(token))
    mine = town.check_out(token)
    assert (mine.status, mine.body) == (201, rivals[0].body)
    assert len(town.orders()) == 1


def test_a_bank_that_is_down_keeps_the_order_and_the_next_try_goes_on_with_it(town: Town, token: str) -> None:
    town.state.is_down = True
    answer = town.check_out(token)
    assert (answer.status, answer.json["code"]) == (502, "bank_unavailable")
    (order,) = town.orders()
    assert order.status == "created"
    assert town.cart(token).json["count"] == 0
    town.state.is_down = False
    again = town.check_out(token)
    assert (again.status, again.json["order_id"]) == (201, order.order_id)
    assert len(town.orders()) == len(town.state.payments) == 1


def test_a_bank_that_cannot_be_reached_can_be_tried_again_at_once(town: Town, token: str) -> None:
    origin = town.server.origin
    row = town.aws.table("ACCOUNTS_TABLE").get_item(Key={"pk": "SUPPLIER#uk-test", "sk": "PROFILE"})["Item"]
    row["merchant"]["base_url"] = "http://127.0.0.1:9"
    town.aws.table("ACCOUNTS_TABLE").put_item(Item=row)
    assert town.check_out(token).json["code"] == "bank_unavailable"
    (order,) = town.orders()
    assert order.attempts == []
    merchant = order.merchant.model_copy(update={"base_url": f"{origin}/rbs"})
    from cabinet.payments.orders import store as order_store

    order_store.replace(order, order.model_copy(update={"merchant": merchant}))
    assert town.check_out(token).json["order_id"] == order.order_id
    circuit_breaker_for.cache_clear()


def test_a_lost_answer_of_the_bank_leaves_one_link_that_can_be_paid(town: Town, token: str) -> None:
    with bank_answers_lost():
        assert town.check_out(token).json["code"] == "bank_unavailable"
    (lost,) = town.state.payments.values()
    answer = town.check_out(token)
    assert answer.status == 201
    assert town.payment(answer.json["payment_url"]) is not lost
    town.settle(answer.json["payment_url"])
    town.deliver()
    (row,) = town.ledger(ACCOUNT)
    assert row["amount"] == TOTAL == town.state.balance()


def test_money_paid_by_a_link_that_was_lost_is_credited_all_the_same(town: Town, token: str) -> None:
    """Nobody holds that link; should the bank take money by it, the order is found by its number."""
    with bank_answers_lost():
        town.check_out(token)
    (lost,) = town.state.payments.values()
    town.simulator.settle(lost, "approve")
    town.held.clear()
    town.wait(minutes=2)
    assert town.reconcile()["settled"] == 1
    assert town.ledger_total() == TOTAL == town.state.balance()


def test_a_declined_payment_is_tried_again_on_the_same_order(town: Town, token: str) -> None:
    first = town.check_out(token).json
    town.settle(first["payment_url"], "decline")
    assert town.deliver() == [200]
    path = f"/api/orders/{first['order_id']}"
    assert town.call("cart", "GET", path, token).json["can_pay"] is True
    second = town.call("cart", "POST", f"{path}/payment", token)
    assert second.status == 201
    assert second.json["order_id"] == first["order_id"]
    assert second.json["payment_url"] != first["payment_url"]
    assert town.call("cart", "POST", f"{path}/payment", token).json == second.json
    town.settle(second.json["payment_url"])
    town.deliver()
    assert town.ledger_total() == TOTAL == town.state.balance()
    closed = town.call("cart", "POST", f"{path}/payment", token)
    assert (closed.status, closed.json["code"]) == (409, "order_closed")


def test_a_session_that_ran_out_is_asked_about_before_another_begins(town: Town, token: str) -> None:
    first = town.check_out(token).json
    town.settle(first["payment_url"])  # paid, and the callbacks are lost
    town.held.clear()
    town.wait(minutes=21)
    answer = town.call("cart", "POST", f"/api/orders/{first['order_id']}/payment", token)
    assert (answer.status, answer.json["code"]) == (409, "order_closed")
    assert town.order(first["order_id"]).status == "paid"
    assert len(town.state.payments) == 1


def test_a_second_charge_through_an_old_link_is_noticed_and_not_credited(town: Town, token: str) -> None:
    first = town.check_out(token).json
    town.settle(first["payment_url"], "decline")
    town.deliver()
    second = town.call("cart", "POST", f"/api/orders/{first['order_id']}/payment", token).json
    town.settle(second["payment_url"])
    town.deliver()
    town.payment(first["payment_url"]).payment_state = PaymentState.WAITING
    town.settle(first["payment_url"])
    assert town.deliver() == [200, 200]
    assert town.ledger_total() == TOTAL
    order = town.order(first["order_id"])
    assert order.duplicate_charges == [town.payment(first["payment_url"]).bank_id]


def test_a_request_that_died_at_the_bank_keeps_others_out_for_as_long_as_it_could_live(
    town: Town, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fragile = Fragile()
    with monkeypatch.context() as patched:
        patched.setattr(attempts, "get_provider", lambda _: fragile.die())
        assert fragile.process(lambda: town.check_out(token)) is None
    answer = town.check_out(token)
    assert (answer.status, answer.json["code"]) == (409, "payment_being_prepared")
    assert answer.json["retry_after_seconds"] == 15
    assert answer.headers["retry-after"] == "15"
    town.wait(seconds=10)
    assert town.check_out(token).json["retry_after_seconds"] == 5, "counted down"
    town.wait(seconds=5)
    assert town.check_out(token).status == 201
    assert len(town.orders()) == len(town.state.payments) == 1


def test_a_missing_secret_is_told_as_a_bank_that_does_not_answer(town: Town, token: str) -> None:
    town.aws.client("secretsmanager").delete_secret(
        SecretId="cabinet/bank/test", ForceDeleteWithoutRecovery=True
    )
    assert town.check_out(token).json["code"] == "bank_unavailable"
