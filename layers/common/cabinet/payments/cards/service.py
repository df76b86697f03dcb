"""Ending saved cards, here and at the bank, and notifying their owners that they expire.

A card ends for us first: from then on nothing is charged by it, whatever happens to this process. Then its
removal at the bank is tried until the bank has answered.
"""

from datetime import datetime

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table, Transaction
from cabinet.core.errors import Conflict, NotFound, ServiceUnavailable, raises
from cabinet.core.logging import Event, log_error, log_event
from cabinet.core.remaining_time import HasTime
from cabinet.identity.keys import profile_key
from cabinet.outbox.emails import Email
from cabinet.outbox.pushes import Push, commit_with_notifications
from cabinet.payments.cards import card_rules
from cabinet.payments.cards import store as card_store
from cabinet.payments.cards.model import SavedCard, SavedCards
from cabinet.payments.cards.store import StaleCards
from cabinet.payments.keys import card_shards
from cabinet.payments.providers.base import NoUsableAnswer, ProviderDeclined
from cabinet.payments.providers.factory import get_card_provider

_PAGE_SIZE = 50
_CARD_ZONE = "Asia/Yekaterinburg"
"""The settlement centre's own: a saved card is no account's, so it has no time zone."""


@raises(NotFound, Conflict)
def delete_card(user_id: str, seen: SavedCards, card_id: str, now: datetime) -> None:
    """End a user's card for us, then at the bank; of a silent bank, reconciliation asks it again."""
    if all(card.saved_card_id != card_id for card in seen.active):
        raise NotFound
    cards = card_store.change(user_id, seen, lambda known: _with_ended_cards(known, {card_id}, now))
    _remove_at_bank(cards, card_id, now)


def end_all(user_id: str, now: datetime) -> None:
    """End all cards of a user who deletes the account; reconciliation removes them at the banks."""
    seen = card_store.load(user_id)
    card_store.change(user_id, seen, lambda known: _with_ended_cards(known, set(known.cards), now))


def drop_card(user_id: str, card_id: str) -> None:
    """Forget a card of which the bank has just said that it has none."""
    seen = card_store.load(user_id)
    card_store.change(user_id, seen, lambda known: card_rules.without_card(known, card_id))


@raises(Conflict)
def drop_card_if_bank_removed_it(user_id: str, bank_card_id: str) -> bool:
    """Forget an active card that its bank, asked about its owner's cards, keeps no more; return whether so.

    Who saved the card again meanwhile keeps it. Raises NoUsableAnswer, ProviderDeclined.
    """
    seen = card_store.load(user_id)
    card = next((known for known in seen.active if known.bank_card_id == bank_card_id), None)
    if card is None:
        return False
    kept = get_card_provider(card.merchant).saved_cards(user_id)
    if any(one.bank_card_id == bank_card_id for one in kept):
        return False
    log_event(Event.CARD_REMOVED_AT_BANK, user_id=user_id, contract=card.merchant.contract)
    card_store.change(user_id, seen, lambda known: card_rules.without_removed(known, card))
    return True


def process_due(now: datetime, has_time: HasTime) -> int:
    """Remove ended cards at the banks and notify owners of expiring ones; return the number of users.

    One user's trouble keeps no other waiting.
    """
    visited = 0
    for shard in card_shards():
        for user_id in card_store.due(shard, now, _PAGE_SIZE):
            if not has_time():
                return visited
            visited += 1
            try:
                _process_cards(card_store.load(user_id), now)
            except (Conflict, StaleCards, ServiceUnavailable):
                log_event(Event.CARD_UPDATE_RETRIED, user_id=user_id)
    return visited


def _process_cards(cards: SavedCards, now: datetime) -> None:
    for card in card_rules.due_cards(cards, now):
        if card.status == "ending":
            cards = _remove_at_bank(cards, card.saved_card_id, now)
        else:
            cards = _notify_owner(cards, card)


def _with_ended_cards(known: SavedCards, card_ids: set[str], now: datetime) -> SavedCards:
    for card_id in card_ids & known.cards.keys():
        known = card_rules.with_ended(known, card_id, now)
    return known


def _remove_at_bank(cards: SavedCards, card_id: str, now: datetime) -> SavedCards:
    """Delete an ended card at the bank; return the cards as stored after that."""
    card = cards.cards[card_id]
    try:
        get_card_provider(card.merchant).forget_card(card.bank_card_id)
    except (NoUsableAnswer, ProviderDeclined) as error:
        log_event(Event.BANK_CALL_FAILED, contract=card.merchant.contract, error=str(error)[:80])
        if card_rules.is_stuck(card):
            log_error(Event.CARD_STUCK, contract=card.merchant.contract, error=str(error)[:80])
        return card_store.change(
            cards.user_id,
            cards,
            lambda known: _changed_if_ending(known, card_rules.with_removal_postponed(card, now)),
        )
    return card_store.change(cards.user_id, cards, lambda known: _without_ended(known, card_id))


def _without_ended(known: SavedCards, card_id: str) -> SavedCards:
    """Take out an ended card; one that was saved again meanwhile stays."""
    card = known.cards.get(card_id)
    return card_rules.without_card(known, card_id) if card and card.status == "ending" else known


def _changed_if_ending(known: SavedCards, changed: SavedCard) -> SavedCards:
    card = known.cards.get(changed.saved_card_id)
    if card is None or card.status != "ending":
        return known
    return known.model_copy(update={"cards": known.cards | {changed.saved_card_id: changed}})


def _notify_owner(cards: SavedCards, card: SavedCard) -> SavedCards:
    """Mail that a card expires, once: the email and its mark are one transaction; raises StaleCards."""
    notified = card_rules.with_expiry_notified(card)
    wanted = cards.model_copy(update={"cards": cards.cards | {card.saved_card_id: notified}})
    profile = dynamo.get(Table.USERS, profile_key(cards.user_id))
    address = (profile or {}).get("email")
    transaction = Transaction()
    card_store.add_changed_cards(transaction, cards, wanted)
    last = card_rules.expires_on(card)
    emails: list[Email] = []
    if address and last is not None:
        params = {
            "masked_pan": card.masked_pan,
            "expires_on": last.isoformat(),
            "bank_name": card.bank_name,
        }
        name = f"card-expires-{card.saved_card_id}-{card.expires}"
        emails = [Email("card_expires", str(address), params, email_id=name, user_id=cards.user_id)]
    push = Push("card_expires", cards.user_id, f"card-expires-{card.saved_card_id}", _CARD_ZONE)
    commit_with_notifications(transaction, emails, [push])
    return wanted.model_copy(update={"version": cards.version + 1})
