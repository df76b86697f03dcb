"""Which adapter speaks to a merchant's bank, and by which of a contract's credentials while they change."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cabinet.accounts.supplier_model import Merchant
from cabinet.core import clock
from cabinet.payments.providers.base import (
    AccessDenied,
    BankRefund,
    Callback,
    CardCharge,
    InvalidSignature,
    PaymentProvider,
    ProviderCard,
    ProviderDeclined,
    ProviderPaymentStatus,
    RawCallback,
    Registration,
    RegistrationResult,
    SavedCardProvider,
)
from cabinet.payments.providers.credentials import Credentials, get_credentials, newer_credentials
from cabinet.payments.providers.gorod.client import GorodBank
from cabinet.payments.providers.gorod_unified.client import GorodUnifiedBank
from cabinet.payments.providers.raiffeisen.client import RaiffeisenBank
from cabinet.payments.providers.rbs.client import RbsBank


def get_card_provider(merchant: Merchant) -> SavedCardProvider:
    """Return a bank that keeps cards; raises ProviderConnectionError without its credentials."""
    return _RotatingProvider(merchant, get_credentials(merchant.secret))


def get_provider(merchant: Merchant) -> PaymentProvider:
    """Return the bank of a contract with its credentials; raises ProviderConnectionError without them."""
    return _RotatingProvider(merchant, get_credentials(merchant.secret))


def _build_provider(merchant: Merchant, credentials: Credentials) -> PaymentProvider:
    match merchant.dialect:
        case "rbs":
            return RbsBank(merchant, credentials)
        case "gorod_unified":
            return GorodUnifiedBank(merchant, credentials)
        case "gorod":
            return GorodBank(merchant, credentials)
        case "raiffeisen":
            return RaiffeisenBank(merchant, credentials)


def _require_saved_cards(bank: PaymentProvider) -> SavedCardProvider:
    if not isinstance(bank, RbsBank):
        raise ProviderDeclined("no_saved_cards")
    return bank


@dataclass(frozen=True, slots=True)
class _RotatingProvider:
    """The bank as `PaymentProvider` has it; what one login is denied, the next may be given."""

    merchant: Merchant
    credentials: Credentials

    def register(self, registration: Registration) -> RegistrationResult:
        return self._ask(lambda bank: bank.register(registration))

    def status(
        self, number: str, bank_order_id: str | None, refund_ids: Sequence[str] = ()
    ) -> ProviderPaymentStatus:
        return self._ask(lambda bank: bank.status(number, bank_order_id, refund_ids))

    def refund(self, bank_order_id: str, wanted: BankRefund) -> None:
        self._ask(lambda bank: bank.refund(bank_order_id, wanted))

    def cancel(self, bank_order_id: str, qr_id: str | None) -> None:
        self._ask(lambda bank: bank.cancel(bank_order_id, qr_id))

    def charge(self, wanted: CardCharge) -> str | None:
        return self._ask(lambda bank: _require_saved_cards(bank).charge(wanted))

    def saved_cards(self, client_id: str) -> list[ProviderCard]:
        return self._ask(lambda bank: _require_saved_cards(bank).saved_cards(client_id))

    def forget_card(self, bank_card_id: str) -> None:
        self._ask(lambda bank: _require_saved_cards(bank).forget_card(bank_card_id))

    def parse_callback(self, raw: RawCallback) -> Callback:
        heard = self._parse(self.credentials, raw)
        if heard is None and (newer := newer_credentials(self.merchant.secret)) is not None:
            heard = self._parse(newer, raw)
        if heard is None:
            raise InvalidSignature
        return heard

    def _parse(self, known: Credentials, raw: RawCallback) -> Callback | None:
        for credentials in known.accepted_for_callbacks_at(clock.now()):
            try:
                return self._bank(credentials).parse_callback(raw)
            except InvalidSignature:
                continue
        return None

    def _ask[Answer](self, ask: Callable[[PaymentProvider], Answer]) -> Answer:
        """Ask the bank; denied, it has done nothing, so that another login may ask the same."""
        try:
            return ask(self._bank(self.credentials))
        except AccessDenied as denied:
            for other in self._others():
                try:
                    return ask(self._bank(other))
                except AccessDenied:
                    continue
            raise denied from None

    def _others(self) -> Iterator[Credentials]:
        newer = newer_credentials(self.merchant.secret) or self.credentials
        if newer != self.credentials:
            yield newer
        if newer.upcoming is not None:
            yield newer.upcoming

    def _bank(self, credentials: Credentials) -> PaymentProvider:
        return _build_provider(self.merchant, credentials)
