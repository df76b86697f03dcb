"""The client that fills the local stack: a busy answer is asked again, and not for ever."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from infra.cli.errors import CommandError
from infra.local.api_client import Person
from tests.support.loopback_server import serving


class Api:
    """Answers 503 so many times, then what it was sent."""

    def __init__(self, busy: int) -> None:
        self.busy = busy
        self.asked = 0
        self.app = Starlette(routes=[Route("/api/thing", self.answer, methods=["POST"])])

    async def answer(self, request: Request) -> JSONResponse:
        self.asked += 1
        if self.asked <= self.busy:
            return JSONResponse({"code": "unavailable"}, 503, {"Retry-After": "0"})
        return JSONResponse(await request.json())


@pytest.mark.parametrize("busy", [0, 1, 3])
def test_a_busy_answer_is_asked_again(busy: int) -> None:
    api = Api(busy)
    with serving(api.app) as origin, Person(origin, "a@example.com", "") as person:
        assert person.call("POST", "/api/thing", {"said": 1}) == {"said": 1}
    assert api.asked == busy + 1


def test_an_api_that_stays_busy_is_given_up() -> None:
    api = Api(100)
    with (
        serving(api.app) as origin,
        Person(origin, "a@example.com", "") as person,
        pytest.raises(CommandError, match="POST /api/thing was answered 503"),
    ):
        person.call("POST", "/api/thing", {})
    assert api.asked == 4
