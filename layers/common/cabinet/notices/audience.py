"""Whom a notice reaches, counted for the staff before it is published: accounts, subscribers, emails.

The bindings of a large supplier are read only as long as a person waits (docs/adr/0078).
"""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import batched

from cabinet.accounts.addresses import House
from cabinet.accounts.keys import GSI_BY_ACCOUNT, GSI_BY_SHARD, user_id_from_row
from cabinet.accounts.store import SHARDS, accounts_of_supplier, bindings_of_supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Table
from cabinet.core.remaining_time import HasTime
from cabinet.identity.keys import profile_key
from cabinet.notices.fanout import is_mailed
from cabinet.notices.model import Board, NoticeKind, account_board, house_board

_MAX_ACCOUNT_QUERIES = 1000
"""Accounts up to which each one's subscribers are looked up; beyond, all the supplier's bindings are read."""
_AT_ONCE = 8
_PAGE = 1000
_MAX_ADDRESS_LOOKUPS = 5000
_BATCH = 99
COUNT_SECONDS = 8.0
"""After this time no further page of bindings is read: API Gateway ends a request after 29 s."""

type MonotonicClock = Callable[[], float]
"""Seconds since some moment."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How many houses, accounts and subscribers a notice is for, and how many of them get an email."""

    houses: int
    accounts: int | None
    """None where counting them would mean reading all of a supplier's."""
    subscribers: int
    by_mail: int | None
    """None where they are too many to look at each one's address while a person waits."""
    unbound: int | None = 0
    """Accounts that nobody has bound: their residents are not reached. None as for `accounts`."""
    is_fully_counted: bool = True
    """False if time ran out before all bindings were read: `subscribers` is then a lower bound."""


@dataclass(slots=True)
class _Audience:
    """Users of some bindings, with whether an e-mail is wanted; and the accounts, where asked for."""

    people: dict[str, bool] = field(default_factory=dict)
    account_ids: set[str] = field(default_factory=set)
    is_fully_counted: bool = True

    def add(self, binding: Item, kind: NoticeKind) -> None:
        user_id = user_id_from_row(binding)
        self.people[user_id] = self.people.get(user_id, False) or is_mailed(kind, binding)

    def join(self, other: "_Audience") -> None:
        for user_id, is_wanted in other.people.items():
            self.people[user_id] = self.people.get(user_id, False) or is_wanted
        self.account_ids |= other.account_ids
        self.is_fully_counted = self.is_fully_counted and other.is_fully_counted

    def by_mail(self) -> int | None:
        wanting = [user_id for user_id, is_wanted in self.people.items() if is_wanted]
        return _count_addresses(wanting) if len(wanting) <= _MAX_ADDRESS_LOOKUPS else None


def houses_with_accounts(supplier_id: str) -> list[House]:
    """Return the houses in which the supplier has accounts that are not closed, by spelling."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for row in accounts_of_supplier(supplier_id):
        if row.get("closed_on"):
            continue
        address = row["address"]
        spelled = tuple(str(address.get(part, "")) for part in ("city", "street", "house"))
        found.setdefault((row["house_key"], *spelled), []).append(row["account_id"])
    return [
        House(key, city, street, house, tuple(account_ids))
        for (key, city, street, house), account_ids in sorted(found.items())
    ]


def boards_for_houses(chosen: Collection[House], houses: Iterable[House]) -> list[Board]:
    """Return the boards that exactly the accounts of the chosen houses read, in the order of the houses.

    Two towns may each have a «ул. Мира, 1», which share a board: there each account's own board is taken.
    """
    shared = {house.key for house in houses if house not in chosen}
    boards = {
        board.name: board
        for house in chosen
        for board in (
            [account_board(account_id) for account_id in house.account_ids]
            if house.key in shared
            else [house_board(house.key)]
        )
    }
    return list(boards.values())


def count_supplier_reach(supplier_id: str, kind: NoticeKind) -> Reach:
    """Count whom a notice to all of a supplier reaches, however long it takes; for commands."""
    houses = houses_with_accounts(supplier_id)
    accounts = sum(len(house.account_ids) for house in houses)
    return _count_reach({house.key for house in houses}, accounts, bindings_of_supplier(supplier_id), kind)


def count_supplier_reach_in_time(
    supplier_id: str, houses: int, kind: NoticeKind, stopwatch: MonotonicClock = time.monotonic
) -> Reach:
    """Count whom a notice to all of a supplier reaches, within the seconds that a person waits.

    Only the bindings are read, by the index and several shards at once; `houses` is known. A page of
    each shard is seen in any case: nobody at all means that there is nobody.
    """
    found = _audience_of_supplier(supplier_id, None, kind, stopwatch)
    return Reach(houses, None, len(found.people), found.by_mail(), None, found.is_fully_counted)


def _audience_of_supplier(
    supplier_id: str, account_ids: Collection[str] | None, kind: NoticeKind, stopwatch: MonotonicClock
) -> _Audience:
    """Go through a supplier's bindings; with `account_ids` those of other accounts are passed over."""
    until = stopwatch() + COUNT_SECONDS

    def of_shard(shard: int) -> _Audience:
        return _audience_of_shard(supplier_id, shard, account_ids, kind, lambda: stopwatch() < until)

    whole = _Audience()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for part in pool.map(of_shard, range(SHARDS)):
            whole.join(part)
    return whole


