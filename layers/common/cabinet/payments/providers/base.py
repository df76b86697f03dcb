"""What the cabinet asks of a bank, whatever dialect it speaks; adapters translate and decide nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from cabinet.accounts.supplier_model import PaymentMethod, VatRate
from cabinet.core.money import Kopecks


class NoUsableAnswer(Exception):
    """No answer, or none that can be used: what was asked may or may not have been done."""


class ProviderConnectionError(NoUsableAnswer):
    """No connection: the request certainly did not arrive."""


class ProviderDeclined(Exception):
    """The bank answered that it will not; `code` may be logged, its own `text` may quote anything."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code)
        self.code, self.text = code, text


class AccessDenied(ProviderDeclined):
    """The bank does not take this login or password, so it has done nothing."""


class SavedCardNotFound(ProviderDeclined):
    """The bank has no such saved card any more, so it has charged nothing."""


class InvalidSignature(Exception):
    """A callback that the bank did not sign."""


MAX_PARAMETERS = 500
"""Parameters that a callback may have: banks send 85 of them, a flood is refused before it is decoded."""


@dataclass(frozen=True, slots=True)
class RegistrationLine:
    """One line for the bank and the fiscal receipt (54-ФЗ, FFD 1.2)."""

    name: str
    amount: Kopecks
    vat: VatRate = "none"
    payment_method: str = "full_payment"
    """`full_payment`, `prepayment` or `advance`."""
    payment_object: str = "service"
    """`service`, or `payment` for the commission of the intermediary."""


@dataclass(frozen=True, slots=True)
class Registration:
    """An attempt to pay, as it is registered at the bank; `lines` sum up to `amount`."""

    number: str
    amount: Kopecks
    description: str
    payer: str
    return_url: str
    callback_url: str
    session_seconds: int
    lines: list[RegistrationLine]
    email: str | None = None
    """Where the fiscal receipt goes; None where the payer has given no address."""
    method: PaymentMethod = "card"
    client_id: str = ""
    """Whose saved cards the bank knows: given where a card is to be saved, or paid by; never an address."""
    is_unattended: bool = False
    """Charged without the payer."""


@dataclass(frozen=True, slots=True)
class RegistrationResult:
    """The bank's answer: its own identifier, and where the subscriber pays."""

    bank_order_id: str
    payment_url: str
    """The bank's page; for СБП the link that opens the app of the subscriber's own bank."""
    qr_id: str | None = None
    """СБП: the bank's identifier of the code, where it has one beside the order's."""
    qr_png: str | None = None
    """СБП: the code as the bank has drawn it, a PNG in base64; None where it drew none that can be shown."""


@dataclass(frozen=True, slots=True)
class ProviderCard:
    """A card that the bank keeps for a client («связка»)."""

    bank_card_id: str
    masked_pan: str
    expires: str
    """Its last month, ``ГГГГ-ММ``; empty where the bank does not say."""
    bank_name: str = ""


@dataclass(frozen=True, slots=True)
class CardCharge:
    """A charge of a saved card that is asked for."""

    bank_order_id: str
    bank_card_id: str
    client_ip: str
    """The payer's network address; of a charge without the payer, that of their consent."""
    is_unattended: bool = False


class ProviderPaymentState(Enum):
    """The state of an attempt at the bank."""

    WAITING = auto()
    PAID = auto()
    DECLINED = auto()
    REFUNDED = auto()
    """Paid, and refunded in part or whole: `ProviderPaymentStatus.refunded` says how much."""
    REVERSED = auto()
    """Cancelled: before the money moved, or after it was taken, until midnight of the day."""
    UNKNOWN = auto()
    """The bank has no such order."""


