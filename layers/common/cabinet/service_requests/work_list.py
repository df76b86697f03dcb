"""The staff's list of requests over suppliers, page by page."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cabinet.accounts.keys import GSI_BY_SHARD
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Table
from cabinet.service_requests.model import SubscriberRequest
from cabinet.service_requests.store import SHARDS

PAGE_SIZE = 25
_MAX_EXAMINED = 500
"""Rows that one page reads at most to find what is asked for; a rarer find comes with the next page."""


@dataclass(frozen=True, slots=True)
class WorkPage:
    """A page, and after which sort key the next one begins (None: there is no more)."""

    items: list[SubscriberRequest]
    next_after: str | None


def list_open(
    suppliers: Sequence[str], matches: Callable[[SubscriberRequest], bool], after: str | None
) -> WorkPage:
    """Return open requests: emergencies first, and whose term ends first."""
    streams = [
        _stream(f"REQUESTS#{supplier}#{shard}", after, newest_first=False)
        for supplier in suppliers
        for shard in range(SHARDS)
    ]
    return _page(heapq.merge(*streams, key=_sort_key), matches)


def list_closed(
    suppliers: Sequence[str], matches: Callable[[SubscriberRequest], bool], after: str | None
) -> WorkPage:
    """Return what has been done or rejected, the newest first."""
    streams = [
        _stream(f"CLOSEDREQUESTS#{supplier}#{shard}", after, newest_first=True)
        for supplier in suppliers
        for shard in range(SHARDS)
    ]
    return _page(heapq.merge(*streams, key=_sort_key, reverse=True), matches)


def _sort_key(row: Item) -> str:
    return str(row["shard_sk"])


def _stream(partition: str, after: str | None, *, newest_first: bool) -> Iterator[Item]:
    """Yield a partition's rows beyond `after`, read as they are needed."""
    between = None if after is None else (("0", after) if newest_first else (after, "~"))
    found = dynamo.query_all(
        Table.ACCOUNTS, partition, index=GSI_BY_SHARD, between=between, limit=PAGE_SIZE + 1,
        newest_first=newest_first,
    )  # fmt: skip
    return (row for row in found if row["shard_sk"] != after)


def _page(rows: Iterator[Item], matches: Callable[[SubscriberRequest], bool]) -> WorkPage:
    items: list[SubscriberRequest] = []
    last: str | None = None
    for number, row in enumerate(rows):
        if len(items) == PAGE_SIZE or number == _MAX_EXAMINED:
            return WorkPage(items, last)
        last = row["shard_sk"]
        request = SubscriberRequest.model_validate(row)
        if matches(request):
            items.append(request)
    return WorkPage(items, None)
