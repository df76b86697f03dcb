"""What ends a planned charge: another holder, a paid receipt, a switch-off, at the last moment too."""

from datetime import timedelta
from typing import Any

import pytest

from cabinet.accounts.keys import account_key, binding_key
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.identity.keys import profile_key
from cabinet.notifications.worker import autopay_off_token
from cabinet.payments.cards import service as card_service
from cabinet.payments.cards import store as card_store
from cabinet.profile.cabinet_deletion import delete_cabinet
from tests.support.autopay_scenario import (
    ACCOUNT,
    before_the_charge,
    change,
    charges,
    day,
    position_of_sending,
    put,
    replace_receipt,
    scenario,
    switch_off,
    unbind,
)
from tests.support.payment_scenario import PaymentScenario

__all__ = ["scenario"]


def _bind_anew(scenario: PaymentScenario) -> None:
    change(Table.USERS, binding_key("u1", ACCOUNT), bound_at=clock.timestamp(clock.now()))


def _close(scenario: PaymentScenario) -> None:
    change(Table.ACCOUNTS, account_key(ACCOUNT), closed_on="2026-09-01")


def _next_holder(scenario: PaymentScenario) -> None:
    change(Table.ACCOUNTS, account_key(ACCOUNT), holder="Петров Пётр Петрович", holder_since="2026-09-22")
    change(Table.USERS, binding_key("u1", ACCOUNT), holder_key="the-former-ones")


def _withdraw(scenario: PaymentScenario) -> None:
    change(Table.ACCOUNTS, account_key(ACCOUNT), latest={})


def _quiet_time(scenario: PaymentScenario) -> None:
    row = next(r for r in scenario.everything("ACCOUNTS_TABLE", "RECEIPT#2020-08"))
    at = clock.timestamp(clock.now() + timedelta(hours=23, minutes=55))
    change(Table.ACCOUNTS, (row["pk"], row["sk"]), changed_at=at)


def _pay(scenario: PaymentScenario) -> None:
    token = scenario.sign_in()
    scenario.add(token, ACCOUNT)
    scenario.complete_payment(scenario.check_out(token).json["payment_url"])
    scenario.deliver()


def _delete_card(scenario: PaymentScenario) -> None:
    assert scenario.call("cart", "DELETE", "/api/saved-cards/c1", scenario.sign_in()).status == 204


def _leave(scenario: PaymentScenario) -> None:
    change(Table.USERS, profile_key("u1"), credentials=0, entries=0)
    delete_cabinet("u1", clock.now())


def _switch_off_by_mail(scenario: PaymentScenario) -> None:
    token = autopay_off_token("u1", ACCOUNT)
    shown = scenario.call("cart", "GET", "/api/autopay/off", query=f"token={token}")
    assert shown.json == {"number": "1234567899"}
    for _ in range(2):
        assert scenario.call("cart", "POST", "/api/autopay/off", body={"token": token}).status == 204


def _disable(scenario: PaymentScenario) -> None:
    assert put(scenario, enabled=False).json["last"]["outcome"] == "switched_off"


NEVER = [
    unbind, _bind_anew, _close, _next_holder, _withdraw, replace_receipt, _quiet_time, _pay, _delete_card,
    _leave, switch_off, _switch_off_by_mail, _disable,
]  # fmt: skip


@pytest.mark.parametrize("happens", NEVER)
def test_after_it_was_planned_nothing_is_charged_when_that_happens(
    scenario: PaymentScenario, happens: Any
) -> None:
    put(scenario)
    day(scenario)
    assert scenario.emails("autopay_planned") != []
    happens(scenario)
    day(scenario)
    assert charges(scenario) == 0
    if happens not in (replace_receipt, _quiet_time):
        day(scenario, 6)
        assert charges(scenario) == 0


@pytest.mark.parametrize("happens", [replace_receipt, _quiet_time])
def test_what_has_changed_is_told_anew_and_charged_a_day_later(
    scenario: PaymentScenario, happens: Any
) -> None:
    put(scenario)
    day(scenario)
    happens(scenario)
    day(scenario, 2 if happens is replace_receipt else 3)
    assert len(scenario.emails("autopay_planned")) == 2
    assert charges(scenario) == 1


RIVALS = [unbind, _bind_anew, switch_off, _switch_off_by_mail, _disable, _leave]


@pytest.mark.parametrize("happens", [*RIVALS, "card"])
def test_switched_off_between_claim_and_sending_nothing_is_sent(
    scenario: PaymentScenario, happens: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rival comes at the very line: after the bank registered the order, before what sends is written."""
    injector = before_the_charge(scenario, monkeypatch)

    def rival() -> None:
        if happens == "card":
            card_service.delete_card("u1", card_store.load("u1"), "c1", clock.now())
        else:
            happens(scenario)

    probe = position_of_sending(scenario, injector, rival)
    assert probe is not None
    assert "bank.register.do" in injector.calls
    assert "bank.paymentOrderBinding.do" not in injector.calls
    assert charges(scenario) == 0
    assert [order.status for order in scenario.orders()] == ["declined"]
    day(scenario, 8)
    assert charges(scenario) == 0
