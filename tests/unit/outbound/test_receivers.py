"""The way out: inside only on a laptop, and there only to the local stack's own receivers."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cabinet.outbound import receivers
from cabinet.outbound.connection import TargetRefused, TargetUnreachable
from tests.support.loopback_server import serving

GOT: list[bytes] = []


async def take(request: Request) -> Response:
    GOT.append(await request.body())
    return Response("x" * 5000, 202)


async def lead_on(_: Request) -> Response:
    return RedirectResponse("/local/webhooks", 307)


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    routes = [
        Route("/local/webhooks", take, methods=["POST"]), Route("/inside", take, methods=["POST"]),
        Route("/local/leads-on", lead_on, methods=["POST"]),
    ]  # fmt: skip
    with serving(Starlette(routes=routes)) as found:
        yield found


@pytest.fixture(autouse=True)
def laptop(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    GOT.clear()
    monkeypatch.setenv("LOCAL_STACK", "1")
    receivers.receiver_settings.cache_clear()
    yield
    receivers.receiver_settings.cache_clear()


def test_a_laptop_calls_its_own_receiver(origin: str) -> None:
    answer = receivers.post(f"{origin}/local/webhooks", b"{}", {"Content-Type": "application/json"})
    assert (answer.status, len(answer.text), GOT) == (202, 1024, [b"{}"])


def test_a_laptop_follows_no_redirect_either(origin: str) -> None:
    assert receivers.post(f"{origin}/local/leads-on", b"{}", {}).status == 307
    assert GOT == []


def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(TargetUnreachable):
        receivers.post("http://127.0.0.1:1/local/webhooks", b"{}", {})


@pytest.mark.parametrize(
    "path", ["/inside", "/local/../inside", "/local/webhooks?x=1", "/local/%2e%2e/inside"]
)
def test_a_laptop_calls_nothing_else_inside(origin: str, path: str) -> None:
    with pytest.raises(TargetRefused):
        receivers.post(f"{origin}{path}", b"{}", {})
    assert GOT == []


def test_an_installation_calls_nothing_inside(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCAL_STACK")
    receivers.receiver_settings.cache_clear()
    with pytest.raises(TargetRefused):
        receivers.post(f"{origin}/local/webhooks", b"{}", {})
    assert GOT == []
