"""A POST goes to the address that was checked, or nowhere: names that change, a private one among others."""

from collections.abc import Iterator, Mapping
from email.message import Message
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cabinet.outbound import bounded_call, local_origin
from cabinet.outbound.bounded_call import CallFailed, Deadline
from cabinet.outbound.connection import CALL_SECONDS, Answer, TargetRejected, TargetUnreachable, post
from tests.support.loopback_server import serving

URL = "https://push.example.net/a?b=c"
LOCAL = "http://127.0.0.1:8000"


class Internet:
    """Replaces `bounded_call.post`: keeps what is called, and answers."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.headers: dict[str, str] = {}
        self.status: int | None = 201
        self.seconds_left = 0.0

    def __call__(
        self, address: tuple[str, int], tls_name: str | None, path: str, body: bytes,
        headers: Mapping[str, str], deadline: Deadline,
    ) -> Any:  # fmt: skip
        self.calls.append((address, tls_name, path, body, dict(headers)))
        self.seconds_left = deadline.seconds_left()
        if self.status is None:
            raise CallFailed
        answer = Message()
        for name, value in self.headers.items():
            answer[name] = value
        return self.status, answer


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    made = Internet()
    monkeypatch.setattr(bounded_call, "post", made)
    return made


def public(_: str) -> list[str]:
    return ["8.8.8.8"]


def test_the_checked_address_is_called_with_the_names_certificate(
    internet: Internet,
) -> None:
    asked = []

    def resolver(host: str) -> list[str]:
        asked.append(host)
        return ["8.8.8.8"] if len(asked) == 1 else ["127.0.0.1"]  # a name that is bound anew meanwhile

    assert post(URL, b"body", {"TTL": "60"}, resolver) == Answer(201)
    assert asked == ["push.example.net"]
    headers = {"Host": "push.example.net", "User-Agent": "cabinet/1", "TTL": "60"}
    assert internet.calls == [(("8.8.8.8", 443), "push.example.net", "/a?b=c", b"body", headers)]
    assert internet.seconds_left <= CALL_SECONDS


def test_what_the_name_takes_is_of_the_same_deadline(internet: Internet) -> None:
    moment = [0.0]

    def slow(_: str) -> list[str]:
        moment[0] += 4
        return ["8.8.8.8"]

    post(URL, b"", {}, slow, Deadline(5, lambda: moment[0]))
    assert internet.seconds_left == 1


@pytest.mark.parametrize("addresses", [[], ["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["8.8.8.8", "::1"]])
def test_a_name_with_any_address_inside_is_not_called(internet: Internet, addresses: list[str]) -> None:
    with pytest.raises(TargetRejected):
        post(URL, b"", {}, lambda _: addresses)
    assert internet.calls == []


def test_a_url_that_is_no_target_is_not_even_resolved(internet: Internet) -> None:
    with pytest.raises(TargetRejected):
        post("https://127.0.0.1/", b"", {}, lambda _: pytest.fail("resolved"))


def test_a_name_that_is_not_known_and_a_silent_server_are_unreachable(internet: Internet) -> None:
    def unknown(_: str) -> list[str]:
        raise OSError

    with pytest.raises(TargetUnreachable):
        post(URL, b"", {}, unknown)
    assert internet.calls == []
    internet.status = None
    with pytest.raises(TargetUnreachable):
        post(URL, b"", {}, public)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("Fri, 27 Nov 2026 12:00:00 GMT", None), ("9" * 5000, None), ("٣", None), ("-1", None)],
)
def test_how_long_to_wait_is_read_where_it_is_a_number(
    internet: Internet, header: str, seconds: int | None
) -> None:
    internet.status, internet.headers = 429, {"Retry-After": header}
    assert post(URL, b"", {}, public) == Answer(429, seconds)


@pytest.fixture
def laptop(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    local_origin.local_origin.cache_clear()
    monkeypatch.setenv("OUTBOUND_LOCAL_ORIGIN", LOCAL)
    monkeypatch.setenv("LOCAL_STACK", "1")
    yield monkeypatch
    local_origin.local_origin.cache_clear()


@pytest.mark.parametrize("path", ["/local/push/service/a", "/local/webhooks"])
def test_the_local_stack_calls_its_own_origin(
    laptop: pytest.MonkeyPatch, internet: Internet, path: str
) -> None:
    assert post(f"{LOCAL}{path}", b"body", {"TTL": "60"}) == Answer(201)
    headers = {"Host": "127.0.0.1:8000", "User-Agent": "cabinet/1", "TTL": "60"}
    assert internet.calls == [(("127.0.0.1", 8000), None, path, b"body", headers)]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8001/a", "http://10.0.0.1/a", f"{LOCAL}.example.net/a",
        "http://localhost:8000/local/webhooks", f"{LOCAL}/local/../inside", f"{LOCAL}/local/webhooks?x=1",
        f"{LOCAL}/local/%2e%2e/inside",
    ],
)  # fmt: skip
def test_the_local_stack_calls_nothing_else_inside(
    laptop: pytest.MonkeyPatch, internet: Internet, url: str
) -> None:
    with pytest.raises(TargetRejected):
        post(url, b"", {}, lambda _: ["127.0.0.1"])
    assert internet.calls == []


def test_elsewhere_the_setting_is_not_looked_at(laptop: pytest.MonkeyPatch, internet: Internet) -> None:
    laptop.delenv("LOCAL_STACK")
    with pytest.raises(TargetRejected):
        post(f"{LOCAL}/local/push/service/a", b"", {})
    assert internet.calls == []


def test_a_real_receiver_takes_what_was_sent_and_leads_nowhere(laptop: pytest.MonkeyPatch) -> None:
    got: list[bytes] = []

    async def take(request: Request) -> Response:
        got.append(await request.body())
        return Response("x" * 5000, 202, {"Retry-After": "7"})

    async def lead_on(_: Request) -> Response:
        return RedirectResponse("/local/webhooks", 307)

    routes = [
        Route("/local/webhooks", take, methods=["POST"]), Route("/local/leads-on", lead_on, methods=["POST"])
    ]  # fmt: skip
    with serving(Starlette(routes=routes)) as origin:
        laptop.setenv("OUTBOUND_LOCAL_ORIGIN", origin)
        local_origin.local_origin.cache_clear()
        assert post(f"{origin}/local/webhooks", b"{}", {"Content-Type": "text/plain"}) == Answer(202, 7)
        assert post(f"{origin}/local/leads-on", b"{}", {}).status == 307
        assert got == [b"{}"]
    with pytest.raises(TargetUnreachable):
        post(f"{origin}/local/webhooks", b"{}", {})
