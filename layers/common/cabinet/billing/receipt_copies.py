"""The newest receipts, copied into the account's own item: what is owed needs no further read.

A copy has everything but the charges' lines, so the same rules work on it. An import writes it with the
account's `latest`; where it is missing, the receipt itself is read.
"""

from cabinet.accounts.model import Account
from cabinet.billing.model import Receipt
from cabinet.core.compressed import compress, decompress


def copy_of(receipt: Receipt) -> str:
    """Return the copy of a receipt that the account's item holds."""
    return compress(receipt.model_dump(mode="json", exclude={"charges"}) | {"stamp": receipt.stamp})


def copied_receipts(account: Account) -> list[Receipt] | None:
    """Return the newest receipt of each kind, without charges; None when one of them has no copy."""
    copies = [Receipt.model_validate(decompress(text)) for text in account.newest.values()]
    is_whole = {receipt.kind: receipt.period for receipt in copies} == account.latest
    return copies if is_whole else None
