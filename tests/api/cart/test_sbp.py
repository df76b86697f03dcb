"""СБП from the cart to the ledger: the link and the code, their end, another code, money that comes late."""

from typing import Any

import pytest

from cabinet.core import clock
from cabinet.payments.providers.base import RawNotification
from cabinet.payments.webhooks import handle_rbs_callback
from infra.simulators.bank.callback_sender import Call
from infra.simulators.bank.state import Faults
from tests.support.payment_scenario import TOTAL, Town, told

ACCOUNT = "uk-test:1234567899"


@pytest.fixture
def token(town: Town) -> str:
    town.supplier(merchant=town.merchant().model_copy(update={"methods": ("card", "sbp")}))
    token = town.user("u1", town.account())
    town.add(token, ACCOUNT)
    return token


def order(town: Town, token: str, order_id: str) -> Any:
    return town.call("cart", "GET", f"/api/orders/{order_id}", token).json


def by_sbp(town: Town, token: str, key: str = "k1") -> Any:
    answer = town.check_out(token, key, body={"method": "sbp"})
    assert answer.status == 201, answer.body
    return answer.json


def test_an_order_has_a_link_and_the_banks_code_until_it_is_paid(town: Town, token: str) -> None:
    made = by_sbp(town, token)
    assert made["sbp"]["link"] == made["payment_url"]
    assert made["sbp"]["qr_png"].startswith("data:image/png;base64,iVBOR")
    assert made["sbp"]["expires_at"] == made["expires_at"]
    assert by_sbp(town, token) == made, "the same press is the same code"
    waiting = order(town, token, made["order_id"])
    assert (waiting["method"], waiting["sbp"]) == ("sbp", made["sbp"])
    town.settle(made["payment_url"])
    town.deliver()
    paid = order(town, token, made["order_id"])
    assert (paid["status"], paid["sbp"], paid["payment_url"]) == ("paid", None, None)
    assert town.ledger_total() == town.journal_total("c1") == TOTAL


def test_a_card_order_has_no_code(town: Town, token: str) -> None:
    made = town.check_out(token).json
    assert made["sbp"] is None
    assert order(town, token, made["order_id"])["sbp"] is None


@pytest.mark.parametrize("outcome", ["decline", "expire"])
def test_after_a_rejection_or_the_codes_end_the_order_gets_another_code(
    town: Town, token: str, outcome: str
) -> None:
    made = by_sbp(town, token)
    if outcome == "expire":
        town.wait(minutes=31)
    town.settle(made["payment_url"], outcome)
    town.deliver()
    assert order(town, token, made["order_id"])["sbp"] is None
    again = town.call("cart", "POST", f"/api/orders/{made['order_id']}/payment", token)
    assert again.status == 201
    assert again.json["sbp"]["link"] != made["sbp"]["link"]
    assert not town.settle(made["payment_url"]), "the first code is dead"
    town.settle(again.json["payment_url"])
    town.deliver()
    assert town.ledger_total() == town.state.balance() == TOTAL


def test_a_payment_that_comes_after_the_end_is_credited(town: Town, token: str) -> None:
    made = by_sbp(town, token)
    town.state.faults = Faults(lost=True)
    town.wait(minutes=31)
    town.reconcile_orders()
    assert order(town, token, made["order_id"])["status"] == "expired"
    assert town.settle(made["payment_url"], "approve_late")
    town.wait(hours=2)
    town.reconcile_orders()
    assert town.order(made["order_id"]).status == "paid"
    assert town.ledger_total() == town.state.balance() == TOTAL


@pytest.mark.parametrize("fault", ["refused", "lost"])
def test_a_code_that_fails_keeps_the_order_and_the_next_press_has_another(
    town: Town, token: str, fault: str
) -> None:
    town.state.faults = Faults(qr=fault)
    assert told(town.check_out(token, body={"method": "sbp"})) == (502, "bank_unavailable")
    town.state.faults = Faults()
    made = by_sbp(town, token)
    assert [attempt.number for attempt in town.order(made["order_id"]).attempts] == [
        made["order_id"],
        f"{made['order_id']}-2",
    ]


class PromptSender:
    """Delivers callbacks before the bank answers what made it send them."""

    def send(self, calls: list[Call]) -> None:
        for call in calls:
            handle_rbs_callback(RawNotification(call.query.encode(), b""), clock.now())


def test_a_payment_heard_of_before_the_banks_own_answer_is_credited_once(
    town: Town, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.state.faults = Faults(qr="paid")
    monkeypatch.setattr(town.simulator, "sender", PromptSender())
    assert told(town.check_out(token, body={"method": "sbp"})) == (409, "payment_being_prepared")
    (kept,) = town.orders()
    assert order(town, token, kept.order_id)["status"] == "paid"
    assert town.ledger_total() == town.state.balance() == TOTAL


def test_an_order_given_up_ends_its_code(town: Town, token: str) -> None:
    made = by_sbp(town, token)
    answer = town.call("cart", "POST", f"/api/orders/{made['order_id']}/cancel", token)
    assert (answer.status, answer.json["status"], answer.json["sbp"]) == (200, "declined", None)
    assert town.payment(made["payment_url"]).is_qr_ended
    assert not town.settle(made["payment_url"])
