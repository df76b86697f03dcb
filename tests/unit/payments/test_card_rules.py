"""Rules of saved cards: last day, telling ahead, which card pays what, telling a silent bank again."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cabinet.payments.cards import card_rules
from cabinet.payments.cards.model import SavedCard, SavedCards
from cabinet.payments.providers.base import ProviderCard
from tests.support.factories.merchants import merchant
from tests.support.factories.orders import order

NOW = datetime(2026, 9, 21, 5, 0, tzinfo=UTC)
BANK = merchant("https://bank.example/rest", "rbs")


def card(name: str = "c1", **changes: object) -> SavedCard:
    fields: dict[str, object] = {
        "saved_card_id": name,
        "merchant": BANK,
        "bank_card_id": f"b-{name}",
        "masked_pan": "…1234",
        "expires": "2027-08",
        "saved_at": NOW,
    }
    return SavedCard.model_validate(fields | changes)


def cards(*known: SavedCard) -> SavedCards:
    return SavedCards(user_id="u1", cards={one.saved_card_id: one for one in known})


@pytest.mark.parametrize(
    ("expires", "last"),
    [
        ("2027-08", date(2027, 8, 31)),
        ("2028-02", date(2028, 2, 29)),
        ("2027-02", date(2027, 2, 28)),
        ("", None),
    ],
)
def test_a_card_pays_until_the_last_day_of_its_month(expires: str, last: date | None) -> None:
    shown = card(expires=expires)
    assert card_rules.expires_on(shown) == last
    if last is not None:
        assert not card_rules.is_expired(shown, last)
        assert card_rules.is_expired(shown, last + timedelta(days=1))


def test_a_card_whose_end_is_unknown_never_expires() -> None:
    assert not card_rules.is_expired(card(expires=""), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("masked", "shown"), [("220000**1234", "…1234"), ("220000XXXXXX1234", "…1234"), ("", "…"), ("12*4", "…")]
)
def test_a_number_is_shown_by_its_last_four_digits_alone(masked: str, shown: str) -> None:
    assert card_rules.last_digits(masked) == shown


def test_a_card_pays_under_its_own_contract_while_it_is_active_and_not_expired() -> None:
    today = NOW.date()
    other = BANK.model_copy(update={"contract": "other"})
    assert card_rules.may_pay(card(), BANK, today)
    assert not card_rules.may_pay(card(), other, today)
    assert not card_rules.may_pay(card(status="ending"), BANK, today)
    assert not card_rules.may_pay(card(expires="2026-08"), BANK, today)


def test_an_ended_card_keeps_only_what_its_removal_needs() -> None:
    known = card_rules.with_ended(cards(card(), card("c2")), "c1", NOW)
    ending = known.cards["c1"]
    assert (ending.status, ending.masked_pan, ending.expires, ending.consent) == ("ending", "", "", None)
    assert (ending.bank_card_id, ending.due_at) == ("b-c1", NOW)
    assert [one.saved_card_id for one in known.active] == ["c2"]
    assert card_rules.with_ended(known, "c1", NOW + timedelta(days=1)) == known, "ended once"
    assert card_rules.without_card(known, "c1").cards.keys() == {"c2"}


def test_removal_at_a_silent_bank_is_tried_ever_more_rarely_and_never_given_up() -> None:
    ending, moment = card(status="ending", due_at=NOW), NOW
    pauses = []
    for _ in range(7):
        ending = card_rules.with_removal_postponed(ending, moment)
        assert ending.due_at is not None
        pauses.append(ending.due_at - moment)
        moment = ending.due_at
    assert [pause.total_seconds() for pause in pauses] == [60, 300, 1800, 3600, 86400, 86400, 86400]
    assert card_rules.is_stuck(ending)
    assert not card_rules.is_stuck(card(status="ending", failed_removals=4))


def test_beyond_ten_cards_the_oldest_one_ends() -> None:
    known = cards()
    for number in range(11):
        known = card_rules.with_card(known, card(f"c{number}", saved_at=NOW + timedelta(minutes=number)))
    assert len(known.active) == card_rules.MAX_CARDS
    assert known.cards["c0"].status == "ending"


def test_what_is_due_first_is_when_a_users_cards_are_looked_at() -> None:
    assert card_rules.first_due(cards(card())) is None
    soon, late = card(due_at=NOW), card("c2", due_at=NOW + timedelta(days=1))
    known = cards(late, soon)
    assert card_rules.first_due(known) == NOW
    assert card_rules.due_cards(known, NOW) == [soon]
    assert card_rules.with_expiry_notified(soon).due_at is None


@pytest.mark.parametrize(
    ("expires", "due_at"),
    [
        ("", None),
        ("2027-08", datetime(2027, 8, 1, 7, tzinfo=UTC)),
        # Less than thirty days are left: its owner hears tomorrow.
        ("2026-09", datetime(2026, 9, 22, 7, tzinfo=UTC)),
    ],
)
def test_a_cards_expiry_is_announced_thirty_days_ahead(expires: str, due_at: datetime | None) -> None:
    kept = ProviderCard(bank_card_id="b1", masked_pan="427600**1234", expires=expires)
    made = card_rules.new_card(order(), kept, NOW)
    assert (made.due_at, made.masked_pan) == (due_at, "…1234")


def test_a_card_deleted_at_the_bank_is_deleted_unless_saved_again() -> None:
    seen = card()
    assert card_rules.without_removed(cards(seen, card("c2")), seen).cards.keys() == {"c2"}
    for now in (card(saved_at=NOW + timedelta(seconds=1)), card(status="ending")):
        assert card_rules.without_removed(cards(now), seen) == cards(now)
    assert card_rules.without_removed(cards(), seen) == cards()
