"""СБП by Raiffeisenbank from the cart to the ledger: signed callbacks, lost ones, forged ones."""

from typing import Any

import pytest

from cabinet.core import clock
from cabinet.payments import refunds
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.provider_sync import ProviderNotAnswering
from cabinet.payments.providers.base import RawNotification
from cabinet.payments.refund_rules import request_refund
from cabinet.payments.webhooks import handle_raiffeisen_callback
from infra.simulators.bank.callback_sender import Call
from infra.simulators.bank.raiffeisen import signed_call
from infra.simulators.bank.state import Faults
from tests.support.payment_scenario import TOTAL, Town, told

ACCOUNT = "uk-test:1234567899"


@pytest.fixture
def order(town: Town) -> Any:
    """An order by СБП, its code given out."""
    second = town.merchant("raiffeisen", "second").model_copy(update={"methods": ("sbp",)})
    town.supplier(merchants=[second])
    token = town.user("u1", town.account())
    town.add(token, ACCOUNT)
    answer = town.check_out(token, body={"method": "sbp"})
    assert answer.status == 201, answer.body
    assert answer.json["sbp"]["qr_png"].startswith("data:image/png;base64,iVBOR")
    return answer.json


def books(town: Town) -> tuple[int, int, int]:
    return town.ledger_total(), town.state.balance(), town.journal_total("second")


def test_a_signed_callback_credits_once_however_often_it_comes(town: Town, order: Any) -> None:
    town.state.payments[town.payment(order["payment_url"]).bank_id].faults = Faults(copies=3)
    town.settle(order["payment_url"])
    assert town.deliver() == [200, 200, 200]
    assert town.order(order["order_id"]).status == "paid"
    assert books(town) == (TOTAL, TOTAL, TOTAL)


def test_a_lost_callback_is_found_by_asking(town: Town, order: Any) -> None:
    town.settle(order["payment_url"])
    town.held.clear()
    town.wait(minutes=2)
    town.reconcile_orders()
    assert books(town) == (TOTAL, TOTAL, TOTAL)


def test_a_forged_callback_is_refused_and_a_signed_lie_believed_by_nobody(town: Town, order: Any) -> None:
    payment = town.payment(order["payment_url"])
    assert told(town.hear(signed_call(payment, "SUCCESS", key="guess"))) == (403, "forged")
    assert town.hear(signed_call(payment, "SUCCESS")).status == 200, "the bank is asked, and says unpaid"
    assert town.order(order["order_id"]).status == "registered"
    assert books(town) == (0, 0, 0)


def test_a_code_that_has_ended_expires_and_late_money_is_credited(town: Town, order: Any) -> None:
    town.wait(minutes=31)
    town.reconcile_orders()
    assert town.order(order["order_id"]).status == "expired"
    assert town.settle(order["payment_url"], "approve_late")
    assert town.deliver() == [200]
    assert books(town) == (TOTAL, TOTAL, TOTAL)


def give_back(order_id: str, refund_id: str, amount: int) -> None:
    _, order = refunds.sync_bank_status(order_store.current(order_id), clock.now())
    if order.open_refund is None:
        wanted = request_refund(order, refund_id, "перерасчёт", "", clock.now(), amount=amount)
        order = order_store.replace(order, wanted)
    refunds.continue_refund(order, clock.now())


def test_a_refund_whose_answer_is_lost_is_given_and_booked_once(town: Town, order: Any) -> None:
    town.settle(order["payment_url"])
    town.deliver()
    town.state.refunds_lost = 1
    with pytest.raises(ProviderNotAnswering):
        give_back(order["order_id"], "r1", 1_10)
    town.wait(minutes=2)
    give_back(order["order_id"], "r1", 1_10)
    assert books(town) == (TOTAL - 1_10, TOTAL - 1_10, TOTAL - 1_10)
    give_back(order["order_id"], "r2", TOTAL - 1_10)
    assert books(town) == (0, 0, 0)
    assert town.order(order["order_id"]).status == "refunded"


def test_another_sum_than_ordered_goes_to_a_person(town: Town, order: Any) -> None:
    town.payment(order["payment_url"]).faults = Faults(amount_delta=-1)
    town.settle(order["payment_url"])
    town.deliver()
    assert town.order(order["order_id"]).status == "review"
    assert town.ledger_total() == 0


class PromptSender:
    """Delivers callbacks before the bank answers what made it send them."""

    def send(self, calls: list[Call]) -> None:
        for call in calls:
            handle_raiffeisen_callback(RawNotification(b"", call.body, call.signature), clock.now())


def test_a_payment_heard_of_before_the_banks_own_answer_is_credited_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = town.merchant("raiffeisen", "second")
    town.supplier(merchants=[second])
    token = town.user("u1", town.account())
    town.add(token, ACCOUNT)
    town.state.faults = Faults(qr="paid")
    monkeypatch.setattr(town.simulator, "sender", PromptSender())
    assert told(town.check_out(token, body={"method": "sbp"})) == (409, "payment_being_prepared")
    (order,) = town.orders()
    assert order.status == "paid"
    assert books(town) == (TOTAL, TOTAL, TOTAL)


@pytest.mark.parametrize("outcome", ["decline", "expire"])
def test_after_a_rejection_or_the_codes_end_the_order_gets_another_code(
    town: Town, order: Any, outcome: str
) -> None:
    if outcome == "expire":
        town.wait(minutes=31)
    town.settle(order["payment_url"], outcome)
    town.deliver()
    token = town.sign_in()
    again = town.call("cart", "POST", f"/api/orders/{order['order_id']}/payment", token)
    assert again.status == 201, again.body
    assert again.json["sbp"]["link"] != order["sbp"]["link"]
    assert not town.settle(order["payment_url"]), "the first code is dead"
    town.settle(again.json["payment_url"])
    town.deliver()
    assert books(town) == (TOTAL, TOTAL, TOTAL)


def test_a_payment_has_its_fiscal_receipt_and_the_order_leads_to_it(town: Town, order: Any) -> None:
    town.settle(order["payment_url"])
    town.deliver()
    token = town.sign_in()
    shown = town.call("cart", "GET", f"/api/orders/{order['order_id']}", token).json
    assert shown["fiscal_url"] == f"https://ofd.example/{order['order_id']}"
    receipt = town.state.receipts["sell", order["order_id"]]
    assert receipt["client"] == {"email": "subscriber@example.com"}
    assert len(receipt["items"]) == len(shown["items"])
