"""Orders and saved cards: one that is kept once it is paid, that is charged, declined, or has ended."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cabinet.payments.given_consent import GivenConsent
from cabinet.payments.model import Order
from cabinet.payments.orders import attempt_rules, rules
from cabinet.payments.providers.base import (
    ProviderCard,
    ProviderPaymentState,
    ProviderPaymentStatus,
    RegistrationResult,
)
from tests.support.factories.orders import NOW, order

CARD = ProviderCard("b-1", "220000**1234", "2030-08")
CONSENT = GivenConsent(version="1", text_sha256="x", agreed_at=NOW, client_ip="198.51.100.7")
REGISTERED = RegistrationResult("b1", "https://bank/page")
PAID = ProviderPaymentStatus(ProviderPaymentState.PAID, "b1", "P1", 505, "643", card=CARD, client_id="u1")


def paid_with_consent() -> Order:
    waiting = attempt_rules.mark_registered(order(), REGISTERED, NOW)
    agreed = waiting.model_copy(update={"card_consent": CONSENT})
    return rules.apply_status(agreed, "P1", PAID, NOW).order


def test_a_card_is_kept_by_a_step_of_its_own_within_a_minute() -> None:
    credited = paid_with_consent()
    assert (credited.status, credited.card_consent) == ("paid", CONSENT)
    assert credited.due_at == NOW + timedelta(minutes=1)
    kept = rules.apply_status(credited, "P1", PAID, NOW)
    assert (kept.kept_card, kept.posting, kept.order.card_consent) == (CARD, None, None)
    assert kept.order.due_at == NOW + timedelta(days=1)
    assert rules.apply_status(kept.order, "P1", PAID, NOW) == rules.Outcome(kept.order), "once"


@pytest.mark.parametrize("changes", [{"card": None}, {"client_id": "somebody-else"}])
def test_an_unnamed_or_foreign_card_is_not_saved(
    changes: dict[str, object],
) -> None:
    credited = paid_with_consent()
    assert rules.apply_status(credited, "P1", replace(PAID, **changes), NOW) == rules.Outcome(credited)  # type: ignore[arg-type]


def test_without_a_consent_no_card_is_kept() -> None:
    credited = paid_with_consent().model_copy(update={"card_consent": None})
    assert rules.apply_status(credited, "P1", PAID, NOW) == rules.Outcome(credited)


def test_a_consent_is_erased_when_the_orders_checks_end() -> None:
    resting = paid_with_consent().model_copy(update={"checks_scheduled": 3})
    assert rules.schedule_next_check(resting, NOW).order.card_consent is None


def test_an_attempt_that_is_charged_has_no_link_and_is_marked() -> None:
    charging = attempt_rules.mark_charging(order(), REGISTERED, NOW)
    attempt = charging.attempt
    assert attempt is not None
    assert (attempt.payment_url, attempt.charge_begun_at) == (None, NOW)
    assert attempt_rules.is_charged(charging)
    assert not attempt_rules.is_charged(attempt_rules.mark_registered(order(), REGISTERED, NOW))
    assert attempt_rules.claim_seconds_left(charging, NOW) > 0


def test_a_decline_keeps_the_banks_code_and_frees_the_claim() -> None:
    charging = attempt_rules.mark_charging(order(), REGISTERED, NOW)
    declined = rules.apply_status(
        charging,
        "P1",
        ProviderPaymentStatus(
            ProviderPaymentState.DECLINED, number="P1", decline_code="208", is_final_decline=True
        ),
        NOW,
    ).order
    attempt = declined.attempt
    assert attempt is not None
    assert (declined.status, attempt.decline_code, attempt.is_final_decline) == ("declined", "208", True)
    assert attempt_rules.claim_seconds_left(declined, NOW) == 0


def test_an_order_whose_card_has_ended_is_declined_uncharged() -> None:
    ended = rules.mark_card_ended(order(), NOW).order
    assert ended.status == "declined"
    assert all(attempt.is_dead for attempt in ended.attempts)
