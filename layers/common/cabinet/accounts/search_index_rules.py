"""The desk's search keys of an account: the holder's surname with initials, the house with the flat. Pure.

The rows are separate from the account, in partitions of hashes (`accounts.keys`), and name the account alone.
They follow it in its own transactions (docs/adr/0059-residents-are-found-by-rows.md).
"""

from cabinet.accounts.addresses import parse_street
from cabinet.accounts.holders import parse_holder
from cabinet.accounts.keys import (
    account_partition,
    address_index_partition,
    holder_changes_partition,
    holder_index_partition,
)
from cabinet.accounts.model import Address
from cabinet.aws.dynamo import Item, Key, key_attributes
from cabinet.core.identifiers import supplier_part
from cabinet.core.text import normalise_house, normalise_text, surname


def index_rows(account_id: str, holder: str, address: Address, changed_on: str = "") -> list[Item]:
    """Return the rows by which an account is found; none of a holder or a house that is not named.

    `changed_on` is when the holder changed (ISO) of an account that somebody had bound: one row more.
    """
    keys = [holder_index_key(account_id, holder), address_index_key(account_id, address)]
    if changed_on:
        supplier_id = supplier_part(account_id)
        keys.append((holder_changes_partition(supplier_id), f"{changed_on}#{_place(account_id)}"))
    return [{**key_attributes(key), "account_id": account_id} for key in keys if key is not None]


def holder_index_key(account_id: str, holder: str) -> Key | None:
    """Return the key of an account's row by its holder; None for a holder without letters."""
    name = parse_holder(holder).name
    if not name:
        return None
    return holder_index_partition(name), f"{initials(holder)}#{_place(account_id)}"


def address_index_key(account_id: str, address: Address) -> Key | None:
    """Return the key of an account's row by its address; None where no house is named."""
    if not normalise_house(address.house):
        return None
    partition = address_index_partition(street_word(address.street), address.house)
    return partition, f"{normalise_house(address.flat)}#{_place(account_id)}"


def street_word(street: str) -> str:
    """Return the word by which a street is found: the longest of its name, since others are shortened.

    «пр-т К. Маркса» and «проспект Карла Маркса» are found by one.
    """
    return max(parse_street(street).words, key=lambda word: (len(word), word), default="")


def initials(holder: str) -> str:
    """Return a person's folded initials: «Иванов Пётр Ильич» and «Иванов П.И.» have «пи»."""
    return "".join(word[0] for word in given_names(holder))[:2]


def given_names(holder: str) -> list[str]:
    """Return the folded words after a person's surname; none of an organisation."""
    if parse_holder(holder).name != normalise_text(surname(holder)):
        return []
    words = [normalise_text(word) for word in holder.replace(".", ". ").split()[1:]]
    return [word for word in words if word]


def _place(account_id: str) -> str:
    return account_partition(account_id).removeprefix("ACCOUNT#")
