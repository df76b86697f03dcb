"""What the first screen says of autopay: what is charged when, or why it is not."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from cabinet.autopay.model import AutopayRule, LastOutcome
from cabinet.autopay.next_charge_rules import NextCharge, next_charge
from cabinet.payments.given_consent import GivenConsent

TODAY = date(2026, 9, 21)
AUGUST = ["2026-08-main"]
HANDLED = {"main": "2026-08-main"}
EARLIER = {"main": "2026-07-main"}
PLANNED = {"on": date(2026, 9, 22), "amount": 5_000_00, "receipts": {"2026-08-main": "d"}}


def rule(**changes: Any) -> AutopayRule:
    agreed = GivenConsent(
        version="1", text_sha256="x", agreed_at=datetime(2026, 9, 1, tzinfo=UTC), client_ip=""
    )
    fields: dict[str, Any] = {
        "user_id": "u1", "account_id": "uk:1", "enabled": True, "saved_card_id": "c1", "limit": 10_000_00,
        "when": "receipt", "consent": agreed, "revision": "r", "checked_on": TODAY,
    }  # fmt: skip
    return AutopayRule.model_validate(fields | changes)


def last(outcome: str) -> LastOutcome:
    return LastOutcome.model_validate({"on": TODAY, "outcome": outcome, "text": f"Сказано: {outcome}."})


@pytest.mark.parametrize(
    ("changes", "to_pay", "state", "on", "amount", "text"),
    [
        ({"planned": PLANNED}, 1, "planned", date(2026, 9, 22), 5_000_00, None),
        ({"planned": PLANNED | {"on": date(2026, 9, 20)}}, 1, "planned", TODAY, 5_000_00, None),
        (
            {"planned": PLANNED | {"order_id": "P1"}, "last": last("pending")},
            1,
            "trying",
            None,
            None,
            "pending",
        ),
        ({"planned": PLANNED | {"order_id": "P1"}}, 1, "trying", None, None, None),
        ({"suspended": True, "last": last("card_unavailable")}, 1, "stopped", None, None, "card_unavailable"),
        ({"suspended": True}, 0, "stopped", None, None, None),
        ({"skips_next": True}, 1, "skipped", None, None, None),
        ({"skips_next": True, "when": "day", "day": 31}, 1, "skipped", date(2026, 9, 30), None, None),
        ({"last_handled": HANDLED, "last": last("over_limit")}, 1, "left", None, None, "over_limit"),
        ({"last_handled": HANDLED, "last": last("skipped")}, 1, "left", None, None, "skipped"),
        ({"last_handled": HANDLED, "last": last("over_limit")}, 0, "waiting", None, None, None),
        ({"last_handled": HANDLED, "last": last("charged")}, 1, "waiting", None, None, None),
        ({"last_handled": HANDLED, "last": last("paid_already")}, 1, "waiting", None, None, None),
        ({"last_handled": HANDLED}, 1, "waiting", None, None, None),
        ({"last_handled": EARLIER, "last": last("over_limit")}, 1, "waiting", None, None, None),
        ({"last": last("over_limit")}, 1, "waiting", None, None, None),
        ({"when": "day", "day": 31}, 1, "waiting", date(2026, 9, 30), None, None),
    ],
)
def test_what_is_said_ahead(
    changes: dict[str, Any], to_pay: int, state: Any, on: date | None, amount: int | None, text: str | None
) -> None:
    said = f"Сказано: {text}." if text else None
    owing = AUGUST if to_pay else []
    assert next_charge(rule(**changes), owing, TODAY) == NextCharge("uk:1", state, on, amount, said)


def test_of_a_rule_that_is_off_nothing_is_said() -> None:
    assert next_charge(rule(enabled=False, last=last("switched_off")), AUGUST, TODAY) is None
