"""One address that asks too often is refused; others, and the machine's own, are not."""

from collections.abc import Iterator

import pytest

from cabinet.core.errors import TooManyRequests
from cabinet.core.settings import http_settings
from cabinet.web import rate_limit
from cabinet.web.app import create_app, create_router
from cabinet.web.rate_limit import ClientIpRateLimit
from tests.support.app_client import AppClient


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def ask(limit: ClientIpRateLimit, address: str, times: int, most: int) -> int:
    """Return how many of so many requests were refused."""
    refused = 0
    for _ in range(times):
        try:
            limit.check(address, most)
        except TooManyRequests:
            refused += 1
    return refused


def test_one_address_is_refused_beyond_the_limit_while_another_goes_on() -> None:
    limit = ClientIpRateLimit(Clock())
    assert ask(limit, "198.51.100.7", 5, most=3) == 2
    assert ask(limit, "198.51.100.8", 3, most=3) == 0


def test_a_refused_address_is_told_when_the_window_ends_and_served_then() -> None:
    clock = Clock()
    limit = ClientIpRateLimit(clock)
    limit.check("198.51.100.7", 1)
    clock.seconds += 20.5
    with pytest.raises(TooManyRequests) as refused:
        limit.check("198.51.100.7", 1)
    assert refused.value.headers == {"Retry-After": "40"}
    clock.seconds += 39.5
    assert ask(limit, "198.51.100.7", 1, most=1) == 0


def test_the_addresses_of_one_ipv6_network_are_one_visitor() -> None:
    limit = ClientIpRateLimit(Clock())
    assert [ask(limit, f"2001:db8:1:2::{number}", 1, most=1) for number in range(3)] == [0, 1, 1]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "unknown", "testclient"])
def test_who_is_no_visitor_is_not_counted(address: str) -> None:
    assert ask(ClientIpRateLimit(Clock()), address, 5, most=1) == 0


def test_a_limit_of_nothing_lets_everything_through() -> None:
    assert ask(ClientIpRateLimit(Clock()), "198.51.100.7", 5, most=0) == 0


def test_memory_is_bounded_and_nobody_is_refused_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MAX_SUBJECTS", 2)
    limit = ClientIpRateLimit(Clock())
    assert [ask(limit, f"198.51.100.{number}", 2, most=1) for number in range(4)] == [1, 1, 0, 0]


@pytest.fixture
def two_a_minute(aws: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ADDRESS_REQUESTS_PER_MINUTE", "2")
    http_settings.cache_clear()
    yield
    http_settings.cache_clear()


@pytest.mark.usefixtures("two_a_minute")
def test_a_function_refuses_an_address_and_serves_another() -> None:
    router = create_router()

    @router.get("/api/things")
    def things() -> dict[str, int]:
        return {"count": 0}

    @router.get("/api/hook")
    def hook() -> None:
        return None

    client = AppClient(create_app("things", router, externally_called_paths=["/api/hook"]))

    def asked(path: str, address: str) -> int:
        return client.get(path, headers={"X-Forwarded-For": address}).status_code

    assert [asked("/api/things", "198.51.100.7") for _ in range(4)] == [200, 200, 429, 429]
    assert asked("/api/things", "198.51.100.8") == 200
    assert [asked("/api/hook", "198.51.100.7") for _ in range(4)] == [
        200
    ] * 4  # a bank proves itself otherwise
