"""«Пропустить»: a planned charge is left out once, from the site and by its mail, and no other one."""

import json
from typing import Any

import pytest

from cabinet.accounts.keys import account_key
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.notifications.worker import autopay_off_token, autopay_skip_token
from cabinet.payments.orders.card_charges import charge_attempt
from cabinet.payments.providers.base import RegistrationResult
from infra.simulators.bank.state import Faults
from tests.support.autopay_scenario import (
    ACCOUNT,
    RULE,
    before_the_charge,
    change,
    charges,
    day,
    history,
    position_of_sending,
    put,
    replace_receipt,
    rule,
    scenario,
)
from tests.support.fault_injection import FaultInjector
from tests.support.payment_scenario import PaymentScenario, status_and_code

__all__ = ["scenario"]


def test_a_skipped_charge_is_left_out_once(scenario: PaymentScenario) -> None:
    put(scenario)
    day(scenario)
    skipped = scenario.call("cart", "POST", f"{RULE}/skip", scenario.sign_in()).json
    assert (skipped["next"], skipped["last"]["outcome"]) == (None, "skipped")
    day(scenario, 3)
    assert charges(scenario) == 0
    scenario.receipt(ACCOUNT, "2020-09")
    change(Table.ACCOUNTS, account_key(ACCOUNT), latest={"main": "2020-09"})
    day(scenario, 2)
    assert charges(scenario) == 1


def test_skipping_before_anything_is_planned_leaves_the_next_one_out(scenario: PaymentScenario) -> None:
    put(scenario)
    assert scenario.call("cart", "POST", f"{RULE}/skip", scenario.sign_in()).json["skips_next"] is True
    day(scenario, 3)
    assert (charges(scenario), rule(scenario)["last"]["outcome"], rule(scenario)["skips_next"]) == (
        0,
        "skipped",
        False,
    )


def skip_by_mail(scenario: PaymentScenario, token: str) -> Any:
    return scenario.call("cart", "POST", "/api/autopay/skip", body={"token": token})


def mailed_token(scenario: PaymentScenario) -> str:
    """Return the token of the link that the latest mail about a planned charge carries."""
    email = max(scenario.emails("autopay_planned"), key=lambda one: one["created_at"])
    return autopay_skip_token("u1", ACCOUNT, json.loads(email["params"])["plan"])


def test_a_link_of_the_mail_skips_the_charge_that_it_announced_and_no_other(
    scenario: PaymentScenario,
) -> None:
    put(scenario)
    day(scenario)
    token = mailed_token(scenario)
    shown = scenario.call("cart", "GET", "/api/autopay/skip", query=f"token={token}")
    assert shown.json == {"number": "1234567899", "on": "2026-09-23"}
    assert rule(scenario)["next"] is not None, "looking changes nothing"
    for _ in range(2):
        assert skip_by_mail(scenario, token).status == 204
    day(scenario, 3)
    assert (charges(scenario), history(scenario), rule(scenario)["enabled"]) == (0, ["skipped"], True)
    scenario.receipt(ACCOUNT, "2020-09")
    change(Table.ACCOUNTS, account_key(ACCOUNT), latest={"main": "2020-09"})
    day(scenario)
    assert status_and_code(skip_by_mail(scenario, token)) == (409, "charge_not_planned"), (
        "the next one has a mail of its own"
    )
    day(scenario)
    assert charges(scenario) == 1


def test_a_link_of_a_charge_that_was_announced_anew_skips_nothing(scenario: PaymentScenario) -> None:
    put(scenario)
    day(scenario)
    token = mailed_token(scenario)
    replace_receipt(scenario)
    day(scenario)
    assert status_and_code(skip_by_mail(scenario, token)) == (409, "charge_not_planned")
    assert skip_by_mail(scenario, mailed_token(scenario)).status == 204
    day(scenario, 2)
    assert charges(scenario) == 0


@pytest.mark.parametrize("fault", ["", "busy"])
def test_a_charge_that_was_sent_is_not_called_skipped(scenario: PaymentScenario, fault: str) -> None:
    put(scenario)
    day(scenario)
    token = mailed_token(scenario)
    scenario.state.faults = Faults(card=fault, lost=True)
    day(scenario)
    assert charges(scenario) == 1
    if fault:
        assert status_and_code(skip_by_mail(scenario, token)) == (409, "charge_sent")
        assert status_and_code(scenario.call("cart", "POST", f"{RULE}/skip", scenario.sign_in())) == (
            409,
            "charge_sent",
        )
    else:
        assert status_and_code(skip_by_mail(scenario, token)) == (409, "charge_not_planned")
    assert "skipped" not in history(scenario)


def test_after_a_decline_the_later_tries_can_be_skipped_by_the_mail(scenario: PaymentScenario) -> None:
    put(scenario)
    day(scenario)
    scenario.state.faults = Faults(card="decline")
    day(scenario)
    assert skip_by_mail(scenario, mailed_token(scenario)).status == 204
    day(scenario, 3)
    assert charges(scenario) == 1


def test_skipped_between_claim_and_sending_nothing_is_sent(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    injector = before_the_charge(scenario, monkeypatch)
    assert (
        position_of_sending(scenario, injector, lambda: skip_by_mail(scenario, mailed_token(scenario)))
        is not None
    )
    assert "bank.paymentOrderBinding.do" not in injector.calls
    assert (charges(scenario), history(scenario)) == (0, ["skipped"])


def test_sent_while_it_is_being_skipped_is_not_called_skipped(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The charge goes out after skipping has read its order, before the skip is written."""
    put(scenario)
    day(scenario)
    token = mailed_token(scenario)
    scenario.wait(days=1)
    injector = FaultInjector()
    injector.patch(monkeypatch)
    answers: list[tuple[int, str]] = []

    def skip_while_it_goes_out() -> None:
        skipping = FaultInjector()
        skipping.patch(monkeypatch)
        # Rule and order are read; the third call is the transaction.
        skipping.number, skipping.fault = 3, lambda: injector.process(resume_run)
        answers.append(status_and_code(skipping.process(lambda: skip_by_mail(scenario, token))))

    def resume_run() -> None:
        order = next(iter(scenario.orders()))
        registered = RegistrationResult(next(iter(scenario.state.payments)), "")
        assert order.card is not None
        charge_attempt(order, order.card, registered, clock.now())

    assert position_of_sending(scenario, injector, skip_while_it_goes_out) is not None
    assert answers == [(409, "charge_sent")]
    assert charges(scenario) == 1
    assert "skipped" not in history(scenario)


def test_a_link_that_skips_is_forged_or_of_another_purpose_in_vain(scenario: PaymentScenario) -> None:
    put(scenario)
    day(scenario)
    for token in ("forged", autopay_off_token("u1", ACCOUNT)):
        assert status_and_code(skip_by_mail(scenario, token)) == (422, "token_invalid")
    skip = mailed_token(scenario)
    assert status_and_code(scenario.call("cart", "POST", "/api/autopay/off", body={"token": skip})) == (
        422,
        "token_invalid",
    )
    scenario.call("cart", "DELETE", RULE, scenario.sign_in())
    assert status_and_code(skip_by_mail(scenario, skip)) == (409, "charge_not_planned")