def _audience_of_shard(
    supplier_id: str, shard: int, account_ids: Collection[str] | None, kind: NoticeKind,
    has_time: HasTime,
) -> _Audience:  # fmt: skip
    found, after = _Audience(), None
    while True:
        page = dynamo.query(
            Table.USERS, f"BINDINGS#{supplier_id}#{shard}", index=GSI_BY_SHARD, limit=_PAGE, after=after,
            attributes=("mailings", "account_id"),
        )  # fmt: skip
        for row in page.items:
            if account_ids is None:
                found.add(row, kind)
            elif row["account_id"] in account_ids:
                found.add(row, kind)
                found.account_ids.add(row["account_id"])
        after = page.next_key
        if after is None:
            return found
        if not has_time():
            found.is_fully_counted = False
            return found


def count_houses_reach(supplier_id: str, chosen: Collection[House], kind: NoticeKind) -> Reach:
    """Count whom a notice to some houses reaches."""
    account_ids = {account_id for house in chosen for account_id in house.account_ids}
    return count_accounts_reach(supplier_id, account_ids, {house.key for house in chosen}, kind)


def count_accounts_reach(
    supplier_id: str, account_ids: Collection[str], houses: Collection[str], kind: NoticeKind,
    stopwatch: MonotonicClock = time.monotonic,
) -> Reach:  # fmt: skip
    """Count whom a notice to some accounts of a supplier reaches; `houses` are those where they are."""
    if len(account_ids) <= _MAX_ACCOUNT_QUERIES:
        return _count_reach(houses, len(account_ids), bindings_of_accounts(sorted(account_ids)), kind)
    found = _audience_of_supplier(supplier_id, account_ids, kind, stopwatch)
    unbound = len(account_ids) - len(found.account_ids) if found.is_fully_counted else None
    subscribers = len(found.people)
    return Reach(len(houses), len(account_ids), subscribers, found.by_mail(), unbound, found.is_fully_counted)


def count_account_reach(account_id: str, kind: NoticeKind) -> Reach:
    """Count whom a notice to one account reaches."""
    return _count_reach({account_id}, 1, _bound(account_id), kind)


def bindings_of_accounts(account_ids: Sequence[str]) -> list[Item]:
    """Return the bindings of some accounts, in their order; a query each, several at once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [row for rows in pool.map(_bound, account_ids) for row in rows]


def _bound(account_id: str) -> list[Item]:
    return list(dynamo.query_all(Table.USERS, account_id, index=GSI_BY_ACCOUNT))


def _count_reach(houses: Collection[str], accounts: int, bindings: Iterable[Item], kind: NoticeKind) -> Reach:
    found = _Audience()
    for binding in bindings:
        found.add(binding, kind)
        found.account_ids.add(binding["account_id"])
    unbound = accounts - len(found.account_ids)
    return Reach(len(houses), accounts, len(found.people), found.by_mail(), unbound)


def _count_addresses(user_ids: Sequence[str]) -> int:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return sum(pool.map(_count_addresses_of, batched(user_ids, _BATCH, strict=False)))


def _count_addresses_of(user_ids: Sequence[str]) -> int:
    keys = [(Table.USERS, profile_key(user_id)) for user_id in user_ids]
    return sum(
        1 for profile in dynamo.batch_get(keys, attributes=("email",)) if profile and profile.get("email")
    )
