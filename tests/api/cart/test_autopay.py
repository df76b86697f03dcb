"""Autopay with a moved clock: told a day before, charged once, tried again, refused by its field."""

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
    switch_off,
    town,
    unbind,
)
from tests.support.fault_injection import Fragile
from tests.support.payment_scenario import TOTAL, Town, path_of, told

__all__ = ["town"]


def test_it_is_told_a_day_before_and_charged_once(town: Town) -> None:
    assert put(town).status == 200
    day(town)
    (letter,) = town.letters("autopay_planned")
    assert f'"amount": {TOTAL}' in letter["params"]
    shown = rule(town)
    assert shown["next"] == {"on": "2026-09-23", "amount": TOTAL}
    assert charges(town) == 0
    day(town)
    assert charges(town) == 1
    assert town.ledger_total() == town.state.balance() == TOTAL
    (order,) = town.orders()
    assert (order.status, order.method, order.payer_address) == ("paid", "saved_card", "")
    assert "Автоплатёж" in [event.what for event in order.timeline]
    (payment,) = town.state.payments.values()
    assert payment.is_unattended
    done = rule(town)
    assert (done["next"], done["last"]["outcome"], done["last"]["order_id"]) == (
        None,
        "charged",
        order.order_id,
    )
    assert history(town) == ["charged"]
    day(town, 40)
    assert (charges(town), len(town.letters("autopay_planned"))) == (1, 1)
    town.receipt(ACCOUNT, "2020-09")
    change(Table.ACCOUNTS, account_key(ACCOUNT), latest={"main": "2020-09"}, unaccounted={})
    day(town, 2)
    assert charges(town) == 2, "the next receipt is another one"


def test_on_a_day_of_the_month_it_waits_for_that_day(town: Town) -> None:
    assert put(town, when="day", day=31).status == 200
    assert rule(town)["next"] == {"on": "2026-09-30", "amount": None}
    day(town, 8)
    assert town.letters("autopay_planned") != []
    assert rule(town)["next"] == {"on": "2026-09-30", "amount": TOTAL}
    assert charges(town) == 0
    day(town)
    assert charges(town) == 1


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
    town: Town, wish: dict[str, Any], refusal: tuple[int, str]
) -> None:
    answer = put(town, **wish)
    assert (answer.status, answer.json["errors"][0]["code"]) == refusal


def test_a_rule_needs_a_card_of_ones_own_and_an_account_of_ones_own(town: Town) -> None:
    assert told(put(town, saved_card_id="nobodys")) == (409, "saved_card_unavailable")
    rival = town.user("u2", email="rival@example.com")
    body = {"saved_card_id": "c1", "limit": 100, "when": "receipt", "consent_version": VERSION}
    assert town.call("cart", "PUT", RULE, rival, body).status == 404
    other = town.account("1234567898")
    stranger = town.user("u3", other, email="third@example.com")
    path = f"/api/autopay/{path_of(other.account_id)}"
    assert told(town.call("cart", "PUT", path, stranger, body)) == (409, "saved_card_unavailable")
    assert town.call("cart", "POST", f"{RULE}/skip", rival).status == 404
    put(town)
    assert town.call("cart", "DELETE", RULE, rival).status == 404
    assert town.call("cart", "GET", f"{RULE}/history", rival).status == 404
    assert rule(town)["enabled"] is True, "another's rule is untouched"


def test_over_the_limit_nothing_is_taken_and_it_is_told_once(town: Town) -> None:
    put(town, limit=TOTAL - 1)
    day(town, 5)
    assert (charges(town), town.letters("autopay_planned")) == (0, [])
    (letter,) = town.letters("autopay_left")
    assert "больше вашего ограничения" in letter["params"]
    assert history(town) == ["over_limit"]


