"""Checkout against a bank that fails in every way: one order, one living link, never two charges."""

import pytest

from cabinet.payments.orders import attempts
from cabinet.payments.providers.http_client import circuit_breaker_for
from infra.simulators.bank.state import PaymentState
from tests.support.fault_injection import FaultInjector
from tests.support.payment_scenario import TOTAL, PaymentScenario
from tests.support.rivals import bank_answers_lost, rival_at_checkout

ACCOUNT = "uk-test:1234567899"


@pytest.fixture(params=["rbs", "gorod_unified", "gorod"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def token(scenario: PaymentScenario) -> str:
    scenario.supplier()
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    return token


def test_a_payment_goes_through_in_each_dialect(scenario: PaymentScenario, dialect: str) -> None:
    scenario.supplier(dialect=dialect)
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    answer = scenario.check_out(token)
    assert answer.status == 201, answer.body
    assert answer.json["amount"] == TOTAL
    assert answer.json["expires_at"] == "2026-09-21T05:20:00Z"
    assert scenario.cart(token).json["count"] == 0
    order_id = answer.json["order_id"]
    shown = scenario.call("cart", "GET", f"/api/orders/{order_id}", token).json
    assert (shown["status"], shown["payment_url"]) == ("registered", answer.json["payment_url"])
    assert scenario.complete_payment(answer.json["payment_url"])
    scenario.deliver()
    scenario.wait(minutes=2)
    scenario.reconcile()
    shown = scenario.call("cart", "GET", f"/api/orders/{order_id}", token).json
    assert (shown["status"], shown["payment_url"]) == ("paid", None)
    assert [entry["what"] for entry in shown["timeline"]] == [
        "Заказ создан",
        "Заказ передан в банк, ожидается оплата",
        "Оплата получена",
    ]
    (row,) = scenario.ledger(ACCOUNT)
    assert row["payment_id"] == row["order_id"] == order_id
    assert (row["amount"], row["status"], row["kind"]) == (
        TOTAL,
        "unaccounted",
        "оплата картой в личном кабинете",
    )
    assert (row["received_on"], row["processed_on"]) == ("2026-09-21", None)
    entry = scenario.unaccounted(ACCOUNT)[order_id]
    assert (entry["amount"], entry["received_on"]) == (TOTAL, "2026-09-21")
    (email,) = scenario.emails()
    assert email["to"] == "subscriber@example.com"


def test_a_double_click_is_one_order(scenario: PaymentScenario, token: str) -> None:
    first, second = scenario.check_out(token), scenario.check_out(token)
    assert (first.status, first.body) == (second.status, second.body)
    assert len(scenario.state.payments) == len(scenario.orders()) == 1


def test_the_same_key_with_another_body_is_refused(scenario: PaymentScenario, token: str) -> None:
    scenario.check_out(token)
    answer = scenario.check_out(token, body={"order": 2})
    assert (answer.status, answer.json["code"]) == (409, "idempotency_conflict")


@pytest.mark.parametrize("key", ["", "x" * 65])
def test_a_key_is_required(scenario: PaymentScenario, token: str, key: str) -> None:
    assert scenario.check_out(token, key).status == 422


def test_two_tabs_are_one_order(
    scenario: PaymentScenario, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rival tab checks out between our reading of the cart and our writing of the order."""
    rivals = rival_at_checkout(monkeypatch, lambda: scenario.check_out(token, "rival"))
    mine = scenario.check_out(token, "mine")
    assert (mine.status, mine.json["code"]) == (409, "cart_changed")
    assert rivals[0].status == 201
    assert len(scenario.orders()) == len(scenario.state.payments) == 1


def test_a_rival_with_the_same_key_leads_to_the_same_order(
    scenario: PaymentScenario, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rivals = rival_at_checkout(monkeypatch, lambda: scenario.check_out(token))
    mine = scenario.check_out(token)
    assert (mine.status, mine.body) == (201, rivals[0].body)
    assert len(scenario.orders()) == 1


def test_an_order_survives_a_bank_outage_and_the_next_try_continues(
    scenario: PaymentScenario, token: str
) -> None:
    scenario.state.is_down = True
    answer = scenario.check_out(token)
    assert (answer.status, answer.json["code"]) == (502, "bank_unavailable")
    (order,) = scenario.orders()
    assert order.status == "created"
    assert scenario.cart(token).json["count"] == 0
    scenario.state.is_down = False
    again = scenario.check_out(token)
    assert (again.status, again.json["order_id"]) == (201, order.order_id)
    assert len(scenario.orders()) == len(scenario.state.payments) == 1


def test_a_bank_that_cannot_be_reached_can_be_tried_again_at_once(
    scenario: PaymentScenario, token: str
) -> None:
    origin = scenario.server.origin
    row = scenario.aws.table("ACCOUNTS_TABLE").get_item(Key={"pk": "SUPPLIER#uk-test", "sk": "PROFILE"})[
        "Item"
    ]
    row["merchant"]["base_url"] = "http://127.0.0.1:9"
    scenario.aws.table("ACCOUNTS_TABLE").put_item(Item=row)
    assert scenario.check_out(token).json["code"] == "bank_unavailable"
    (order,) = scenario.orders()
    assert order.attempts == []
    merchant = order.merchant.model_copy(update={"base_url": f"{origin}/rbs"})
    from cabinet.payments.orders import store as order_store

    order_store.replace(order, order.model_copy(update={"merchant": merchant}))
    assert scenario.check_out(token).json["order_id"] == order.order_id
    circuit_breaker_for.cache_clear()


def test_a_lost_answer_of_the_bank_leaves_one_link_that_can_be_paid(
    scenario: PaymentScenario, token: str
) -> None:
    with bank_answers_lost():
        assert scenario.check_out(token).json["code"] == "bank_unavailable"
    (lost,) = scenario.state.payments.values()
    answer = scenario.check_out(token)
    assert answer.status == 201
    assert scenario.payment(answer.json["payment_url"]) is not lost
    scenario.complete_payment(answer.json["payment_url"])
    scenario.deliver()
    (row,) = scenario.ledger(ACCOUNT)
    assert row["amount"] == TOTAL == scenario.state.balance()


def test_money_paid_by_a_link_that_was_lost_is_credited_all_the_same(
    scenario: PaymentScenario, token: str
) -> None:
    """Nobody holds that link; should the bank take money by it, the order is found by its number."""
    with bank_answers_lost():
        scenario.check_out(token)
    (lost,) = scenario.state.payments.values()
    scenario.simulator.complete_payment(lost, "approve")
    scenario.undelivered_callbacks.clear()
    scenario.wait(minutes=2)
    assert scenario.reconcile()["changed"] == 1
    assert scenario.ledger_total() == TOTAL == scenario.state.balance()


def test_a_declined_payment_is_tried_again_on_the_same_order(scenario: PaymentScenario, token: str) -> None:
    first = scenario.check_out(token).json
    scenario.complete_payment(first["payment_url"], "decline")
    assert scenario.deliver() == [200]
    path = f"/api/orders/{first['order_id']}"
    assert scenario.call("cart", "GET", path, token).json["can_pay"] is True
    second = scenario.call("cart", "POST", f"{path}/payment", token)
    assert second.status == 201
    assert second.json["order_id"] == first["order_id"]
    assert second.json["payment_url"] != first["payment_url"]
    assert scenario.call("cart", "POST", f"{path}/payment", token).json == second.json
    scenario.complete_payment(second.json["payment_url"])
    scenario.deliver()
    assert scenario.ledger_total() == TOTAL == scenario.state.balance()
    closed = scenario.call("cart", "POST", f"{path}/payment", token)
    assert (closed.status, closed.json["code"]) == (409, "order_closed")


def test_a_session_that_ran_out_is_asked_about_before_another_begins(
    scenario: PaymentScenario, token: str
) -> None:
    first = scenario.check_out(token).json
    scenario.complete_payment(first["payment_url"])  # paid, and the callbacks are lost
    scenario.undelivered_callbacks.clear()
    scenario.wait(minutes=21)
    answer = scenario.call("cart", "POST", f"/api/orders/{first['order_id']}/payment", token)
    assert (answer.status, answer.json["code"]) == (409, "order_closed")
    assert scenario.order(first["order_id"]).status == "paid"
    assert len(scenario.state.payments) == 1


def test_a_second_charge_through_an_old_link_is_noticed_and_not_credited(
    scenario: PaymentScenario, token: str
) -> None:
    first = scenario.check_out(token).json
    scenario.complete_payment(first["payment_url"], "decline")
    scenario.deliver()
    second = scenario.call("cart", "POST", f"/api/orders/{first['order_id']}/payment", token).json
    scenario.complete_payment(second["payment_url"])
    scenario.deliver()
    scenario.payment(first["payment_url"]).payment_state = PaymentState.WAITING
    scenario.complete_payment(first["payment_url"])
    assert scenario.deliver() == [200, 200]
    assert scenario.ledger_total() == TOTAL
    order = scenario.order(first["order_id"])
    assert order.duplicate_charges == [scenario.payment(first["payment_url"]).bank_id]


def test_a_crashed_bank_call_blocks_others_until_its_lease_ends(
    scenario: PaymentScenario, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    injector = FaultInjector()
    with monkeypatch.context() as patched:
        patched.setattr(attempts, "get_provider", lambda _: injector.die())
        assert injector.process(lambda: scenario.check_out(token)) is None
    answer = scenario.check_out(token)
    assert (answer.status, answer.json["code"]) == (409, "payment_being_prepared")
    assert answer.json["retry_after_seconds"] == 15
    assert answer.headers["retry-after"] == "15"
    scenario.wait(seconds=10)
    assert scenario.check_out(token).json["retry_after_seconds"] == 5, "counted down"
    scenario.wait(seconds=5)
    assert scenario.check_out(token).status == 201
    assert len(scenario.orders()) == len(scenario.state.payments) == 1


def test_a_missing_secret_is_told_as_a_bank_that_does_not_answer(
    scenario: PaymentScenario, token: str
) -> None:
    scenario.aws.client("secretsmanager").delete_secret(
        SecretId="cabinet/bank/test", ForceDeleteWithoutRecovery=True
    )
    assert scenario.check_out(token).json["code"] == "bank_unavailable"
