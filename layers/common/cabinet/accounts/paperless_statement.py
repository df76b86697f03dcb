"""The statement that a subscriber makes when refusing paper receipts: its text, version and fingerprint.

The refusal is made for one account, for all kinds of its receipts at once (the manual, «Отказ от бумажного
носителя»). A changed text is a new version: what was agreed to stays provable by its hash.
"""

import hashlib

from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Supplier

VERSION = "2026-01"

_TEXT = """\
Заявление об отказе от бумажного платёжного документа

Прошу не печатать и не доставлять платёжные документы (квитанции) на бумажном носителе по лицевому счёту \
{number}, адрес: {address}, и направлять их в электронном виде на адрес электронной почты, указанный в моём \
личном кабинете. Отказ действует для всех видов квитанций этого лицевого счёта.

Получатель заявления: {supplier}.

Мне известно, что электронный платёжный документ считается доставленным с момента отправки на указанный \
адрес, что неполучение письма не освобождает от оплаты, и что отказ можно отменить в личном кабинете в любое \
время: тогда бумажные платёжные документы снова печатаются со следующего расчётного месяца.\
"""


def statement(account: Account, supplier: Supplier) -> str:
    """Return the statement as the subscriber reads and confirms it."""
    return _TEXT.format(number=account.number, address=account.address.line, supplier=supplier.name)


def statement_hash(text: str) -> str:
    """Return the SHA-256 of a statement, in hex: kept with the refusal."""
    return hashlib.sha256(text.encode()).hexdigest()
