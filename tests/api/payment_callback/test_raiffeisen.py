"""СБП by Raiffeisenbank from the cart to the ledger: signed callbacks, lost ones, forged ones."""

from typing import Any

import pytest

from cabinet.core import clock
from cabinet.payments import refunds
from cabinet.payments.bank_callbacks import handle_raiffeisen_callback
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.provider_sync import BankStatusUnknown
from cabinet.payments.providers.base import RawCallback
from cabinet.payments.refund_rules import request_refund
from infra.simulators.bank.callback_sender import Call
from infra.simulators.bank.raiffeisen import signed_call
from infra.simulators.bank.state import Faults
from tests.support.payment_scenario import TOTAL, PaymentScenario, status_and_code

ACCOUNT = "uk-test:1234567899"


@pytest.fixture
def order(scenario: PaymentScenario) -> Any:
    """An order by СБП, its code given out."""
    second = scenario.merchant("raiffeisen", "second").model_copy(update={"methods": ("sbp",)})
    scenario.supplier(merchants=[second])
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    answer = scenario.check_out(token, body={"method": "sbp"})
    assert answer.status == 201, answer.body
    assert answer.json["sbp"]["qr_png"].startswith("data:image/png;base64,iVBOR")
    return answer.json


def books(scenario: PaymentScenario) -> tuple[int, int, int]:
    return scenario.ledger_total(), scenario.state.balance(), scenario.journal_total("second")


def test_a_signed_callback_credits_once_however_often_it_comes(scenario: PaymentScenario, order: Any) -> None:
    scenario.state.payments[scenario.payment(order["payment_url"]).bank_id].faults = Faults(copies=3)
    scenario.complete_payment(order["payment_url"])
    assert scenario.deliver() == [200, 200, 200]
    assert scenario.order(order["order_id"]).status == "paid"
    assert books(scenario) == (TOTAL, TOTAL, TOTAL)


def test_a_lost_callback_is_found_by_asking(scenario: PaymentScenario, order: Any) -> None:
    scenario.complete_payment(order["payment_url"])
    scenario.undelivered_callbacks.clear()
    scenario.wait(minutes=2)
    scenario.reconcile_orders()
    assert books(scenario) == (TOTAL, TOTAL, TOTAL)


def test_a_forged_callback_is_refused_and_a_signed_lie_believed_by_nobody(
    scenario: PaymentScenario, order: Any
) -> None:
    payment = scenario.payment(order["payment_url"])
    assert status_and_code(scenario.hear(signed_call(payment, "SUCCESS", key="guess"))) == (403, "forged")
    assert scenario.hear(signed_call(payment, "SUCCESS")).status == 200, "the bank is asked, and says unpaid"
    assert scenario.order(order["order_id"]).status == "registered"
    assert books(scenario) == (0, 0, 0)


def test_a_code_that_has_ended_expires_and_late_money_is_credited(
    scenario: PaymentScenario, order: Any
) -> None:
    scenario.wait(minutes=31)
    scenario.reconcile_orders()
    assert scenario.order(order["order_id"]).status == "expired"
    assert scenario.complete_payment(order["payment_url"], "approve_late")
    assert scenario.deliver() == [200]
    assert books(scenario) == (TOTAL, TOTAL, TOTAL)


def give_back(order_id: str, refund_id: str, amount: int) -> None:
    _, order = refunds.sync_bank_status(order_store.current(order_id), clock.now())
    if order.open_refund is None:
        wanted = request_refund(order, refund_id, "перерасчёт", "", clock.now(), amount=amount)
        order = order_store.replace(order, wanted)
    refunds.continue_refund(order, clock.now())


def test_a_refund_whose_answer_is_lost_is_given_and_booked_once(
    scenario: PaymentScenario, order: Any
) -> None:
    scenario.complete_payment(order["payment_url"])
    scenario.deliver()
    scenario.state.refunds_lost = 1
    with pytest.raises(BankStatusUnknown):
        give_back(order["order_id"], "r1", 1_10)
    scenario.wait(minutes=2)
    give_back(order["order_id"], "r1", 1_10)
    assert books(scenario) == (TOTAL - 1_10, TOTAL - 1_10, TOTAL - 1_10)
    give_back(order["order_id"], "r2", TOTAL - 1_10)
    assert books(scenario) == (0, 0, 0)
    assert scenario.order(order["order_id"]).status == "refunded"


def test_another_sum_than_ordered_goes_to_a_person(scenario: PaymentScenario, order: Any) -> None:
    scenario.payment(order["payment_url"]).faults = Faults(amount_delta=-1)
    scenario.complete_payment(order["payment_url"])
    scenario.deliver()
    assert scenario.order(order["order_id"]).status == "review"
    assert scenario.ledger_total() == 0


class PromptSender:
    """Delivers callbacks before the bank answers what made it send them."""

    def send(self, calls: list[Call]) -> None:
        for call in calls:
            handle_raiffeisen_callback(RawCallback(b"", call.body, call.signature), clock.now())


def test_a_payment_heard_of_before_the_banks_own_answer_is_credited_once(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = scenario.merchant("raiffeisen", "second")
    scenario.supplier(merchants=[second])
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    scenario.state.faults = Faults(qr="paid")
    monkeypatch.setattr(scenario.simulator, "sender", PromptSender())
    assert status_and_code(scenario.check_out(token, body={"method": "sbp"})) == (
        409,
        "payment_being_prepared",
    )
    (order,) = scenario.orders()
    assert order.status == "paid"
    assert books(scenario) == (TOTAL, TOTAL, TOTAL)


@pytest.mark.parametrize("outcome", ["decline", "expire"])
def test_after_a_rejection_or_the_codes_end_the_order_gets_another_code(
    scenario: PaymentScenario, order: Any, outcome: str
) -> None:
    if outcome == "expire":
        scenario.wait(minutes=31)
    scenario.complete_payment(order["payment_url"], outcome)
    scenario.deliver()
    token = scenario.sign_in()
    again = scenario.call("cart", "POST", f"/api/orders/{order['order_id']}/payment", token)
    assert again.status == 201, again.body
    assert again.json["sbp"]["link"] != order["sbp"]["link"]
    assert not scenario.complete_payment(order["payment_url"]), "the first code is dead"
    scenario.complete_payment(again.json["payment_url"])
    scenario.deliver()
    assert books(scenario) == (TOTAL, TOTAL, TOTAL)


def test_a_payment_has_its_fiscal_receipt_and_the_order_leads_to_it(
    scenario: PaymentScenario, order: Any
) -> None:
    scenario.complete_payment(order["payment_url"])
    scenario.deliver()
    token = scenario.sign_in()
    shown = scenario.call("cart", "GET", f"/api/orders/{order['order_id']}", token).json
    assert shown["fiscal_url"] == f"https://ofd.example/{order['order_id']}"
    receipt = scenario.state.receipts["sell", order["order_id"]]
    assert receipt["client"] == {"email": "subscriber@example.com"}
    assert len(receipt["items"]) == len(shown["items"])
