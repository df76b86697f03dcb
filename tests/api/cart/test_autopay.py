"""Autopay with a moved clock: announced a day before, charged once, tried again, refused by its field."""

from typing import Any

import pytest

from cabinet.accounts.keys import account_key, supplier_key
from cabinet.aws.dynamo import Table
from infra.simulators.bank.state import Faults
from tests.support.autopay_scenario import (
    ACCOUNT,
    RULE,
    VERSION,
    change,
    charges,
    day,
    history,
    put,
    rule,
    run,
    scenario,
    switch_off,
    unbind,
)
from tests.support.fault_injection import FaultInjector
from tests.support.payment_scenario import TOTAL, PaymentScenario, path_of, status_and_code

__all__ = ["scenario"]


def test_it_is_told_a_day_before_and_charged_once(scenario: PaymentScenario) -> None:
    assert put(scenario).status == 200
    day(scenario)
    (email,) = scenario.emails("autopay_planned")
    assert f'"amount": {TOTAL}' in email["params"]
    shown = rule(scenario)
    assert shown["next"] == {"on": "2026-09-23", "amount": TOTAL}
    assert charges(scenario) == 0
    day(scenario)
    assert charges(scenario) == 1
    assert scenario.ledger_total() == scenario.state.balance() == TOTAL
    (order,) = scenario.orders()
    assert (order.status, order.method, order.client_ip) == ("paid", "saved_card", "")
    assert "Автоплатёж" in [event.what for event in order.timeline]
    (payment,) = scenario.state.payments.values()
    assert payment.is_unattended
    done = rule(scenario)
    assert (done["next"], done["last"]["outcome"], done["last"]["order_id"]) == (
        None,
        "charged",
        order.order_id,
    )
    assert history(scenario) == ["charged"]
    day(scenario, 40)
    assert (charges(scenario), len(scenario.emails("autopay_planned"))) == (1, 1)
    scenario.receipt(ACCOUNT, "2020-09")
    change(Table.ACCOUNTS, account_key(ACCOUNT), latest={"main": "2020-09"}, unaccounted={})
    day(scenario, 2)
    assert charges(scenario) == 2, "the next receipt is another one"


def test_on_a_day_of_the_month_it_waits_for_that_day(scenario: PaymentScenario) -> None:
    assert put(scenario, when="day", day=31).status == 200
    assert rule(scenario)["next"] == {"on": "2026-09-30", "amount": None}
    day(scenario, 8)
    assert scenario.emails("autopay_planned") != []
    assert rule(scenario)["next"] == {"on": "2026-09-30", "amount": TOTAL}
    assert charges(scenario) == 0
    day(scenario)
    assert charges(scenario) == 1


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"limit": 0}, (422, "limit_invalid")),
        ({"limit": 500_000_01}, (422, "limit_invalid")),
        ({"when": "day"}, (422, "required")),
        ({"consent_version": "2020-01-01"}, (422, "consent_outdated")),
    ],
)
def test_a_rule_that_cannot_be_is_refused_by_its_field(
    scenario: PaymentScenario, wish: dict[str, Any], refusal: tuple[int, str]
) -> None:
    answer = put(scenario, **wish)
    assert (answer.status, answer.json["errors"][0]["code"]) == refusal


def test_a_rule_needs_a_card_of_ones_own_and_an_account_of_ones_own(scenario: PaymentScenario) -> None:
    assert status_and_code(put(scenario, saved_card_id="nobodys")) == (409, "saved_card_unavailable")
    rival = scenario.user("u2", email="rival@example.com")
    body = {"saved_card_id": "c1", "limit": 100, "when": "receipt", "consent_version": VERSION}
    assert scenario.call("cart", "PUT", RULE, rival, body).status == 404
    other = scenario.account("1234567898")
    stranger = scenario.user("u3", other, email="third@example.com")
    path = f"/api/autopay/{path_of(other.account_id)}"
    assert status_and_code(scenario.call("cart", "PUT", path, stranger, body)) == (
        409,
        "saved_card_unavailable",
    )
    assert scenario.call("cart", "POST", f"{RULE}/skip", rival).status == 404
    put(scenario)
    assert scenario.call("cart", "DELETE", RULE, rival).status == 404
    assert scenario.call("cart", "GET", f"{RULE}/history", rival).status == 404
    assert rule(scenario)["enabled"] is True, "another's rule is untouched"


def test_over_the_limit_nothing_is_taken_and_it_is_told_once(scenario: PaymentScenario) -> None:
    put(scenario, limit=TOTAL - 1)
    day(scenario, 5)
    assert (charges(scenario), scenario.emails("autopay_planned")) == (0, [])
    (email,) = scenario.emails("autopay_left")
    assert "больше Вашего ограничения" in email["params"]
    assert history(scenario) == ["over_limit"]


