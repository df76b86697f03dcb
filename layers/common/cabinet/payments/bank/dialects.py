"""Which adapter speaks to a merchant's bank: chosen per supplier, by the contract."""

from cabinet.accounts.model import Merchant
from cabinet.payments.bank.credentials import Credentials, credentials_of
from cabinet.payments.bank.gorod import GorodBank
from cabinet.payments.bank.gorod_unified import GorodUnifiedBank
from cabinet.payments.bank.port import Bank
from cabinet.payments.bank.rbs import RbsBank


def bank_of(merchant: Merchant) -> Bank:
    """Return the bank of a contract, with its credentials; raises BankUnreached when they are missing."""
    return _spoken(merchant, credentials_of(merchant.secret))


def _spoken(merchant: Merchant, credentials: Credentials) -> Bank:
    match merchant.dialect:
        case "rbs":
            return RbsBank(merchant, credentials)
        case "gorod_unified":
            return GorodUnifiedBank(merchant, credentials)
        case "gorod":
            return GorodBank(merchant, credentials)
