"""A saved card («связка» of the bank) and all of one user's; nothing else of a card reaches the cabinet."""

from typing import Annotated, Literal

from pydantic import Field

from cabinet.accounts.supplier_model import Merchant
from cabinet.core.model import FrozenModel
from cabinet.core.timestamps import Timestamp
from cabinet.payments.given_consent import GivenConsent


class SavedCard(FrozenModel):
    """A card that a bank keeps for one user under one contract."""

    saved_card_id: str
    merchant: Merchant
    """The contract that it was saved under: the card pays nothing of another."""
    bank_card_id: Annotated[str, Field(alias="binding_id")]
    """The bank's identifier of the card; useless without the contract's login."""
    masked_pan: str = ""
    expires: str = ""
    """Its last month, ``ГГГГ-ММ``; empty where the bank does not say."""
    bank_name: str = ""
    status: Literal["active", "ending"] = "active"
    """`ending`: nothing is charged any more; the bank is asked to delete the card until it has."""
    consent: GivenConsent | None = None
    """None once the card is ending."""
    saved_at: Timestamp
    is_expiry_notified: bool = False
    failed_removals: Annotated[int, Field(alias="asks")] = 0
    """How often the bank was asked in vain to delete the card that has ended."""
    due_at: Timestamp | None = None
    """When something is to be done: notify its owner that it expires, or delete an ended card at the bank."""


class SavedCards(FrozenModel):
    """All cards of one user, with those still to be deleted at the bank."""

    user_id: str
    cards: dict[str, SavedCard] = {}
    version: int = 0

    @property
    def active(self) -> list[SavedCard]:
        """Return the cards that are the user's, the latest saved first."""
        found = [card for card in self.cards.values() if card.status == "active"]
        return sorted(found, key=lambda card: card.saved_at, reverse=True)
