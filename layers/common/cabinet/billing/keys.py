"""Keys of billing's rows in an account's partition: the one place that spells them."""

from cabinet.accounts.keys import account_partition
from cabinet.aws.dynamo import Key


def receipt_key(account_id: str, period: str, kind: str) -> Key:
    """Return the key of a receipt: totals, service and charge lines in one item."""
    return account_partition(account_id), f"RECEIPT#{period}#{kind}"


def document_key(account_id: str, period: str, kind: str) -> Key:
    """Return the key of the receipt's row in the list of documents: small, so that a list is cheap."""
    return account_partition(account_id), f"DOCUMENT#{period}#{kind}"


def payment_key(account_id: str, received_on: str, payment_id: str) -> Key:
    """Return the key of one payment in the account's ledger."""
    return account_partition(account_id), f"PAYMENT#{received_on}#{payment_id}"
