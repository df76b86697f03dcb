"""Keys of accounts, suppliers and bindings, and the names of the Accounts table's indexes."""

import hashlib

from cabinet.aws.dynamo import Item, Key
from cabinet.core.text import normalise_house, normalise_text, number_key

GSI_BY_NUMBER = ("by_number", "number", "pk")
GSI_BY_ACCOUNT = ("by_account", "bound_account", "pk")
GSI_BY_HOUSE = ("by_house", "house_key", "pk")
GSI_BY_SHARD = ("by_shard", "shard", "shard_sk")

SUPPLIERS_SHARD = "SUPPLIERS"
"""Every supplier's item carries this shard: the few of them are listed by the index, never by a Scan."""


def account_partition(account_id: str) -> str:
    """Return the partition of all that an account has (``ACCOUNT#supplier#number``), in any spelling."""
    supplier_id, _, number = account_id.partition(":")
    return f"ACCOUNT#{supplier_id}#{number_key(number)}"


def account_key(account_id: str) -> Key:
    """Return the key of the account's own item."""
    return account_partition(account_id), "ACCOUNT"


def house_index_key(supplier_id: str, street: str, house: str) -> str:
    """Return what the accounts of one house have in common: their key in the index by house."""
    return f"{supplier_id}#{normalise_text(street)}#{normalise_house(house)}"


def settings_version_key(supplier_id: str, revision: int) -> Key:
    """Return the key of one version of a supplier's settings; they sort by revision."""
    return f"SUPPLIER#{supplier_id}", f"SETTINGS#{revision:010d}"


def supplier_key(supplier_id: str) -> Key:
    """Return the key of a supplier's profile."""
    return f"SUPPLIER#{supplier_id}", "PROFILE"


def texts_key(supplier_id: str) -> Key:
    """Return the key of a supplier's long texts."""
    return f"SUPPLIER#{supplier_id}", "TEXTS"


def logo_key(supplier_id: str) -> Key:
    """Return the key of a supplier's logo."""
    return f"SUPPLIER#{supplier_id}", "LOGO"


def binding_key(user_id: str, account_id: str) -> Key:
    """Return the key of a user's binding, in Users."""
    return f"USER#{user_id}", f"BINDING#{account_id}"


def user_id_from_row(row: Item) -> str:
    """Return whose row of the Users table it is."""
    return str(row["pk"]).removeprefix("USER#")


def holder_index_partition(folded: str) -> str:
    """Return the partition of the accounts of holders with one surname or name, folded by `parse_holder`.

    It is hashed: a name must not be in a key, which logs and metrics show.
    """
    return f"HOLDER#{hashlib.sha256(folded.encode()).hexdigest()[:32]}"


def holder_changes_partition(supplier_id: str) -> str:
    """Return the partition of a supplier's accounts that were bound when their holder changed, by day."""
    return f"HOLDERCHANGES#{supplier_id}"


def address_index_partition(street_word: str, house: str) -> str:
    """Return the partition of the accounts of a house on any supplier's street that has this word."""
    return f"AT#{hashlib.sha256(f'{street_word}#{normalise_house(house)}'.encode()).hexdigest()[:32]}"
