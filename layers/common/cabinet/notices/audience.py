"""Whom a notice reaches, counted for the staff before it is published: accounts, subscribers, letters."""

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import batched

from cabinet.accounts.addresses import HouseOfAccounts
from cabinet.accounts.keys import GSI_BY_ACCOUNT, GSI_BY_SHARD, user_id_from_row
from cabinet.accounts.store import SHARDS, accounts_of_supplier, bindings_of_supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.aws.dynamo.serialization import Item
from cabinet.identity.keys import profile_key
from cabinet.notices.fanout import is_mailed
from cabinet.notices.model import Board, NoticeKind, account_board, house_board

_ASKED_ONE_BY_ONE = 1000
"""Accounts up to which each one's subscribers are looked up; beyond, all the supplier's are gone through."""
_AT_ONCE = 8
_PAGE = 1000
_LOOKED_AT_EACH = 5000
_BATCH = 99


@dataclass(frozen=True, slots=True)
class Reach:
    """How many houses, accounts and subscribers a notice is for, and how many of them get a letter."""

    houses: int
    accounts: int | None
    """None where counting them would mean reading all of a supplier's."""
    subscribers: int
    by_mail: int | None
    """None where they are too many to look at each one's address while a person waits."""
    unbound: int | None = 0
    """Accounts that nobody has in a cabinet: whoever lives there is not reached."""


def houses_of(supplier_id: str) -> list[HouseOfAccounts]:
    """Return the houses in which the supplier has accounts that are not closed, by spelling."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for row in accounts_of_supplier(supplier_id):
        if row.get("closed_on"):
            continue
        address = row["address"]
        spelled = tuple(str(address.get(part, "")) for part in ("city", "street", "house"))
        found.setdefault((row["house_key"], *spelled), []).append(row["account_id"])
    return [
        HouseOfAccounts(key, city, street, house, tuple(account_ids))
        for (key, city, street, house), account_ids in sorted(found.items())
    ]


def boards_for(meant: Collection[HouseOfAccounts], houses: Iterable[HouseOfAccounts]) -> list[Board]:
    """Return the boards that exactly the accounts of the houses meant read, in the order of the houses.

    Two towns may each have a «ул. Мира, 1», which share a board: there each account's own board is taken.
    """
    shared = {house.key for house in houses if house not in meant}
    boards = {
        board.name: board
        for house in meant
        for board in (
            [account_board(account_id) for account_id in house.account_ids]
            if house.key in shared
            else [house_board(house.key)]
        )
    }
    return list(boards.values())


def reach_of_supplier(supplier_id: str, kind: NoticeKind) -> Reach:
    """Count whom a notice to all of a supplier reaches."""
    houses = houses_of(supplier_id)
    accounts = sum(len(house.account_ids) for house in houses)
    return _reach({house.key for house in houses}, accounts, bindings_of_supplier(supplier_id), kind)


def reach_of_everybody(supplier_id: str, houses: int, kind: NoticeKind) -> Reach:
    """Count whom a notice to all of a supplier reaches, within the seconds that a person waits.

    Only the bindings are gone through, by the index and several shards at once; `houses` is known.
    """
    people: dict[str, bool] = {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for found in pool.map(lambda shard: _people_of_shard(supplier_id, shard, kind), range(SHARDS)):
            for user_id, is_wanted in found.items():
                people[user_id] = people.get(user_id, False) or is_wanted
    wanting = [user_id for user_id, is_wanted in people.items() if is_wanted]
    by_mail = _count_addresses(wanting) if len(wanting) <= _LOOKED_AT_EACH else None
    return Reach(houses, None, len(people), by_mail, None)


def _people_of_shard(supplier_id: str, shard: int, kind: NoticeKind) -> dict[str, bool]:
    rows = dynamo.query_all(Table.USERS, f"BINDINGS#{supplier_id}#{shard}", index=GSI_BY_SHARD, limit=_PAGE)
    people: dict[str, bool] = {}
    for row in rows:
        user_id = user_id_from_row(row)
        people[user_id] = people.get(user_id, False) or is_mailed(kind, row)
    return people


def reach_of_houses(supplier_id: str, meant: Collection[HouseOfAccounts], kind: NoticeKind) -> Reach:
    """Count whom a notice to some houses reaches."""
    account_ids = {account_id for house in meant for account_id in house.account_ids}
    return reach_of_accounts(supplier_id, account_ids, {house.key for house in meant}, kind)


def reach_of_accounts(
    supplier_id: str, account_ids: Collection[str], houses: Collection[str], kind: NoticeKind
) -> Reach:
    """Count whom a notice to some accounts of a supplier reaches; `houses` are those where they are."""
    if len(account_ids) <= _ASKED_ONE_BY_ONE:
        bindings: Iterable[Item] = bindings_of_accounts(sorted(account_ids))
    else:
        bindings = (row for row in bindings_of_supplier(supplier_id) if row["account_id"] in account_ids)
    return _reach(houses, len(account_ids), bindings, kind)


def reach_of_account(account_id: str, kind: NoticeKind) -> Reach:
    """Count whom a notice to one account reaches."""
    return _reach({account_id}, 1, _bound(account_id), kind)


def bindings_of_accounts(account_ids: Sequence[str]) -> list[Item]:
    """Return the bindings of some accounts, in their order; a query each, several at once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [row for rows in pool.map(_bound, account_ids) for row in rows]


def _bound(account_id: str) -> list[Item]:
    return list(dynamo.query_all(Table.USERS, account_id, index=GSI_BY_ACCOUNT))


def _reach(houses: Collection[str], accounts: int, bindings: Iterable[Item], kind: NoticeKind) -> Reach:
    mailed: dict[str, bool] = {}
    bound: set[str] = set()
    for binding in bindings:
        bound.add(binding["account_id"])
        user_id = user_id_from_row(binding)
        mailed[user_id] = mailed.get(user_id, False) or is_mailed(kind, binding)
    wanting = [user_id for user_id, is_wanted in mailed.items() if is_wanted]
    return Reach(len(houses), accounts, len(mailed), _count_addresses(wanting), accounts - len(bound))


def _count_addresses(user_ids: Sequence[str]) -> int:
    return sum(
        1
        for group in batched(user_ids, _BATCH, strict=False)
        for profile in dynamo.batch_get([(Table.USERS, profile_key(user_id)) for user_id in group])
        if profile is not None and profile.get("email")
    )
