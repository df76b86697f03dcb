"""A POST goes to the address that was judged, or nowhere: names that change, a private one among others."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import urllib3

from cabinet.outbound import connection
from cabinet.outbound.connection import TargetRefused, TargetUnreachable, post

URL = "https://push.example.net/a?b=c"


class Pools:
    """Stands for urllib3's pools: notes where they lead, and answers."""

    def __init__(
        self, status: int = 201, headers: dict[str, str] | None = None, error: Exception | None = None
    ):
        self.opened: list[dict[str, Any]] = []
        self.sent: list[tuple[str, str, bytes, dict[str, str]]] = []
        self._answer = urllib3.HTTPResponse(
            BytesIO(b"x" * 5000), headers or {}, status, preload_content=False
        )
        self._error = error

    def __call__(self, host: str, port: int, **options: Any) -> Any:
        self.opened.append({"host": host, "port": port} | options)
        return self

    def request(self, method: str, path: str, *, body: bytes, headers: dict[str, str], **options: Any) -> Any:
        assert options["redirect"] is False
        self.sent.append((method, path, body, headers))
        if self._error is not None:
            raise self._error
        return self._answer

    def close(self) -> None:
        self.opened[-1]["closed"] = True


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> Pools:
    made = Pools()
    monkeypatch.setattr(connection.urllib3, "HTTPSConnectionPool", made)
    return made


def test_the_connection_goes_to_the_judged_address_under_the_names_own_certificate(pools: Pools) -> None:
    asked = []

    def resolver(host: str) -> list[str]:
        asked.append(host)
        return ["8.8.8.8"] if len(asked) == 1 else ["127.0.0.1"]  # a name that is bound anew meanwhile

    answer = post(URL, b"body", {"TTL": "60"}, resolver)
    assert (answer.status, answer.retry_after, len(answer.text)) == (201, None, 1024)
    assert asked == ["push.example.net"]
    (pool,) = pools.opened
    assert (pool["host"], pool["server_hostname"], pool["assert_hostname"]) == (
        "8.8.8.8", "push.example.net", "push.example.net",
    )  # fmt: skip
    assert pool["closed"]
    assert pools.sent == [("POST", "/a?b=c", b"body", {"TTL": "60", "Host": "push.example.net"})]


@pytest.mark.parametrize("addresses", [[], ["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["8.8.8.8", "::1"]])
def test_a_name_with_any_address_inside_is_not_called(pools: Pools, addresses: list[str]) -> None:
    with pytest.raises(TargetRefused):
        post(URL, b"", {}, lambda _: addresses)
    assert pools.opened == []


def test_a_url_that_is_no_target_is_not_even_resolved(pools: Pools) -> None:
    with pytest.raises(TargetRefused):
        post("https://127.0.0.1/", b"", {}, lambda _: pytest.fail("resolved"))


def test_a_name_that_is_not_known_and_a_silent_server_are_unreachable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(_: str) -> list[str]:
        raise OSError

    with pytest.raises(TargetUnreachable):
        post(URL, b"", {}, unknown)
    silent = Pools(error=urllib3.exceptions.ProtocolError("lost"))
    monkeypatch.setattr(connection.urllib3, "HTTPSConnectionPool", silent)
    with pytest.raises(TargetUnreachable):
        post(URL, b"", {}, lambda _: ["8.8.8.8"])
    assert silent.opened[0]["closed"]


@pytest.mark.parametrize(("header", "seconds"), [("120", 120), ("Fri, 27 Nov 2026 12:00:00 GMT", None)])
def test_how_long_to_wait_is_read_where_it_is_a_number(
    monkeypatch: pytest.MonkeyPatch, header: str, seconds: int | None
) -> None:
    busy = Pools(429, {"Retry-After": header})
    monkeypatch.setattr(connection.urllib3, "HTTPSConnectionPool", busy)
    assert post(URL, b"", {}, lambda _: ["8.8.8.8"]).retry_after == seconds


LOCAL = "http://127.0.0.1:8000"


@pytest.fixture
def laptop(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    connection.local_origin.cache_clear()
    monkeypatch.setenv("OUTBOUND_LOCAL_ORIGIN", LOCAL)
    yield monkeypatch
    connection.local_origin.cache_clear()


def test_the_local_stack_calls_its_own_origin_and_nothing_beside_it(
    laptop: pytest.MonkeyPatch, pools: Pools
) -> None:
    laptop.setenv("LOCAL_STACK", "1")
    laptop.setattr(connection.urllib3, "connection_from_url", lambda url, **options: pools(url, 0, **options))
    assert post(f"{LOCAL}/local/push/service/a", b"body", {"TTL": "60"}).status == 201
    assert pools.sent == [("POST", "/local/push/service/a", b"body", {"TTL": "60"})]
    for url in ("http://127.0.0.1:8001/a", "http://10.0.0.1/a", f"{LOCAL}.example.net/a"):
        with pytest.raises(TargetRefused):
            post(url, b"", {}, lambda _: ["127.0.0.1"])


def test_elsewhere_the_setting_is_not_looked_at(laptop: pytest.MonkeyPatch, pools: Pools) -> None:
    with pytest.raises(TargetRefused):
        post(f"{LOCAL}/local/push/service/a", b"", {})
    assert pools.opened == []