def test_a_decline_is_retried_for_five_days_and_then_given_up(
    scenario: PaymentScenario,
) -> None:
    put(scenario)
    scenario.state.faults = Faults(card="decline")
    day(scenario, 2)
    assert (charges(scenario), rule(scenario)["last"]["outcome"]) == (1, "declined")
    run(scenario)
    scenario.wait(hours=1)
    run(scenario)
    assert charges(scenario) == 1, "not twice on a day"
    day(scenario, 5)
    assert charges(scenario) == 6
    day(scenario, 3)
    assert charges(scenario) == 6
    assert (rule(scenario)["last"]["outcome"], rule(scenario)["suspended"]) == ("given_up", False)
    assert len(scenario.emails("autopay_left")) == 1
    assert scenario.ledger_total() == scenario.state.balance() == 0


def test_a_retry_that_succeeds_ends_the_retries(scenario: PaymentScenario) -> None:
    put(scenario)
    scenario.state.faults = Faults(card="decline")
    day(scenario, 3)
    scenario.state.faults = Faults()
    day(scenario, 4)
    assert charges(scenario) == 3
    assert scenario.ledger_total() == scenario.state.balance() == TOTAL


def test_a_card_that_the_bank_will_never_take_stops_the_rule(scenario: PaymentScenario) -> None:
    put(scenario)
    scenario.state.faults = Faults(card="decline_final")
    day(scenario, 4)
    assert (charges(scenario), rule(scenario)["suspended"]) == (1, True)
    assert len(scenario.emails("autopay_left")) == 1


def test_a_charge_whose_outcome_is_unknown_is_not_repeated(scenario: PaymentScenario) -> None:
    put(scenario)
    scenario.state.faults = Faults(card="busy", lost=True)
    day(scenario, 2)
    scenario.wait(minutes=31)
    run(scenario)
    assert (charges(scenario), rule(scenario)["last"]["outcome"]) == (1, "pending")
    (payment,) = scenario.state.payments.values()
    scenario.state.faults = Faults()
    payment.faults = Faults()
    assert scenario.state.pay_late(payment)
    scenario.reconcile_orders()
    day(scenario, 3)
    assert charges(scenario) == 1
    assert scenario.ledger_total() == scenario.state.balance() == TOTAL


def test_the_first_screen_says_what_is_charged_when(scenario: PaymentScenario) -> None:
    def said() -> list[dict[str, Any]]:
        return list(scenario.call("queries", "GET", "/api/home", scenario.sign_in()).json["autopay"])

    assert said() == []
    put(scenario)
    assert [(one["state"], one["on"]) for one in said()] == [("waiting", None)]
    day(scenario)
    assert said() == [
        {"account_id": ACCOUNT, "state": "planned", "on": "2026-09-23", "amount": TOTAL, "text": None}
    ]
    switch_off(scenario)
    assert said() == []


def test_an_account_unbound_meanwhile_gets_no_rule(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    injector = FaultInjector()
    injector.patch(monkeypatch)
    # The rival comes before the transaction, the last call of the request.
    injector.process(lambda: put(scenario))
    injector.number, injector.calls = len(injector.calls), []
    injector.fault = lambda: unbind(scenario)
    scenario.call("cart", "DELETE", RULE, scenario.sign_in())
    answer = injector.process(lambda: put(scenario))
    assert answer is not None
    assert answer.status == 404
    assert scenario.everything("PAYMENTS_TABLE", "RULE#") == []


def test_a_card_shows_which_accounts_it_pays_by_itself(scenario: PaymentScenario) -> None:
    put(scenario)
    (card,) = scenario.call("cart", "GET", "/api/saved-cards", scenario.sign_in()).json["items"]
    assert card["used_by"] == [ACCOUNT]
    read = scenario.call("cart", "GET", "/api/autopay/consent", scenario.sign_in()).json
    (agreed,) = scenario.everything("USERS_TABLE", "AGREED#autopay-")
    assert (agreed["version"], agreed["text_sha256"]) == (read["version"], read["sha256"])


def test_where_saved_cards_pay_nothing_there_is_no_rule(scenario: PaymentScenario) -> None:
    merchant = scenario.merchant().model_dump(mode="json")
    change(Table.ACCOUNTS, supplier_key("uk-test"), merchant=merchant)
    assert status_and_code(put(scenario)) == (409, "feature_unavailable")


def test_a_link_that_is_forged_switches_nothing_off(scenario: PaymentScenario) -> None:
    put(scenario)
    assert status_and_code(scenario.call("cart", "POST", "/api/autopay/off", body={"token": "forged"})) == (
        422,
        "token_invalid",
    )
    assert rule(scenario)["enabled"] is True
