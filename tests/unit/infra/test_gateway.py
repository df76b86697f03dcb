"""The local front of the API: whatever is sent, the answer has the contract's shape and none is a 500."""

import asyncio
import json
from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from infra.build.template import Template
from infra.local.gateway import Gateway
from tests.support.app_client import AppClient

PROBLEM = "application/problem+json"
FIELDS = {"type", "title", "status", "detail", "code", "errors", "instance"}


def front(answer: Callable[[httpx.Request], httpx.Response]) -> AppClient:
    gateway = Gateway("http://aws.test", "api1", Template.load(), httpx.MockTransport(answer))
    return AppClient(Starlette(routes=[gateway]), raise_server_exceptions=False)


def echo(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=dict(request.headers.raw).get(b"user-agent", b""))


def test_a_header_in_cyrillic_reaches_the_function_as_it_came() -> None:
    name = "Браузер".encode()
    answer = front(echo).get("/api/profile", headers={b"User-Agent": name})
    assert (answer.status_code, answer.content) == (200, name)


@pytest.mark.parametrize("status", [403, 404, 413, 429, 500, 503])
def test_what_api_gateway_answers_by_itself_is_a_problem_too(status: int) -> None:
    answer = front(lambda _: httpx.Response(status, json={"message": "its own"})).get("/api/nothing")
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json().keys() == FIELDS
    assert ("retry-after" in answer.headers) == (status in (429, 503))


def test_a_functions_own_problem_is_given_back_untouched() -> None:
    own = httpx.Response(409, content=b'{"code":"cart_empty"}', headers={"Content-Type": PROBLEM})
    answer = front(lambda _: own).post("/api/cart/checkout")
    assert (answer.status_code, answer.json()) == (409, {"code": "cart_empty"})


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PROPFIND", "FOO"])
def test_a_method_that_no_route_has_is_a_problem(method: str) -> None:
    def of_the_function(request: httpx.Request) -> httpx.Response:
        assert request.method == "HEAD"
        headers = {"Content-Type": PROBLEM, "Allow": "GET, PATCH"}
        return httpx.Response(405, headers=headers)

    answer = front(of_the_function).request(method, "/api/profile")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, PATCH"
    nowhere = httpx.Response(404, headers={"Content-Type": PROBLEM})
    assert front(lambda _: nowhere).request(method, "/api/nothing").json()["code"] == "not_found"
    without_a_function = front(echo).request(method, "/api/profile")
    assert (without_a_function.status_code, without_a_function.headers["allow"]) == (
        405, "DELETE, GET, HEAD, PATCH, POST, PUT",
    )  # fmt: skip


def test_a_path_with_a_line_end_in_it_is_the_apis_as_well() -> None:
    assert (
        front(lambda request: httpx.Response(200, text=str(request.url)))
        .get("/api/orders/%0a")
        .text.endswith("/api/orders/%0a")
    )


def test_a_local_aws_that_does_not_answer_is_unavailable() -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down")

    answer = front(broken).get("/api/profile")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["code"] == "unavailable"


@pytest.mark.parametrize(
    ("path", "query"), [("orders", "x" * 66_000), ("x" * 66_000, ""), ("orders", "x" * 9_000)]
)
def test_an_address_that_is_too_long_is_refused_in_our_words(path: str, query: str) -> None:
    scope = {
        "type": "http", "method": "GET", "path": f"/api/{path}", "raw_path": f"/api/{path}".encode(),
        "query_string": query.encode(), "headers": [], "client": None,
    }  # fmt: skip
    gateway = Gateway("http://aws.test", "api1", Template.load(), httpx.MockTransport(echo))
    answer = asyncio.run(gateway.forward(Request(scope)), loop_factory=asyncio.new_event_loop)
    assert (answer.status_code, answer.media_type) == (414, PROBLEM)
    assert json.loads(answer.body)["code"] == "uri_too_long"


def test_calls_wait_only_for_workers_of_their_own_function() -> None:
    running: list[str] = []
    most: dict[str, int] = {}
    all_wait = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        running.append(path)
        most[path] = max(most.get(path, 0), running.count(path))
        if path == "/api/notices":
            all_wait.set()
        await all_wait.wait()
        running.remove(path)
        return httpx.Response(200)

    async def all_at_once() -> list[int]:
        gateway = Gateway("http://aws.test", "api1", Template.load(), httpx.MockTransport(answer))
        asgi = httpx.ASGITransport(Starlette(routes=[gateway]))
        async with httpx.AsyncClient(transport=asgi, base_url="http://front.test") as client:
            paths = ["/api/cart"] * 20 + ["/api/notices"]
            answers = await asyncio.gather(*(client.get(path) for path in paths))
        return [each.status_code for each in answers]

    assert asyncio.run(all_at_once(), loop_factory=asyncio.new_event_loop) == [200] * 21
    assert most == {"/api/cart": 2, "/api/notices": 1}