@dataclass(frozen=True, slots=True)
class ProviderPaymentStatus:
    """What the bank says of one attempt. None: the dialect does not report it."""

    payment_state: ProviderPaymentState
    bank_order_id: str | None = None
    number: str | None = None
    amount: Kopecks | None = None
    currency: str | None = None
    refunded: Kopecks | None = 0
    """None: the whole, whatever it was."""
    fiscal_url: str | None = None
    card: ProviderCard | None = None
    """The card that the bank has kept with this payment; its client is who `client_id` says."""
    card_digits: str = ""
    """The last four digits of the card that paid; empty if the bank does not report it, or it was no card."""
    client_id: str = ""
    decline_code: str = ""
    """The bank's own code of a decline."""
    is_final_decline: bool = False
    """The bank will never take this card again: lost, stolen, expired, closed."""


@dataclass(frozen=True, slots=True)
class RawCallback:
    """A callback exactly as it came: the bytes that were signed."""

    query: bytes
    body: bytes
    signature: str = ""
    """The signature header, if the bank uses one."""

    @property
    def parameters(self) -> bytes:
        """Return the parameters, wherever the bank put them; a line's end behind them is not theirs."""
        parts = (self.query.strip(b"\r\n"), self.body.strip(b"\r\n"))
        return b"&".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Callback:
    """A genuine callback: a hint to ask, except where `bank_status` is all that the bank says («Город»).

    `number` and `bank_order_id` are empty where the callback is about no order, as that of a saved card is.
    """

    number: str
    bank_order_id: str
    operation: str
    bank_status: ProviderPaymentStatus | None = None
    bank_card_id: str = ""
    """The saved card that it is about, and whose it is: where it is about one."""
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class BankRefund:
    """Money to be refunded: once for an identifier, and only while `deposited` is what the bank holds."""

    refund_id: str
    amount: Kopecks
    deposited: Kopecks
    number: str = ""
    """The order number of the paid attempt, for banks that name a payment by it."""
    lines: tuple[RegistrationLine, ...] = ()
    """What is refunded, for banks that take the fiscal receipt apart; empty for money that had none."""
    email: str | None = None
    """Where the fiscal receipt goes."""


def unique_parameters(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return a callback's parameters; one that comes twice has no one meaning: InvalidSignature."""
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise InvalidSignature
    return parameters


class PaymentProvider(Protocol):
    """A bank under one contract."""

    def register(self, registration: Registration) -> RegistrationResult:
        """Register an attempt; raises ProviderDeclined, ProviderConnectionError, NoUsableAnswer."""
        ...

    def status(
        self, number: str, bank_order_id: str | None, refund_ids: Sequence[str] = ()
    ) -> ProviderPaymentStatus:
        """Ask for an attempt's state; raises ProviderDeclined, NoUsableAnswer.

        `refund_ids` are the refunds that it may have had, for banks that report each of them separately.
        """
        ...

    def refund(self, bank_order_id: str, wanted: BankRefund) -> None:
        """Ask to give money back; raises ProviderDeclined, NoUsableAnswer."""
        ...

    def cancel(self, bank_order_id: str, qr_id: str | None) -> None:
        """Close an unpaid attempt; raises ProviderDeclined (when it is paid, above all), NoUsableAnswer."""
        ...

    def parse_callback(self, raw: RawCallback) -> Callback:
        """Return a genuine callback; raises InvalidSignature."""
        ...


class SavedCardProvider(Protocol):
    """What a bank can do besides that keeps cards (`saved_card` among its capabilities)."""

    def charge(self, wanted: CardCharge) -> str | None:
        """Charge a registered order by a saved card: done means processed, never paid, so ask then.

        Returns the page where the payer confirms (3-D Secure), None where nothing is to be confirmed. Raises
        ProviderDeclined (SavedCardNotFound among it), ProviderConnectionError, NoUsableAnswer.
        """
        ...

    def saved_cards(self, client_id: str) -> list[ProviderCard]:
        """Return the cards that the bank keeps for a client; raises ProviderDeclined, NoUsableAnswer."""
        ...

    def forget_card(self, bank_card_id: str) -> None:
        """End a saved card; one that has ended is success. Raises ProviderDeclined, NoUsableAnswer."""
        ...
