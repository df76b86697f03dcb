"""Which adapter speaks to a merchant's bank: chosen per supplier, by the contract."""

from cabinet.accounts.model import Merchant
from cabinet.payments.providers.base import PaymentProvider
from cabinet.payments.providers.credentials import Credentials, get_credentials
from cabinet.payments.providers.gorod.client import GorodBank
from cabinet.payments.providers.gorod_unified.client import GorodUnifiedBank
from cabinet.payments.providers.rbs.client import RbsBank


def get_provider(merchant: Merchant) -> PaymentProvider:
    """Return the bank of a contract with its credentials; raises ProviderConnectionError without them."""
    return _build_provider(merchant, get_credentials(merchant.secret))


def _build_provider(merchant: Merchant, credentials: Credentials) -> PaymentProvider:
    match merchant.dialect:
        case "rbs":
            return RbsBank(merchant, credentials)
        case "gorod_unified":
            return GorodUnifiedBank(merchant, credentials)
        case "gorod":
            return GorodBank(merchant, credentials)
