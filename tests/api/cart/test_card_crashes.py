"""Crash enumeration of saved cards: keeping, charging, deleting one, with every call failing in every way.

What must come out: bank sum = ledger sum = journal sum, one press charges once, a card that its owner wished
kept is kept, and a deleted one is ended here at once and at the bank in the end.
"""

from collections.abc import Callable

import pytest

from cabinet.core import clock
from cabinet.payments.cards import service as card_service
from cabinet.payments.cards import store as card_store
from tests.support.fault_injection import FAULTS, Fault
from tests.support.payment_crashes import (
    ACCOUNT,
    ALLOWED_REFUSALS,
    CrashScenario,
    crash_scenario,
    prepare_cards,
)
from tests.support.payment_scenario import TOTAL, PaymentScenario, status_and_code

__all__ = ["crash_scenario"]

WISH = {"save_card": True}


def save(crash_scenario: CrashScenario, token: str) -> str:
    """Keep a card undisturbed and put the receipt into the cart again; return the card's identifier."""
    made = crash_scenario.scenario.check_out(token, "k0", WISH).json
    crash_scenario.scenario.complete_payment(made["payment_url"])
    crash_scenario.scenario.deliver()
    crash_scenario.scenario.add(token, ACCOUNT, pay_ahead=True)
    (card,) = card_store.load("u1").active
    crash_scenario.injector.calls = []
    return card.saved_card_id


def recover(crash_scenario: CrashScenario) -> None:
    scenario = crash_scenario.scenario
    crash_scenario.injector.number = 0
    for minutes in (1, 31, 61):
        scenario.wait(minutes=minutes)
        scenario.reconcile_orders()
        card_service.process_due(clock.now(), lambda: True)


def books_are_right(scenario: PaymentScenario) -> None:
    assert scenario.ledger_total() == scenario.state.balance() == scenario.journal_total("uk-test-rbs")
    assert all(order.due_at is None or order.due_at > scenario.moment for order in scenario.orders()), (
        "none is stuck"
    )


def run_save(crash_scenario: CrashScenario, number: int, fault: Fault) -> bool:
    token = prepare_cards(crash_scenario, fault)
    scenario, injector = crash_scenario.scenario, crash_scenario.injector
    injector.number = number
    url = None
    for _ in range(4):
        answer = injector.process(lambda: scenario.check_out(token, "k1", WISH))
        if answer is not None and answer.status == 201:
            url = answer.json["payment_url"]
            break
        assert answer is None or status_and_code(answer) in ALLOWED_REFUSALS
        scenario.wait(seconds=45)
    assert url is not None
    scenario.complete_payment(url)
    while scenario.undelivered_callbacks:
        call = scenario.undelivered_callbacks.pop(0)
        injector.process(lambda call=call: scenario.hear(call))  # type: ignore[misc]
    reached = number <= len(injector.calls)
    recover(crash_scenario)
    books_are_right(scenario)
    assert scenario.state.balance() == TOTAL
    (card,) = card_store.load("u1").active
    assert (card.masked_pan, card.consent is not None) == ("…1234", True)
    assert len(scenario.everything("USERS_TABLE", "AGREED#saved-card-")) == 1
    return reached


def run_charge(crash_scenario: CrashScenario, number: int, fault: Fault) -> bool:
    token = prepare_cards(crash_scenario, fault)
    scenario, injector = crash_scenario.scenario, crash_scenario.injector
    card_id = save(crash_scenario, token)
    wish = {"method": "saved_card", "saved_card_id": card_id, "pay_anyway": True}
    injector.number = number
    shown = None
    for _ in range(4):
        answer = injector.process(lambda: scenario.check_out(token, "k1", wish))
        if answer is not None and answer.status == 201:
            shown = answer.json
            break
        assert answer is None or status_and_code(answer) in ALLOWED_REFUSALS
        scenario.wait(seconds=45)
    reached = number <= len(injector.calls)
    assert shown is not None
    crash_scenario.scenario.deliver()
    recover(crash_scenario)
    books_are_right(scenario)
    (bank_card,) = scenario.state.cards.values()
    assert bank_card.charges <= 1, "one press, one charge"
    assert scenario.state.balance() == TOTAL * (1 + bank_card.charges)
    order = scenario.order(shown["order_id"])
    assert (order.status == "paid") == (bank_card.charges == 1)
    assert order.status in ("paid", "expired"), "who dies before the charge has charged nothing"
    if number == 0:
        assert shown["status"] == "paid"
    return reached


def run_delete(crash_scenario: CrashScenario, number: int, fault: Fault) -> bool:
    token = prepare_cards(crash_scenario, fault)
    scenario, injector = crash_scenario.scenario, crash_scenario.injector
    card_id = save(crash_scenario, token)
    injector.number = number
    path = f"/api/saved-cards/{card_id}"
    for _ in range(3):
        answer = injector.process(lambda: scenario.call("cart", "DELETE", path, token))
        if answer is not None and answer.status in (204, 404):
            break
    reached = number <= len(injector.calls)
    assert card_store.load("u1").active == [], "ended for us at once"
    wish = {"method": "saved_card", "saved_card_id": card_id, "pay_anyway": True}
    assert status_and_code(scenario.check_out(token, "k1", wish)) == (409, "saved_card_unavailable")
    recover(crash_scenario)
    (bank_card,) = scenario.state.cards.values()
    assert (bank_card.is_active, bank_card.charges) == (False, 0)
    assert scenario.everything("PAYMENTS_TABLE", "CARDS") == []
    books_are_right(scenario)
    return reached


RUNS: dict[str, tuple[Callable[[CrashScenario, int, Fault], bool], set[str]]] = {
    "save": (run_save, {"bank.register.do", "bank.getOrderStatusExtended.do", "dynamodb.TransactWriteItems"}),
    "charge": (
        run_charge,
        {"bank.register.do", "bank.paymentOrderBinding.do", "dynamodb.TransactWriteItems"},
    ),
    "delete": (run_delete, {"bank.unBindCard.do", "dynamodb.PutItem", "dynamodb.DeleteItem"}),
}


@pytest.mark.parametrize("crash_scenario", [("rbs", False)], indirect=True, ids=["rbs"])
@pytest.mark.parametrize("verb", RUNS)
def test_a_saved_card_with_any_call_killed_comes_out_right(
    crash_scenario: CrashScenario, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run, expected = RUNS[verb]
    tried: set[tuple[Fault, str, int]] = set()
    run(crash_scenario, 0, "before")
    for fault in FAULTS:
        number = 1
        while run(crash_scenario, number, fault):
            tried.add((fault, crash_scenario.injector.calls[number - 1], number))
            number += 1
    with capsys.disabled():
        print(f"\ncrash points tried, saved card, {verb}: {len(tried)}")  # noqa: T201 - part of the result
    assert expected <= {name for _, name, _ in tried}
