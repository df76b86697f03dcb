"""Answers about saved cards, and the consents that are given to charging them."""

from collections.abc import Sequence
from datetime import date

from cabinet.core.model import DeferredModel
from cabinet.payments.cards import card_rules
from cabinet.payments.cards.model import SavedCard
from cabinet.web.responses import response_from


class SavedCardResponse(DeferredModel):
    """A card that a bank keeps; `masked_pan` is its last digits, `used_by` the accounts with its autopay."""

    saved_card_id: str
    masked_pan: str
    expires_on: date | None
    expired: bool
    bank_name: str
    used_by: list[str]


class SavedCardList(DeferredModel):
    """The subscriber's cards, the latest saved first."""

    items: list[SavedCardResponse]


class ConsentResponse(DeferredModel):
    """A consent's text in force; `sha256` is that of the text in UTF-8."""

    version: str
    title: str
    text: str
    sha256: str


def saved_card_list(
    cards: Sequence[SavedCard], today: date, used: Sequence[tuple[str, str]]
) -> SavedCardList:
    """Return the subscriber's cards; `used` are card and account of each autopay rule."""
    return SavedCardList(
        items=[
            response_from(
                SavedCardResponse,
                card,
                expires_on=card_rules.expires_on(card),
                expired=card_rules.is_expired(card, today),
                used_by=[account_id for card_id, account_id in used if card_id == card.saved_card_id],
            )
            for card in cards
        ]
    )
