"""What the simulated bank remembers: payments, and the faults that the next ones will have."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

SESSION = timedelta(minutes=20)
_BANK_ZONE = ZoneInfo("Europe/Moscow")


class PaymentState(StrEnum):
    """The state of a payment."""

    WAITING = "waiting"
    PAID = "paid"
    DECLINED = "declined"
    REVERSED = "reversed"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Faults:
    """How the next payments will misbehave (docs/payments.md, Trying it)."""

    lost: bool = False
    """No callback is sent."""
    delay_s: float = 0.0
    copies: int = 1
    reorder: bool = False
    """The callbacks of one payment come in the opposite order."""
    forge: bool = False
    """A callback with a wrong signature comes first."""
    amount_delta: int = 0
    """The bank takes this many kopecks more."""
    silent: bool = False
    """The bank does not answer questions about the payment, until the faults are set anew."""
    qr: str = ""
    """What goes wrong with the code of СБП: `refused`, `lost` (no answer), `paid` (before the answer)."""
    card: str = ""
    """What goes wrong with a charge of a saved card: `vanished` (the bank has no such card), `decline` or
    `decline_final` (success, then declined), `lost` (charged, no answer), `secure` (3-D Secure), `busy`
    (success, and the outcome unknown for now), `garbled` (charged, and an answer that nobody understands),
    `unnamed` (the status of the payment does not name the card that was kept)."""


@dataclass(slots=True)
class Payment:
    """One registered order."""

    dialect: str
    bank_id: str
    number: str
    amount: int
    currency: str
    description: str
    return_url: str
    callback_url: str
    lines: list[tuple[str, int]]
    ends_at: datetime
    faults: Faults
    client_id: str = ""
    """Whose saved cards may pay it; one that is typed is kept for them."""
    is_unattended: bool = False
    card_id: str = ""
    """The saved card that has paid it, or was kept with it."""
    decline_code: int = 0
    payment_state: PaymentState = PaymentState.WAITING
    refunded: int = 0
    qr_id: str = ""
    """СБП: the code that was drawn for it."""
    is_qr_ended: bool = False
    payment_id: str = ""
    """«Город»: payid, given when the money is taken."""
    paid_at: datetime | None = None
    refunds: dict[str, int] = field(default_factory=dict)
    """The shop's identifiers of the refunds that were done, each once, and their sums."""

    @property
    def taken(self) -> int:
        """Return what the bank took from the card."""
        return self.amount + self.faults.amount_delta

    def at(self, now: datetime) -> PaymentState:
        """Return its state: a session that has expired is declined."""
        if self.payment_state is PaymentState.WAITING and now >= self.ends_at:
            return PaymentState.DECLINED
        return self.payment_state


@dataclass(slots=True)
class Card:
    """A card that the bank keeps for a client of the shop."""

    card_id: str
    client_id: str
    masked_pan: str = "220000**1234"
    expires: str = "203008"
    is_active: bool = True
    charges: int = 0
    callback_url: str = ""
    """Where the bank reports changes of it: the address of the order by which it was saved."""


