"""Saved cards: kept when wished, charged at once or confirmed, declined, ended here and at the bank."""

from datetime import timedelta
from typing import Any

import pytest

from cabinet.accounts.keys import supplier_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Key, Table
from cabinet.core import clock
from cabinet.identity.keys import profile_key
from cabinet.payments.cards import service as card_service
from cabinet.payments.cards import store as card_store
from cabinet.payments.cards.card_rules import with_card
from cabinet.profile.cabinet_deletion import delete_cabinet
from infra.simulators.bank.state import Card, Faults
from tests.support.fault_injection import FaultInjector
from tests.support.payment_scenario import TOTAL, PaymentScenario, status_and_code

ACCOUNT = "uk-test:1234567899"
METHODS = ("card", "sbp", "saved_card")


@pytest.fixture
def token(scenario: PaymentScenario) -> str:
    scenario.supplier(merchant=scenario.merchant().model_copy(update={"methods": METHODS}))
    return scenario.user("u1", scenario.account())


def save_card(scenario: PaymentScenario, token: str, key: str = "k0", **wish: Any) -> str:
    """Pay by card with the wish that it is kept; return the card's identifier."""
    scenario.add(token, ACCOUNT)
    made = scenario.check_out(token, key, body={"save_card": True} | wish)
    assert made.status == 201, made.body
    assert scenario.complete_payment(made.json["payment_url"])
    assert set(scenario.deliver()) == {200}
    (shown,) = cards(scenario, token)
    return str(shown["saved_card_id"])


def cards(scenario: PaymentScenario, token: str) -> list[dict[str, Any]]:
    return list(scenario.call("cart", "GET", "/api/saved-cards", token).json["items"])


def charge(scenario: PaymentScenario, token: str, card_id: str, key: str = "k1", **wish: Any) -> Any:
    """Pay ahead by a saved card: the receipt was paid when the card was saved."""
    scenario.add(token, ACCOUNT, pay_ahead=True)
    wish = {"method": "saved_card", "saved_card_id": card_id, "pay_anyway": True} | wish
    return scenario.check_out(token, key, body=wish)


def change(table: Table, key: Key, **values: Any) -> None:
    row = dynamo.get(table, key, consistent=True) or {}
    dynamo.put(table, row | values, condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict)


def leave(scenario: PaymentScenario) -> None:
    """Delete the cabinet of u1, whose row the factories keep short."""
    change(Table.USERS, profile_key("u1"), credentials=0, entries=0)
    delete_cabinet("u1", clock.now())


def bank_card(scenario: PaymentScenario) -> Card:
    (card,) = scenario.state.cards.values()
    return card


def test_a_card_is_kept_with_its_own_consent_when_the_payer_wishes_it(
    scenario: PaymentScenario, token: str
) -> None:
    read = scenario.call("cart", "GET", "/api/saved-cards/consent", token).json
    card_id = save_card(scenario, token, card_consent_version=read["version"])
    shown = {
        "saved_card_id": card_id,
        "masked_pan": "…1234",
        "expires_on": "2030-08-31",
        "expired": False,
        "bank_name": "Учебный банк",
        "used_by": [],
    }
    assert cards(scenario, token) == [shown]
    (agreed,) = scenario.everything("USERS_TABLE", "AGREED#saved-card-")
    assert (agreed["version"], agreed["text_sha256"]) == (read["version"], read["sha256"])
    assert agreed["address"] == "198.51.100.7"
    (order,) = scenario.orders()
    assert (order.card_consent, order.client_ip, order.status) == (None, "", "paid")
    assert bank_card(scenario).client_id == "u1"


def test_without_the_wish_the_bank_is_told_of_no_client_and_keeps_nothing(
    scenario: PaymentScenario, token: str
) -> None:
    scenario.add(token, ACCOUNT)
    made = scenario.check_out(token).json
    scenario.complete_payment(made["payment_url"])
    scenario.deliver()
    assert cards(scenario, token) == []
    assert not scenario.state.cards
    assert scenario.everything("USERS_TABLE", "AGREED#saved-card-") == []


