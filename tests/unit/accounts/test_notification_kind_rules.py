"""What goes by which channel: defaults, the mailings of accounts, what the screen changes and leaves."""

from typing import Any

import pytest

from cabinet.accounts.notification_kind_rules import (
    ALWAYS_MAILED,
    BY_ACCOUNT,
    CHANNELS,
    KINDS,
    Channel,
    NotificationKind,
    channels_by_kind,
    field_errors,
    is_sent_by,
    mailings_to_switch,
    notification_kind,
    pushed_kinds,
)
from cabinet.notifications.channels.email.rendering import EMAIL_TEMPLATES as TEMPLATES

MAIL_ALONE = {
    "activation", "password_reset", "email_change", "email_changed", "security_event", "readings_accepted",
    "own_data", "account_unbound", "staff_invitation", "staff_passkey", "request_received",
}  # fmt: skip


def binding(**mailings: bool) -> dict[str, Any]:
    return {"mailings": dict.fromkeys(BY_ACCOUNT, False) | mailings}


def everything() -> dict[NotificationKind, list[Channel]]:
    return {kind: list(CHANNELS) for kind in KINDS}


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_letter_has_a_kind_or_is_mail_alone(template: str) -> None:
    assert (notification_kind(template) is None) == (template in MAIL_ALONE)


def test_a_person_who_has_chosen_nothing_keeps_the_mailings_of_the_accounts() -> None:
    shown = channels_by_kind({}, [binding(receipts=True), binding(reminders=True)])
    assert shown == {
        "receipts": ["email", "push"],
        "reminders": ["email", "push"],
        "notices": ["push"],
        "payments": ["email", "push"],
        "requests": ["email", "push"],
        "emergencies": ["email", "push"],
    }


def test_without_accounts_nothing_is_mailed_by_account() -> None:
    shown = channels_by_kind({}, [])
    assert [kind for kind in KINDS if "email" not in shown[kind]] == list(BY_ACCOUNT)


def test_the_profile_switches_channels_off() -> None:
    profile = {"notifications": {"requests": [], "receipts": ["email"]}}
    shown = channels_by_kind(profile, [binding()])
    assert shown["requests"] == []
    assert shown["receipts"] == [], "e-mail of receipts stands with the accounts alone"
    assert is_sent_by(profile, "notices", "push")


@pytest.mark.parametrize("kind", ALWAYS_MAILED)
def test_money_and_danger_are_mailed_whatever_is_stored(kind: NotificationKind) -> None:
    assert is_sent_by({"notifications": {kind: []}}, kind, "email")
    assert not is_sent_by({"notifications": {kind: []}}, kind, "push")


def test_a_mailing_left_as_it_was_shown_changes_for_no_account() -> None:
    shown = channels_by_kind({}, [binding(receipts=True), binding()])
    assert mailings_to_switch(shown, shown) == {}
    assert mailings_to_switch(shown, shown | {"receipts": ["push"], "notices": ["email"]}) == {
        "receipts": False, "notices": True,
    }  # fmt: skip


def test_e_mail_of_money_and_danger_cannot_be_switched_off() -> None:
    assert field_errors(everything()) == []
    found = field_errors(everything() | {"emergencies": ["push"], "payments": [], "requests": []})
    assert [(each.field, each.code) for each in found] == [
        ("payments", "channel_required"), ("emergencies", "channel_required"),
    ]  # fmt: skip


def test_kinds_go_to_browsers_of_whoever_has_subscribed_with_one() -> None:
    assert pushed_kinds({}) == frozenset()
    assert pushed_kinds({"push_turn": 1}) == frozenset(KINDS)
    chosen = {"push_turn": 2, "notifications": {"receipts": [], "notices": ["push"], "payments": ["email"]}}
    assert pushed_kinds(chosen) == {"reminders", "notices", "requests", "emergencies"}
