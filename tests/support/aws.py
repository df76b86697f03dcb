"""The AWS that a test sees: its clients and tables, and what the product keeps of it between calls."""

import os
import re
import sys
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID

from cabinet.aws.clients import shared_session
from tests.support import kept_clients
from tests.support.memory_tables import MemoryTables

REGION = "eu-central-1"
_CACHED = re.compile(r"^@(?:lru_)?cache\b.*\n(?:@.*\n)*def (\w+)", re.MULTILINE)

LOCAL_ENVIRONMENT = {
    "SITE_ORIGIN": "http://127.0.0.1:8000",
    "CLIENT_ADDRESS_HEADER": "x-forwarded-for",
    # Many residents of a test come from one address; tests/unit/web/test_rate_limit.py has a limit.
    "ADDRESS_REQUESTS_PER_MINUTE": "0",
}


def clear_caches() -> None:
    """Forget clients, settings and secrets that the product's modules keep for a warm Lambda.

    Their session stays while it is of the same AWS, and so do the clients that it has made, for whoever asks
    for such a one: they cost as much as the rest of a short test.
    """
    kept = shared_session if _is_same_aws() else None
    if kept:
        kept_clients.give_back()
    else:
        kept_clients.forget()
    for _, cached in product_caches():
        if cached is not kept:
            cached.cache_clear()
    # boto3's own session keeps the credentials of whichever AWS it first spoke to.
    boto3.DEFAULT_SESSION = None


def product_caches() -> Iterator[tuple[str, Any]]:
    """Give each name in the product's modules that stands for a cached function, with the function."""
    for module, name in _cached_places(len(sys.modules)):
        found = vars(module).get(name)
        if hasattr(found, "cache_clear"):  # a test may have put something else in its place
            yield name, found


@lru_cache(maxsize=1)
def _cached_places(_number_of_modules: int) -> list[tuple[ModuleType, str]]:
    """Return the modules with the names; they are looked for again once another module was imported."""
    return [
        (module, cached)
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in PRODUCT_PACKAGES and module is not None
        for cached in _cached_names(module)
    ]


@cache
def _cached_names(module: ModuleType) -> list[str]:
    """Return the names of a module's cached functions by its source, whatever has replaced them now.

    To ask each of ten thousand values for `cache_clear` before and after each test took a quarter of most.
    """
    source = Path(module.__file__).read_text("utf-8") if module.__file__ else ""
    return _CACHED.findall(source)


def _is_same_aws() -> bool:
    """Tell whether the variables that name an AWS are as they were at the last call."""
    spoken_to = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    is_same = _last_spoken_to() == spoken_to
    _last_spoken_to().clear()
    _last_spoken_to().update(spoken_to)
    return is_same


@cache
def _last_spoken_to() -> dict[str, str]:
    return {}


PRODUCT_PACKAGES = {
    "cabinet", "auth", "subscriber_profile", "binding", "queries", "readings", "cart", "payment_callback",
    "receipts", "subscriber_requests", "notices", "staff",
    "imports", "exports", "mailer", "pusher", "reminders", "reconciliation", "serve",
}  # fmt: skip


@lru_cache(maxsize=64)
def _client(session: boto3.Session, service: str) -> Any:
    return session.client(service, region_name=REGION)  # type: ignore[call-overload]


@lru_cache(maxsize=64)
def _table(session: boto3.Session, name: str) -> Any:
    # boto3 makes a class for each resource: 40 ms, which a test of its own would pay each time.
    return session.resource("dynamodb", region_name=REGION).Table(name)


class Aws:
    """The environment that the functions see and clients to look at its state."""

    def __init__(
        self, environment: dict[str, str], session: boto3.Session, tables: MemoryTables | None = None
    ) -> None:
        self.environment = environment
        self._session = session
        self._tables = tables

    def client(self, service: str) -> Any:
        """A boto3 client of the same AWS that the code under test talks to."""
        return _client(self._session, service)

    def table(self, variable: str) -> Any:
        """Table resource by its variable: ``aws.table("USERS_TABLE").scan()``."""
        return _table(self._session, self.environment[variable])

    def rows(self, variable: str) -> list[dict[str, Any]]:
        """All items of a table by its variable; those in memory in the order of their keys."""
        if self._tables is None:
            found: list[dict[str, Any]] = self.table(variable).scan()["Items"]
            return found
        held = self._tables.items_of(self.environment[variable])
        return sorted(held, key=lambda row: (row["pk"], row["sk"]))

    def purge_queues(self) -> None:
        """Lose all messages, as they are when nobody takes them in time."""
        urls = [url for variable, url in self.environment.items() if variable.endswith("QUEUE_URL")]
        for url in urls:
            if self._tables is None:
                self.client("sqs").purge_queue(QueueUrl=url)
            else:
                get_backend("sqs")[DEFAULT_ACCOUNT_ID][REGION].purge_queue(url.rpartition("/")[2])

    @property
    def tables(self) -> MemoryTables:
        """The tables in memory; the local AWS has none, and is asked through its API."""
        assert self._tables is not None
        return self._tables
