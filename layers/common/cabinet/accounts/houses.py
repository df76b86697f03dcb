"""A supplier's houses as rows of their own: the staff choose from a list, and nobody reads all accounts.

A registry that names an account of a house writes the house's row; it stays when the last account has gone.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from cabinet.accounts.addresses import House
from cabinet.accounts.keys import GSI_BY_HOUSE, house_index_key
from cabinet.accounts.model import Address
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Item, Key, Table
from cabinet.core.errors import Conflict
from cabinet.core.text import normalise_text

_PAGE = 1000
_ID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class ListedHouse:
    """A house of the list: its identifier, and where it is."""

    house_id: str
    house: House


def house_id_for(supplier_id: str, address: Address) -> str:
    """Return what stands for a house; two towns' houses of one street and number are two."""
    named = f"{house_index_key(supplier_id, address.street, address.house)}|{normalise_text(address.city)}"
    return hashlib.sha256(named.encode()).hexdigest()[:_ID_LENGTH]


def list_houses(supplier_id: str) -> list[ListedHouse]:
    """Return the supplier's houses by town, street and number; one query for a thousand of them."""
    rows = dynamo.query_all(Table.ACCOUNTS, _partition(supplier_id), limit=_PAGE)
    found = [
        ListedHouse(row["sk"], House(row["house_of"], row["city"], row["street"], row["house"]))
        for row in rows
    ]
    return sorted(found, key=lambda each: _order(each.house))


def count_houses(supplier_id: str) -> int:
    """Return how many houses the list of a supplier has."""
    return sum(
        1
        for _ in dynamo.query_all(Table.ACCOUNTS, _partition(supplier_id), limit=_PAGE, attributes=("house",))
    )


class HouseList:
    """The list as an import goes through accounts: read once, and each new house written once."""

    def __init__(self, supplier_id: str) -> None:
        self._supplier_id = supplier_id
        self._known = {each.house_id for each in list_houses(supplier_id)}

    def add_all(self, addresses: Iterable[Address]) -> None:
        """Put the houses of some addresses into the list, where they are not yet."""
        for address in addresses:
            house_id = house_id_for(self._supplier_id, address)
            if address.house and house_id not in self._known:
                add_house(self._supplier_id, address)
                self._known.add(house_id)


def add_house(supplier_id: str, address: Address) -> None:
    """Put the house of an address into the list; one that is there stays as it is."""
    pk, sk = house_key(supplier_id, house_id_for(supplier_id, address))
    row: Item = {
        "pk": pk, "sk": sk,
        # Not `house_key`: the index by house holds accounts alone.
        "house_of": house_index_key(supplier_id, address.street, address.house),
        "city": address.city, "street": address.street, "house": address.house,
    }  # fmt: skip
    with suppress(Conflict):
        dynamo.put(Table.ACCOUNTS, row, condition=IS_ABSENT, on_conflict=Conflict)


def accounts_of_house(house: House) -> Iterator[Item]:
    """Yield the rows of a house's accounts that are not closed, by the index of houses."""
    return _open_accounts(house, ())


def account_ids_of_house(house: House) -> tuple[str, ...]:
    """Return the accounts of a house that are not closed; what else their rows hold is not asked for."""
    wanted = ("account_id", "address", "closed_on")
    return tuple(str(row["account_id"]) for row in _open_accounts(house, wanted))


def _open_accounts(house: House, attributes: Sequence[str]) -> Iterator[Item]:
    town = normalise_text(house.city)
    rows = dynamo.query_all(Table.ACCOUNTS, house.key, index=GSI_BY_HOUSE, limit=_PAGE, attributes=attributes)
    for row in rows:
        if not row.get("closed_on") and normalise_text(str(row["address"].get("city", ""))) == town:
            yield row


def house_key(supplier_id: str, house_id: str) -> Key:
    """Return the key of a house's row."""
    return _partition(supplier_id), house_id


def _partition(supplier_id: str) -> str:
    return f"HOUSES#{supplier_id}"


def _order(house: House) -> tuple[str, str, int, str]:
    """Sort «2» before «10», and «10» before «10а»."""
    digits = "".join(char for char in house.house if char.isdigit() or char == " ").split()
    return house.city, house.street, int(digits[0]) if digits else 0, house.house
