"""Keys of the Accounts table and of the bindings in Users: the one place that spells them."""

from cabinet.dynamo import Key
from cabinet.text import fold, house_key, number_key

BY_NUMBER = ("by_number", "number", "pk")
BY_ACCOUNT = ("by_account", "bound_account", "pk")
BY_HOUSE = ("by_house", "house_key", "pk")
BY_SHARD = ("by_shard", "shard", "shard_sk")

SUPPLIERS_SHARD = "SUPPLIERS"
"""Every supplier's item carries this shard: the few of them are listed by the index, never by a Scan."""


def account_partition(account_id: str) -> str:
    """Return the partition of all that an account has (``ACCOUNT#supplier#number``), in any spelling."""
    supplier_id, _, number = account_id.partition(":")
    return f"ACCOUNT#{supplier_id}#{number_key(number)}"


def account_key(account_id: str) -> Key:
    """Return the key of the account's own item."""
    return account_partition(account_id), "ACCOUNT"


def house_of(supplier_id: str, street: str, house: str) -> str:
    """Return what the accounts of one house have in common: their key in the index by house."""
    return f"{supplier_id}#{fold(street)}#{house_key(house)}"


def receipt_key(account_id: str, period: str, kind: str) -> Key:
    """Return the key of a receipt: totals, service and charge lines in one item."""
    return account_partition(account_id), f"RECEIPT#{period}#{kind}"


def document_key(account_id: str, period: str, kind: str) -> Key:
    """Return the key of the receipt's row in the list of documents: small, so that a list is cheap."""
    return account_partition(account_id), f"DOCUMENT#{period}#{kind}"


def payment_key(account_id: str, received_on: str, payment_id: str) -> Key:
    """Return the key of one payment in the account's ledger."""
    return account_partition(account_id), f"PAYMENT#{received_on}#{payment_id}"


def meter_key(account_id: str, meter_id: str) -> Key:
    """Return the key of a meter."""
    return account_partition(account_id), f"METER#{meter_id}"


def reading_key(account_id: str, meter_id: str, taken_on: str, reading_id: str) -> Key:
    """Return the key of one reading; they sort by meter and day."""
    return account_partition(account_id), f"READING#{meter_id}#{taken_on}#{reading_id}"


def supplier_key(supplier_id: str) -> Key:
    """Return the key of a supplier's profile."""
    return f"SUPPLIER#{supplier_id}", "PROFILE"


def binding_key(user_id: str, account_id: str) -> Key:
    """Return the key of a user's binding, in Users."""
    return f"USER#{user_id}", f"BINDING#{account_id}"


def session_key(user_id: str, session_id: str) -> Key:
    """Return the key of a session, in Users; `session_id` is the public hash, not the secret."""
    return f"USER#{user_id}", f"SESSION#{session_id}"


def profile_key(user_id: str) -> Key:
    """Return the key of a user's profile, in Users."""
    return f"USER#{user_id}", "PROFILE"