def test_a_consent_whose_text_has_changed_since_is_refused(scenario: PaymentScenario, token: str) -> None:
    scenario.add(token, ACCOUNT)
    refused = scenario.check_out(token, body={"save_card": True, "card_consent_version": "2020-01-01"})
    assert refused.status == 422
    assert refused.json["errors"][0]["code"] == "consent_outdated"
    assert scenario.orders() == []


def test_the_methods_show_a_card_where_the_order_can_be_paid_by_it(
    scenario: PaymentScenario, token: str
) -> None:
    card_id = save_card(scenario, token)
    scenario.add(token, ACCOUNT, pay_ahead=True)
    shown = scenario.call("cart", "GET", "/api/cart/payment-methods", token).json["items"]
    assert [way["method"] for way in shown] == ["card", "sbp", "saved_card"]
    assert shown[2]["title"] == "Карта …1234, до 08/30"
    assert (shown[2]["saved_card_id"], shown[2]["expired"]) == (card_id, False)
    assert [way["can_save"] for way in shown] == [True, False, False]
    assert scenario.cart(token).json["orders"][0]["methods"] == shown
    another = scenario.merchant(contract="another").model_copy(update={"methods": METHODS})
    change(Table.ACCOUNTS, supplier_key("uk-test"), merchant=another.model_dump(mode="json"))
    elsewhere = scenario.call("cart", "GET", "/api/cart/payment-methods", token).json["items"]
    assert [way["method"] for way in elsewhere] == ["card", "sbp"], "the card is another contract's"
    assert status_and_code(charge(scenario, token, card_id)) == (409, "saved_card_unavailable")


def test_an_order_is_paid_by_a_saved_card_at_once(scenario: PaymentScenario, token: str) -> None:
    card_id = save_card(scenario, token)
    answer = charge(scenario, token, card_id)
    assert answer.status == 201
    made = answer.json
    assert (made["status"], made["method"], made["payment_url"]) == ("paid", "saved_card", None)
    shown = scenario.call("cart", "GET", f"/api/orders/{made['order_id']}", token).json
    assert (shown["masked_pan"], shown["can_pay"]) == ("…1234", False)
    assert charge(scenario, token, card_id).json == made, "the same press is the same charge"
    scenario.deliver()
    assert bank_card(scenario).charges == 1
    assert scenario.ledger_total() == scenario.state.balance() == 2 * TOTAL
    kinds = {row["kind"] for row in scenario.ledger(ACCOUNT)}
    assert kinds == {"оплата картой в личном кабинете", "оплата сохранённой картой в личном кабинете"}


def test_where_the_bank_wants_the_payer_to_confirm_there_is_a_page(
    scenario: PaymentScenario, token: str
) -> None:
    card_id = save_card(scenario, token)
    scenario.state.faults = Faults(card="secure")
    made = charge(scenario, token, card_id).json
    assert made["status"] == "registered"
    assert made["payment_url"].endswith(f"/acsRedirect.do?orderId={made['payment_url'].rpartition('=')[2]}")
    assert scenario.ledger_total() == TOTAL
    assert scenario.complete_payment(made["payment_url"])
    scenario.deliver()
    assert scenario.ledger_total() == scenario.state.balance() == 2 * TOTAL
    assert len(cards(scenario, token)) == 1


@pytest.mark.parametrize(("fault", "is_final"), [("decline", False), ("decline_final", True)])
def test_a_success_that_the_bank_then_declines_is_a_decline(
    scenario: PaymentScenario, token: str, fault: str, is_final: bool
) -> None:
    card_id = save_card(scenario, token)
    scenario.state.faults = Faults(card=fault)
    made = charge(scenario, token, card_id).json
    assert (made["status"], made["payment_url"]) == ("declined", None)
    attempt = scenario.order(made["order_id"]).attempt
    assert attempt is not None
    assert (attempt.decline_code, attempt.is_final_decline) == ("208" if is_final else "116", is_final)
    scenario.state.faults = Faults()
    again = scenario.call(
        "cart", "POST", f"/api/orders/{made['order_id']}/payment", token, {"pay_anyway": True}
    )
    assert (again.status, again.json["status"]) == (201, "paid"), "pressed again, it is tried again"
    assert scenario.ledger_total() == scenario.state.balance() == 2 * TOTAL


