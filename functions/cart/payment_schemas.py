"""Answers about ways of paying: methods with their commission and total, the code of СБП."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Self

from cabinet.accounts.supplier_model import PaymentMethod
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks
from cabinet.payments.cards import card_rules
from cabinet.payments.cards.model import SavedCard
from cabinet.payments.model import Order
from cabinet.payments.orders.split import OrderDraft, PaymentOption

METHOD_TITLES: dict[PaymentMethod, str] = {
    "card": "Банковская карта",
    "sbp": "СБП",
    "saved_card": "Сохранённая карта",
}


class CartCommission(DeferredModel):
    """The supplier's rule as a sentence, and what it comes to."""

    text: str
    amount: Kopecks


class PaymentMethodResponse(DeferredModel):
    """One way of paying: what it costs, and what the bank will ask for in all."""

    method: PaymentMethod
    title: str
    commission: CartCommission
    total: Kopecks
    can_save: bool = False
    """The card that is paid by can be saved."""
    saved_card_id: str | None = None
    masked_pan: str | None = None
    expires_on: date | None = None
    expired: bool | None = None
    """For a saved card: shown, but cannot be used to pay."""

    @classmethod
    def of(cls, option: PaymentOption, *, can_save: bool = False) -> Self:
        """Return one way of paying."""
        return cls(
            method=option.method,
            title=METHOD_TITLES[option.method],
            commission=CartCommission(text=" ".join(option.commission_texts), amount=option.commission),
            total=option.total,
            can_save=can_save and option.method == "card" and "saved_card" in option.merchant.methods,
        )


class PaymentMethods(DeferredModel):
    """The ways of paying, the usual one first."""

    items: list[PaymentMethodResponse]


class SbpPayment(DeferredModel):
    """How an order is paid by СБП until `expires_at`.

    `link` opens the app of the payer's own bank on a phone; `qr_png` is the bank's code for the camera of
    one, a data URI, or null where the bank drew none.
    """

    link: str
    qr_png: str | None
    expires_at: datetime

    @classmethod
    def of(cls, order: Order, link: str | None) -> Self | None:
        """Return how an order is paid by СБП; None for another method, and where nothing can be paid."""
        attempt = order.attempt
        if order.method != "sbp" or attempt is None or link is None:
            return None
        picture = f"data:image/png;base64,{attempt.qr_png}" if attempt.qr_png else None
        return cls(link=link, qr_png=picture, expires_at=attempt.ends_at)


def payment_methods(
    draft: OrderDraft, cards: Sequence[SavedCard], today: date
) -> list[PaymentMethodResponse]:
    """Return the ways of paying an order of the cart; each card that its bank keeps is one."""
    return [*payment_methods_of_guest(draft, can_save=True), *_saved_card_methods(draft, cards, today)]


def payment_methods_of_guest(draft: OrderDraft, *, can_save: bool = False) -> list[PaymentMethodResponse]:
    """Return the ways of paying that need no card of one's own here."""
    return [
        PaymentMethodResponse.of(option, can_save=can_save)
        for option in draft.options
        if option.method != "saved_card"
    ]


def _saved_card_methods(
    draft: OrderDraft, cards: Sequence[SavedCard], today: date
) -> list[PaymentMethodResponse]:
    return [
        PaymentMethodResponse.of(option).model_copy(
            update={
                "title": _card_title(card),
                "saved_card_id": card.saved_card_id,
                "masked_pan": card.masked_pan,
                "expires_on": card_rules.expires_on(card),
                "expired": card_rules.is_expired(card, today),
            }
        )
        for option in draft.options
        if option.method == "saved_card"
        for card in cards
        if card.merchant.contract == option.merchant.contract
    ]


def _card_title(card: SavedCard) -> str:
    """Return «Карта …1234, до 08/27»."""
    until = f", до {card.expires[5:]}/{card.expires[2:4]}" if card.expires else ""
    return f"Карта {card.masked_pan}{until}"