@dataclass(slots=True)
class State:
    """All payments of the bank. `now` can be a test's clock."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    payments: dict[str, Payment] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    next_card: tuple[str, str] = ("220000**1234", "203008")
    """Number and last month of the card that is typed next."""
    faults: Faults = field(default_factory=Faults)
    is_down: bool = False
    """The whole bank answers 503."""
    receipts: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """Fiscal receipts by (`sell` or `refund`, number), as Raiffeisenbank keeps them."""
    receipts_fail: bool = False
    """Whether receipts cannot be registered at the moment."""
    refunds_lost: int = 0
    """How many of the next refunds are done, and their answers lost."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def by_number(self, number: str) -> Payment | None:
        """Return the payment with the shop's number."""
        with self.lock:
            return next((p for p in self.payments.values() if p.number == number), None)

    def of_order(self, order: str) -> Payment | None:
        """Return the last payment of a shop's order: another attempt has the number `P…-2`."""
        with self.lock:
            found = [p for p in self.payments.values() if p.number.partition("-")[0] == order]
            return found[-1] if found else None

    def set_faults(self, payment: Payment) -> None:
        """Let faults that were set after the checkout hold for the payment too."""
        with self.lock:
            if self.faults != Faults() and payment.at(self.now()) is PaymentState.WAITING:
                payment.faults = self.faults

    def register(
        self, dialect: str, number: str, amount: int, *, return_url: str, callback_url: str = "",
        currency: str = "643", description: str = "", lines: list[tuple[str, int]] | None = None,
        bank_id: str | None = None, session: timedelta = SESSION, client_id: str = "",
        is_unattended: bool = False,
    ) -> Payment:  # fmt: skip
        """Remember a new payment, with the faults that are set now."""
        with self.lock:
            made = Payment(
                dialect, bank_id or str(uuid.uuid4()), number, amount, currency, description, return_url,
                callback_url, lines or [], self.now() + session, self.faults, client_id, is_unattended,
            )  # fmt: skip
            self.payments[made.bank_id] = made
            return made

    def is_silent(self, payment: Payment) -> bool:
        """Tell whether the bank keeps silent about this payment at the moment."""
        return payment.faults.silent and self.faults.silent

    def pay(self, payment: Payment) -> bool:
        """Take the money, once; return whether it was taken now."""
        with self.lock:
            if payment.at(self.now()) is not PaymentState.WAITING:
                return False
            payment.payment_state = PaymentState.PAID
            payment.paid_at = self.now()
            payment.payment_id = str(uuid.uuid4().int)[:12]
            if payment.client_id and not payment.card_id:
                payment.card_id = self._keep_card(payment)
            return True

    def _keep_card(self, payment: Payment) -> str:
        """Keep the card that was typed; the same card of a client is kept once."""
        number, expires = self.next_card
        client_id = payment.client_id
        known = (c for c in self.cards.values() if (c.client_id, c.masked_pan) == (client_id, number))
        card = next(known, None) or Card(str(uuid.uuid4()), client_id, number)
        card.is_active, card.expires, card.callback_url = True, expires, payment.callback_url
        self.cards[card.card_id] = card
        return card.card_id

    def card_of(self, payment: Payment, card_id: str) -> Card | None:
        """Return the saved card if it may pay: it is that of the payment's own client, and active."""
        with self.lock:
            card = self.cards.get(card_id)
            is_usable = card is not None and card.is_active and card.client_id == payment.client_id
            return card if is_usable and payment.client_id else None

    def charge(self, payment: Payment, card: Card) -> bool:
        """Take the money from a saved card, or decline as the faults say; once."""
        with self.lock:
            if payment.at(self.now()) is not PaymentState.WAITING or payment.card_id:
                return False
            payment.card_id = card.card_id
            card.charges += 1
            if payment.faults.card.startswith("decline"):
                payment.decline_code = 208 if payment.faults.card == "decline_final" else 116
                return self.decline(payment)
            return payment.faults.card in ("secure", "busy") or self.pay(payment)

    def forget_card(self, card_id: str) -> bool:
        """End a saved card; return whether it was active."""
        with self.lock:
            card = self.cards.get(card_id)
            if card is None or not card.is_active:
                return False
            card.is_active = False
            return True

    def card_named(self, card_id: str) -> Card | None:
        """Return a card by its identifier, without one that which was kept last."""
        with self.lock:
            return self.cards.get(card_id) if card_id else next(reversed(self.cards.values()), None)

    def pay_late(self, payment: Payment) -> bool:
        """Take the money after the session's end: the payer's bank was slow; once."""
        with self.lock:
            if payment.payment_state is PaymentState.WAITING:
                payment.ends_at = max(payment.ends_at, self.now() + timedelta(seconds=1))
            return self.pay(payment)

    def decline(self, payment: Payment) -> bool:
        """Refuse the card, once; return whether it was refused now."""
        with self.lock:
            if payment.at(self.now()) is not PaymentState.WAITING:
                return False
            payment.payment_state = PaymentState.DECLINED
            return True

    def refund(self, payment: Payment, amount: int) -> bool:
        """Refund `amount` if that much is left."""
        with self.lock:
            if payment.payment_state not in (PaymentState.PAID, PaymentState.REFUNDED):
                return False
            if not 0 < amount <= payment.taken - payment.refunded:
                return False
            payment.refunded += amount
            payment.payment_state = PaymentState.REFUNDED
            return True

    def refund_once(self, payment: Payment, amount: int, refund_id: str, deposited: int | None) -> bool:
        """Refund under an identifier: done once, and only while `deposited` is what is left."""
        with self.lock:
            if refund_id and refund_id in payment.refunds:
                return True
            if deposited is not None and deposited != payment.taken - payment.refunded:
                return False
            if not self.refund(payment, amount):
                return False
            payment.refunds[refund_id] = amount
            return True

    def reverse(self, payment: Payment) -> bool:
        """Cancel: what waits at once, what is paid until midnight of the day (Moscow), and as a whole."""
        with self.lock:
            if payment.at(self.now()) is PaymentState.WAITING:
                payment.payment_state = PaymentState.REVERSED
                return True
            paid_at = payment.paid_at
            if payment.payment_state is not PaymentState.PAID or paid_at is None:
                return False
            if self.now().astimezone(_BANK_ZONE).date() != paid_at.astimezone(_BANK_ZONE).date():
                return False
            payment.payment_state, payment.refunded = PaymentState.REVERSED, payment.taken
            return True

    def balance(self) -> int:
        """Return what the bank holds for the shop: taken less refunded."""
        with self.lock:
            held = (PaymentState.PAID, PaymentState.REFUNDED)
            return sum(p.taken - p.refunded for p in self.payments.values() if p.payment_state in held)
