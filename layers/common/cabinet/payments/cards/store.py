"""Saved cards in storage: one item per user, changed only on the condition of its last version."""

from collections.abc import Callable
from datetime import datetime

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Item, Table, Transaction
from cabinet.core import clock
from cabinet.core.errors import Conflict, DomainError
from cabinet.identity.keys import profile_key
from cabinet.payments import row_versions
from cabinet.payments.cards import card_rules
from cabinet.payments.cards.model import SavedCard, SavedCards
from cabinet.payments.keys import GSI_DUE, card_shard, cards_key
from cabinet.payments.row_versions import VERSION_UNCHANGED

_CARD_IS_ACTIVE = "#cards.#card.#status = :active"


class StaleCards(DomainError):
    """Another request has changed the user's cards: read them again. Never shown to anybody."""


class CardEnded(DomainError):
    """The card has ended since it was read. Never shown to anybody."""


class UserDeleted(DomainError):
    """The user has deleted the cabinet since. Never shown to anybody."""


def parse_cards(user_id: str, row: Item | None) -> SavedCards:
    """Return the cards of their row, none when there is none."""
    return SavedCards.model_validate(row) if row is not None else SavedCards(user_id=user_id)


def load(user_id: str) -> SavedCards:
    """Return a user's cards by a consistent read."""
    return parse_cards(user_id, dynamo.get(Table.PAYMENTS, cards_key(user_id), consistent=True))


def require_active(transaction: Transaction, user_id: str, card_id: str) -> None:
    """Add to a transaction that the card must not have ended; CardEnded."""
    transaction.check(
        Table.PAYMENTS, cards_key(user_id),
        condition=_CARD_IS_ACTIVE, on_conflict=CardEnded, names={"card": card_id}, active="active",
    )  # fmt: skip


def require_unchanged(transaction: Transaction, seen: SavedCards) -> None:
    """Add to a transaction that no card was saved or ended since; Conflict."""
    transaction.check(
        Table.PAYMENTS, cards_key(seen.user_id),
        condition=VERSION_UNCHANGED, on_conflict=Conflict, seen=seen.version,
    )  # fmt: skip


def add_for_owner(transaction: Transaction, seen: SavedCards, card: SavedCard) -> None:
    """Add a card to a transaction for a user who still has a cabinet; raises StaleCards, UserDeleted."""
    transaction.check(Table.USERS, profile_key(seen.user_id), condition=IS_PRESENT, on_conflict=UserDeleted)
    add_changed_cards(transaction, seen, card_rules.with_card(seen, card))


def add_ended(transaction: Transaction, seen: SavedCards, card: SavedCard, now: datetime) -> None:
    """Add to a transaction a card without an owner, to be deleted at the bank; StaleCards."""
    added = card_rules.with_card(seen, card)
    add_changed_cards(transaction, seen, card_rules.with_ended(added, card.saved_card_id, now))


def change(user_id: str, seen: SavedCards, changed: Callable[[SavedCards], SavedCards]) -> SavedCards:
    """Write what `changed` makes of the cards and return them; applied anew when a rival was first.

    Raises whatever `changed` raises, and Conflict after too many conflicts.
    """
    return row_versions.change(seen, changed, replace=replace, load=lambda: load(user_id), stale=StaleCards)


def replace(seen: SavedCards, wanted: SavedCards) -> None:
    """Write the changed cards, or delete the item of a user who has none left; raises StaleCards."""
    if wanted.cards:
        dynamo.put(
            Table.PAYMENTS,
            _item(seen, wanted),
            condition=VERSION_UNCHANGED,
            on_conflict=StaleCards,
            seen=seen.version,
        )
        return
    key = cards_key(seen.user_id)
    dynamo.delete(Table.PAYMENTS, key, condition=VERSION_UNCHANGED, on_conflict=StaleCards, seen=seen.version)


def add_changed_cards(transaction: Transaction, seen: SavedCards, wanted: SavedCards) -> None:
    """Add the changed cards to a transaction; raises StaleCards."""
    transaction.put(
        Table.PAYMENTS,
        _item(seen, wanted),
        condition=VERSION_UNCHANGED,
        on_conflict=StaleCards,
        seen=seen.version,
    )


def due(shard: str, now: datetime, limit: int) -> list[str]:
    """Return the users in the shard about whose cards something is to be done, the longest waiting first."""
    page = dynamo.query(
        Table.PAYMENTS, shard, index=GSI_DUE, between=("0", clock.timestamp(now)), limit=limit
    )
    return [item["user_id"] for item in page.items]


def _item(seen: SavedCards, wanted: SavedCards) -> Item:
    pk, sk = cards_key(wanted.user_id)
    item = wanted.model_dump(mode="json") | {"pk": pk, "sk": sk, "version": seen.version + 1}
    due_at = card_rules.first_due(wanted)
    if due_at is not None:
        item |= {"due_shard": card_shard(wanted.user_id), "due_at": clock.timestamp(due_at)}
    return item
