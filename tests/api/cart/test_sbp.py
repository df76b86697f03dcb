"""СБП from the cart to the ledger: the link and the code, their end, another code, money that comes late."""

from typing import Any

import pytest

from cabinet.core import clock
from cabinet.payments.bank_callbacks import handle_rbs_callback
from cabinet.payments.providers.base import RawCallback
from infra.simulators.bank.callback_sender import Call
from infra.simulators.bank.state import Faults
from tests.support.payment_scenario import TOTAL, PaymentScenario, status_and_code

ACCOUNT = "uk-test:1234567899"


@pytest.fixture
def token(scenario: PaymentScenario) -> str:
    scenario.supplier(merchant=scenario.merchant().model_copy(update={"methods": ("card", "sbp")}))
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    return token


def order(scenario: PaymentScenario, token: str, order_id: str) -> Any:
    return scenario.call("cart", "GET", f"/api/orders/{order_id}", token).json


def by_sbp(scenario: PaymentScenario, token: str, key: str = "k1") -> Any:
    answer = scenario.check_out(token, key, body={"method": "sbp"})
    assert answer.status == 201, answer.body
    return answer.json


def test_an_order_has_a_link_and_the_banks_code_until_it_is_paid(
    scenario: PaymentScenario, token: str
) -> None:
    made = by_sbp(scenario, token)
    assert made["sbp"]["link"] == made["payment_url"]
    assert made["sbp"]["qr_png"].startswith("data:image/png;base64,iVBOR")
    assert made["sbp"]["expires_at"] == made["expires_at"]
    assert by_sbp(scenario, token) == made, "the same press is the same code"
    waiting = order(scenario, token, made["order_id"])
    assert (waiting["method"], waiting["sbp"]) == ("sbp", made["sbp"])
    scenario.complete_payment(made["payment_url"])
    scenario.deliver()
    paid = order(scenario, token, made["order_id"])
    assert (paid["status"], paid["sbp"], paid["payment_url"]) == ("paid", None, None)
    assert scenario.ledger_total() == scenario.journal_total("c1") == TOTAL


def test_a_card_order_has_no_code(scenario: PaymentScenario, token: str) -> None:
    made = scenario.check_out(token).json
    assert made["sbp"] is None
    assert order(scenario, token, made["order_id"])["sbp"] is None


@pytest.mark.parametrize("outcome", ["decline", "expire"])
def test_after_a_rejection_or_the_codes_end_the_order_gets_another_code(
    scenario: PaymentScenario, token: str, outcome: str
) -> None:
    made = by_sbp(scenario, token)
    if outcome == "expire":
        scenario.wait(minutes=31)
    scenario.complete_payment(made["payment_url"], outcome)
    scenario.deliver()
    assert order(scenario, token, made["order_id"])["sbp"] is None
    again = scenario.call("cart", "POST", f"/api/orders/{made['order_id']}/payment", token)
    assert again.status == 201
    assert again.json["sbp"]["link"] != made["sbp"]["link"]
    assert not scenario.complete_payment(made["payment_url"]), "the first code is dead"
    scenario.complete_payment(again.json["payment_url"])
    scenario.deliver()
    assert scenario.ledger_total() == scenario.state.balance() == TOTAL


def test_a_payment_that_comes_after_the_end_is_credited(scenario: PaymentScenario, token: str) -> None:
    made = by_sbp(scenario, token)
    scenario.state.faults = Faults(lost=True)
    scenario.wait(minutes=31)
    scenario.reconcile_orders()
    assert order(scenario, token, made["order_id"])["status"] == "expired"
    assert scenario.complete_payment(made["payment_url"], "approve_late")
    scenario.wait(hours=2)
    scenario.reconcile_orders()
    assert scenario.order(made["order_id"]).status == "paid"
    assert scenario.ledger_total() == scenario.state.balance() == TOTAL


@pytest.mark.parametrize("fault", ["refused", "lost"])
def test_a_code_that_fails_keeps_the_order_and_the_next_press_has_another(
    scenario: PaymentScenario, token: str, fault: str
) -> None:
    scenario.state.faults = Faults(qr=fault)
    assert status_and_code(scenario.check_out(token, body={"method": "sbp"})) == (502, "bank_unavailable")
    scenario.state.faults = Faults()
    made = by_sbp(scenario, token)
    assert [attempt.number for attempt in scenario.order(made["order_id"]).attempts] == [
        made["order_id"],
        f"{made['order_id']}-2",
    ]


class PromptSender:
    """Delivers callbacks before the bank answers what made it send them."""

    def send(self, calls: list[Call]) -> None:
        for call in calls:
            handle_rbs_callback(RawCallback(call.query.encode(), b""), clock.now())


def test_a_payment_heard_of_before_the_banks_own_answer_is_credited_once(
    scenario: PaymentScenario, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.state.faults = Faults(qr="paid")
    monkeypatch.setattr(scenario.simulator, "sender", PromptSender())
    assert status_and_code(scenario.check_out(token, body={"method": "sbp"})) == (
        409,
        "payment_being_prepared",
    )
    (kept,) = scenario.orders()
    assert order(scenario, token, kept.order_id)["status"] == "paid"
    assert scenario.ledger_total() == scenario.state.balance() == TOTAL


def test_an_order_given_up_ends_its_code(scenario: PaymentScenario, token: str) -> None:
    made = by_sbp(scenario, token)
    answer = scenario.call("cart", "POST", f"/api/orders/{made['order_id']}/cancel", token)
    assert (answer.status, answer.json["status"], answer.json["sbp"]) == (200, "declined", None)
    assert scenario.payment(made["payment_url"]).is_qr_ended
    assert not scenario.complete_payment(made["payment_url"])