def test_a_decline_is_tried_again_on_five_following_days_then_told_and_rested(town: Town) -> None:
    put(town)
    town.state.faults = Faults(card="decline")
    day(town, 2)
    assert (charges(town), rule(town)["last"]["outcome"]) == (1, "declined")
    run(town)
    town.wait(hours=1)
    run(town)
    assert charges(town) == 1, "not twice on a day"
    day(town, 5)
    assert charges(town) == 6
    day(town, 3)
    assert charges(town) == 6
    assert (rule(town)["last"]["outcome"], rule(town)["suspended"]) == ("given_up", False)
    assert len(town.letters("autopay_left")) == 1
    assert town.ledger_total() == town.state.balance() == 0


def test_a_retry_that_succeeds_ends_the_retries(town: Town) -> None:
    put(town)
    town.state.faults = Faults(card="decline")
    day(town, 3)
    town.state.faults = Faults()
    day(town, 4)
    assert charges(town) == 3
    assert town.ledger_total() == town.state.balance() == TOTAL


def test_a_card_that_the_bank_will_never_take_stops_the_rule(town: Town) -> None:
    put(town)
    town.state.faults = Faults(card="decline_final")
    day(town, 4)
    assert (charges(town), rule(town)["suspended"]) == (1, True)
    assert len(town.letters("autopay_left")) == 1


def test_a_charge_whose_outcome_is_unknown_is_not_repeated(town: Town) -> None:
    put(town)
    town.state.faults = Faults(card="busy", lost=True)
    day(town, 2)
    town.wait(minutes=31)
    run(town)
    assert (charges(town), rule(town)["last"]["outcome"]) == (1, "pending")
    (payment,) = town.state.payments.values()
    town.state.faults = Faults()
    payment.faults = Faults()
    assert town.state.pay_late(payment)
    town.reconcile_orders()
    day(town, 3)
    assert charges(town) == 1
    assert town.ledger_total() == town.state.balance() == TOTAL


def test_the_first_screen_says_what_is_charged_when(town: Town) -> None:
    def said() -> list[dict[str, Any]]:
        return list(town.call("queries", "GET", "/api/home", town.sign_in()).json["autopay"])

    assert said() == []
    put(town)
    assert [(one["state"], one["on"]) for one in said()] == [("waiting", None)]
    day(town)
    assert said() == [
        {"account_id": ACCOUNT, "state": "planned", "on": "2026-09-23", "amount": TOTAL, "text": None}
    ]
    switch_off(town)
    assert said() == []


def test_an_account_unbound_meanwhile_gets_no_rule(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    fragile = Fragile()
    fragile.patch(monkeypatch)
    # The rival comes before the transaction, the last call of the request.
    fragile.process(lambda: put(town))
    fragile.number, fragile.calls = len(fragile.calls), []
    fragile.fault = lambda: unbind(town)
    town.call("cart", "DELETE", RULE, town.sign_in())
    answer = fragile.process(lambda: put(town))
    assert answer is not None
    assert answer.status == 404
    assert town.everything("PAYMENTS_TABLE", "RULE#") == []


def test_a_card_shows_which_accounts_it_pays_by_itself(town: Town) -> None:
    put(town)
    (card,) = town.call("cart", "GET", "/api/saved-cards", town.sign_in()).json["items"]
    assert card["used_by"] == [ACCOUNT]
    read = town.call("cart", "GET", "/api/autopay/consent", town.sign_in()).json
    (agreed,) = town.everything("USERS_TABLE", "AGREED#autopay-")
    assert (agreed["version"], agreed["text_sha256"]) == (read["version"], read["sha256"])


def test_where_saved_cards_pay_nothing_there_is_no_rule(town: Town) -> None:
    merchant = town.merchant().model_dump(mode="json")
    change(Table.ACCOUNTS, supplier_key("uk-test"), merchant=merchant)
    assert told(put(town)) == (409, "feature_unavailable")


def test_a_link_that_is_forged_switches_nothing_off(town: Town) -> None:
    put(town)
    assert told(town.call("cart", "POST", "/api/autopay/off", body={"token": "forged"})) == (
        422,
        "token_invalid",
    )
    assert rule(town)["enabled"] is True
