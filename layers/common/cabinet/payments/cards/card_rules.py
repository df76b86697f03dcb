"""Rules of saved cards: when one expires, its owner is notified, its bank asked to delete it. Pure."""

import hashlib
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

from cabinet.accounts.supplier_model import Merchant
from cabinet.payments.cards.model import SavedCard, SavedCards
from cabinet.payments.model import Order, OrderCard
from cabinet.payments.providers.base import ProviderCard

MAX_CARDS = 10
EXPIRY_NOTICE_DAYS = 30
"""How many days before a card expires its owner is notified."""
_NOTICE_HOUR_UTC = 7
"""Ten in the morning in Moscow, noon in Yekaterinburg."""
_PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=1))
_DAILY = timedelta(days=1)


def saved_card_id(contract: str, bank_card_id: str) -> str:
    """Return our name of a card: the same card saved again is the same one."""
    return hashlib.sha256(f"{contract}\n{bank_card_id}".encode()).hexdigest()[:20]


def new_card(order: Order, kept: ProviderCard, now: datetime) -> SavedCard:
    """Return the card that the bank has kept with an order's payment."""
    return _with_expiry_notice(
        SavedCard(
            saved_card_id=saved_card_id(order.merchant.contract, kept.bank_card_id),
            merchant=order.merchant,
            bank_card_id=kept.bank_card_id,
            masked_pan=last_digits(kept.masked_pan),
            expires=kept.expires,
            bank_name=kept.bank_name,
            consent=order.card_consent,
            saved_at=now,
        ),
        now,
    )


def last_digits(masked_pan: str) -> str:
    """Return a card's number as it is shown, «…1234»: the bank's own mask tells more than needed."""
    digits = "".join(sign for sign in masked_pan[-4:] if sign.isdigit())
    return f"…{digits}" if len(digits) == 4 else "…"


def expires_on(card: SavedCard) -> date | None:
    """Return the last day on which a card pays, None where the bank has not said."""
    if not card.expires:
        return None
    year, month = int(card.expires[:4]), int(card.expires[5:])
    return date(year, month, monthrange(year, month)[1])


def is_expired(card: SavedCard, today: date) -> bool:
    """Tell whether the card's last day has passed."""
    last = expires_on(card)
    return last is not None and today > last


def may_pay(card: SavedCard, merchant: Merchant, today: date) -> bool:
    """Tell whether a card pays under a contract: it is its own, has not ended, and has not expired."""
    return (
        card.status == "active"
        and card.merchant.contract == merchant.contract
        and not is_expired(card, today)
    )


def order_card(card: SavedCard) -> OrderCard:
    """Return what an order keeps of the card that pays it."""
    return OrderCard(
        saved_card_id=card.saved_card_id, bank_card_id=card.bank_card_id, masked_pan=card.masked_pan
    )


def with_card(known: SavedCards, card: SavedCard) -> SavedCards:
    """Return the cards with one more, or renewed; beyond the limit the oldest one ends."""
    cards = known.model_copy(update={"cards": known.cards | {card.saved_card_id: card}})
    for old in cards.active[MAX_CARDS:]:
        cards = with_ended(cards, old.saved_card_id, card.saved_at)
    return cards


def without_card(known: SavedCards, card_id: str) -> SavedCards:
    """Return the cards without one that the bank has deleted."""
    rest = {name: card for name, card in known.cards.items() if name != card_id}
    return known.model_copy(update={"cards": rest})


def without_removed(known: SavedCards, card: SavedCard) -> SavedCards:
    """Return the cards without one that the bank has deleted; one that was saved again since stays."""
    now = known.cards.get(card.saved_card_id)
    is_same = now is not None and (now.status, now.saved_at) == (card.status, card.saved_at)
    return without_card(known, card.saved_card_id) if is_same else known


def with_ended(known: SavedCards, card_id: str, now: datetime) -> SavedCards:
    """Return the cards with one that has ended for us, which is to be deleted at the bank at once."""
    card = known.cards[card_id]
    if card.status == "ending":
        return known
    changed = SavedCard(
        saved_card_id=card.saved_card_id,
        merchant=card.merchant,
        bank_card_id=card.bank_card_id,
        status="ending",
        saved_at=card.saved_at,
        due_at=now,
    )
    return known.model_copy(update={"cards": known.cards | {card_id: changed}})


def with_removal_postponed(card: SavedCard, now: datetime) -> SavedCard:
    """Return an ending card whose bank did not answer: its removal is tried again later."""
    pause = _PAUSES[card.failed_removals] if card.failed_removals < len(_PAUSES) else _DAILY
    return card.model_copy(update={"failed_removals": card.failed_removals + 1, "due_at": now + pause})


def is_stuck(card: SavedCard) -> bool:
    """Tell whether a bank has not deleted an ended card for so long that on-call is alerted."""
    return card.failed_removals > len(_PAUSES)


def with_expiry_notified(card: SavedCard) -> SavedCard:
    """Return the card whose owner was notified that it expires."""
    return card.model_copy(update={"is_expiry_notified": True, "due_at": None})


def first_due(known: SavedCards) -> datetime | None:
    """Return when something is first to be done about a user's cards."""
    return min((card.due_at for card in known.cards.values() if card.due_at is not None), default=None)


def due_cards(known: SavedCards, now: datetime) -> list[SavedCard]:
    """Return the cards about which something is to be done now."""
    return [card for card in known.cards.values() if card.due_at is not None and card.due_at <= now]


def _with_expiry_notice(card: SavedCard, now: datetime) -> SavedCard:
    last = expires_on(card)
    if last is None:
        return card
    day = datetime.combine(last - timedelta(days=EXPIRY_NOTICE_DAYS), time(_NOTICE_HOUR_UTC), UTC)
    tomorrow = datetime.combine(now.date() + _DAILY, time(_NOTICE_HOUR_UTC), UTC)
    return card.model_copy(update={"due_at": max(day, tomorrow)})