def test_a_charge_whose_answer_is_lost_is_asked_about_and_not_repeated(
    scenario: PaymentScenario, token: str
) -> None:
    card_id = save_card(scenario, token)
    scenario.state.faults = Faults(card="lost", lost=True)
    made = charge(scenario, token, card_id).json
    assert made["status"] == "paid"
    assert bank_card(scenario).charges == 1


def test_a_charge_whose_answer_nobody_understands_is_asked_about_and_noted(
    scenario: PaymentScenario, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    card_id = save_card(scenario, token)
    scenario.state.faults = Faults(card="garbled", lost=True)
    made = charge(scenario, token, card_id)
    assert (made.status, made.json["status"]) == (201, "paid")
    assert bank_card(scenario).charges == 1
    (line,) = [vars(entry) for entry in caplog.records if entry.getMessage() == "bank_call_failed"]
    assert (line["order_id"], line["error"]) == (made.json["order_id"], "not an object")


def test_a_charge_that_the_bank_is_busy_with_is_neither_repeated_nor_forgotten(
    scenario: PaymentScenario, token: str
) -> None:
    card_id = save_card(scenario, token)
    scenario.state.faults = Faults(card="busy", lost=True)
    made = charge(scenario, token, card_id).json
    assert (made["status"], made["payment_url"]) == ("registered", None)
    assert charge(scenario, token, card_id).json["status"] == "registered"
    waiting = scenario.call(
        "cart", "POST", f"/api/orders/{made['order_id']}/payment", token, {"pay_anyway": True}
    )
    assert waiting.json["status"] == "registered"
    assert bank_card(scenario).charges == 1
    (payment,) = [p for p in scenario.state.payments.values() if p.number == made["order_id"]]
    scenario.state.pay(payment)
    scenario.wait(minutes=2)
    scenario.reconcile_orders()
    assert scenario.order(made["order_id"]).status == "paid"


def test_a_busy_charge_can_be_given_up_only_when_the_bank_closes_it(
    scenario: PaymentScenario, token: str
) -> None:
    card_id = save_card(scenario, token)
    scenario.state.faults = Faults(card="busy", lost=True)
    made = charge(scenario, token, card_id).json
    path = f"/api/orders/{made['order_id']}/cancel"
    assert status_and_code(scenario.call("cart", "POST", path, token)) == (409, "payment_being_prepared")
    scenario.wait(seconds=30)
    assert scenario.call("cart", "POST", path, token).json["status"] == "declined"
    (payment,) = [p for p in scenario.state.payments.values() if p.number == made["order_id"]]
    assert not scenario.state.pay(payment), "closed at the bank too"


def test_a_card_missing_at_the_bank_is_deleted_and_not_charged(scenario: PaymentScenario, token: str) -> None:
    card_id = save_card(scenario, token)
    scenario.state.faults = Faults(card="vanished")
    made = charge(scenario, token, card_id).json
    assert (made["status"], made["payment_url"]) == ("declined", None)
    assert cards(scenario, token) == []
    assert scenario.ledger_total() == scenario.state.balance() == TOTAL


def test_a_card_that_its_owner_removed_at_the_bank_is_gone_here_at_once(
    scenario: PaymentScenario, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    card_id = save_card(scenario, token)
    scenario.simulator.remove_card(bank_card(scenario))
    assert scenario.deliver() == [200]
    assert cards(scenario, token) == []
    assert scenario.everything("PAYMENTS_TABLE", "CARDS") == []
    assert [entry.getMessage() for entry in caplog.records].count("card_removed_at_bank") == 1
    assert status_and_code(charge(scenario, token, card_id)) == (409, "saved_card_unavailable")
    scenario.simulator.remove_card(bank_card(scenario))
    assert scenario.deliver() == [200], "said again, it is the same"


def test_a_card_that_the_bank_still_keeps_stays_whatever_it_was_said(
    scenario: PaymentScenario, token: str
) -> None:
    save_card(scenario, token)
    scenario.simulator.remove_card(bank_card(scenario), is_kept=True)
    assert scenario.deliver() == [200]
    assert len(cards(scenario, token)) == 1


def test_a_silent_bank_says_again_that_a_card_was_removed(scenario: PaymentScenario, token: str) -> None:
    save_card(scenario, token)
    scenario.simulator.remove_card(bank_card(scenario))
    call = scenario.undelivered_callbacks.pop()
    scenario.state.is_down = True
    assert scenario.hear(call).status == 503
    assert len(cards(scenario, token)) == 1
    scenario.state.is_down = False
    assert scenario.hear(call).status == 200
    assert cards(scenario, token) == []


def test_a_card_saved_again_while_the_bank_was_asked_stays(
    scenario: PaymentScenario, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_card(scenario, token)
    card = bank_card(scenario)
    scenario.simulator.remove_card(card)
    call = scenario.undelivered_callbacks.pop()
    injector = FaultInjector()
    injector.patch(monkeypatch)

    def save_again() -> None:
        card.is_active = True
        seen = card_store.load("u1")
        (kept,) = seen.active
        again = kept.model_copy(update={"saved_at": clock.now() + timedelta(seconds=1)})
        card_store.change("u1", seen, lambda known: with_card(known, again))

    # The rival comes after the bank has answered that it keeps no card, before that is written.
    injector.fault, injector.number = save_again, 4
    answer = injector.process(lambda: scenario.hear(call))
    assert answer is not None
    assert answer.status == 200
    assert injector.calls[2:4] == ["bank.getBindings.do", "dynamodb.DeleteItem"]
    assert len(cards(scenario, token)) == 1


def test_a_card_of_another_user_pays_nothing_and_cannot_be_deleted(
    scenario: PaymentScenario, token: str
) -> None:
    card_id = save_card(scenario, token)
    rival = scenario.user("u2", scenario.account("1234567898"), email="rival@example.com")
    scenario.add(rival, "uk-test:1234567898")
    body = {"method": "saved_card", "saved_card_id": card_id}
    assert status_and_code(scenario.check_out(rival, "r1", body)) == (409, "saved_card_unavailable")
    deleted = scenario.call("cart", "DELETE", f"/api/saved-cards/{card_id}", rival)
    unknown = scenario.call("cart", "DELETE", "/api/saved-cards/nobodys", rival)
    assert deleted.status == unknown.status == 404
    assert deleted.problem == unknown.problem
    assert cards(scenario, rival) == []
    assert len(cards(scenario, token)) == 1
    assert bank_card(scenario).charges == 0


def test_the_method_without_a_card_or_with_an_expired_one_is_refused(
    scenario: PaymentScenario, token: str
) -> None:
    scenario.state.next_card = ("220000**9999", "202609")
    card_id = save_card(scenario, token)
    assert status_and_code(charge(scenario, token, "")) == (409, "saved_card_unavailable")
    scenario.wait(days=15)
    renewed = scenario.sign_in()
    (shown,) = cards(scenario, renewed)
    assert shown["expired"] is True
    assert status_and_code(charge(scenario, renewed, card_id, "k2")) == (409, "saved_card_unavailable")


def test_a_deleted_card_is_ended_at_the_bank_and_pays_no_more(scenario: PaymentScenario, token: str) -> None:
    card_id = save_card(scenario, token)
    assert scenario.call("cart", "DELETE", f"/api/saved-cards/{card_id}", token).status == 204
    assert cards(scenario, token) == []
    assert not bank_card(scenario).is_active
    assert scenario.everything("PAYMENTS_TABLE", "CARDS") == []
    assert status_and_code(charge(scenario, token, card_id)) == (409, "saved_card_unavailable")
    assert scenario.call("cart", "DELETE", f"/api/saved-cards/{card_id}", token).status == 404


def test_a_silent_bank_keeps_no_card_alive_and_is_told_until_it_hears(
    scenario: PaymentScenario, token: str
) -> None:
    card_id = save_card(scenario, token)
    scenario.state.is_down = True
    assert scenario.call("cart", "DELETE", f"/api/saved-cards/{card_id}", token).status == 204
    assert cards(scenario, token) == []
    assert bank_card(scenario).is_active
    (row,) = scenario.everything("PAYMENTS_TABLE", "CARDS")
    assert "1234" not in str(row["cards"]), "nothing is kept but what the bank must hear"
    scenario.wait(minutes=2)
    scenario.reconcile()
    assert bank_card(scenario).is_active
    scenario.state.is_down = False
    scenario.wait(minutes=6)
    assert scenario.reconcile()["visited"] >= 0
    assert not bank_card(scenario).is_active
    assert scenario.everything("PAYMENTS_TABLE", "CARDS") == []


def test_a_card_deleted_between_checkout_and_charge_is_not_charged(
    scenario: PaymentScenario, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    card_id = save_card(scenario, token)
    injector = FaultInjector()
    injector.patch(monkeypatch)

    def delete() -> None:
        seen = card_store.load("u1")
        card_service.delete_card("u1", seen, card_id, clock.now())

    scenario.add(token, ACCOUNT, pay_ahead=True)
    wish = {"method": "saved_card", "saved_card_id": card_id, "pay_anyway": True}
    # The rival comes after the bank has registered the order, before what claims the charge is written.
    injector.fault, injector.number = delete, 5
    answer = injector.process(lambda: scenario.check_out(token, "k1", wish))
    assert injector.calls[3:5] == ["bank.register.do", "dynamodb.TransactWriteItems"]
    assert answer is not None
    assert status_and_code(answer) == (409, "saved_card_unavailable")
    assert "bank.paymentOrderBinding.do" not in injector.calls
    assert bank_card(scenario).charges == 0
    statuses = sorted(order.status for order in scenario.orders())
    assert statuses == ["declined", "paid"]


def test_a_payment_heard_by_another_try_to_pay_keeps_the_card(scenario: PaymentScenario, token: str) -> None:
    scenario.add(token, ACCOUNT)
    made = scenario.check_out(token, body={"save_card": True}).json
    scenario.complete_payment(made["payment_url"])
    scenario.undelivered_callbacks.clear()
    scenario.wait(minutes=21)
    answer = scenario.call("cart", "POST", f"/api/orders/{made['order_id']}/payment", token)
    assert status_and_code(answer) == (409, "order_closed")
    assert len(cards(scenario, token)) == 1


def test_a_card_that_the_status_does_not_name_is_found_among_the_clients(
    scenario: PaymentScenario, token: str
) -> None:
    scenario.state.faults = Faults(card="unnamed")
    scenario.add(token, ACCOUNT)
    made = scenario.check_out(token, body={"save_card": True}).json
    scenario.complete_payment(made["payment_url"])
    scenario.deliver()
    assert cards(scenario, token) == []
    scenario.wait(minutes=2)
    scenario.reconcile_orders()
    assert [shown["masked_pan"] for shown in cards(scenario, token)] == ["…1234"]


def test_an_owner_hears_once_and_ahead_that_a_card_expires(scenario: PaymentScenario, token: str) -> None:
    scenario.state.next_card = ("220000**9999", "202611")
    save_card(scenario, token)
    scenario.wait(days=39)
    scenario.reconcile()
    assert scenario.emails("card_expires") == [], "31 October is thirty days ahead"
    scenario.wait(days=2)
    scenario.reconcile()
    scenario.reconcile()
    (email,) = scenario.emails("card_expires")
    assert "…9999" in email["params"]
    assert '"expires_on": "2026-11-30"' in email["params"]


def test_a_payer_who_left_before_the_payment_came_has_no_card_anywhere(
    scenario: PaymentScenario, token: str
) -> None:
    scenario.add(token, ACCOUNT)
    made = scenario.check_out(token, body={"save_card": True}).json
    leave(scenario)
    scenario.complete_payment(made["payment_url"])
    scenario.deliver()
    assert scenario.ledger_total() == scenario.state.balance() == TOTAL
    assert bank_card(scenario).is_active
    scenario.wait(minutes=2)
    scenario.reconcile()
    assert not bank_card(scenario).is_active
    assert scenario.everything("PAYMENTS_TABLE", "CARDS") == []


def test_deleting_the_cabinet_ends_its_cards_at_the_bank(scenario: PaymentScenario, token: str) -> None:
    save_card(scenario, token)
    leave(scenario)
    scenario.wait(minutes=2)
    scenario.reconcile()
    assert not bank_card(scenario).is_active
    assert scenario.everything("PAYMENTS_TABLE", "CARDS") == []
