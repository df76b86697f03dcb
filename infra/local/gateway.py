"""What CloudFront and API Gateway do for `/api/*`: hand requests on, with the caller's address."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import nullcontext
from typing import TYPE_CHECKING

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match

from cabinet.core.errors import (
    DomainError,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    ServiceUnavailable,
    TooManyRequests,
    UriTooLong,
)
from cabinet.web.app import PROBLEM, GenericProblem, check_uri, problem_response
from serve.functions import API_PREFIX
from serve.manifest import ranked_routes

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from starlette.types import Receive, Scope, Send

    from infra.build.template import Template

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_NOT_FORWARDED = {
    b"host",
    b"connection",
    b"keep-alive",
    b"transfer-encoding",
    b"upgrade",
    b"te",
    b"accept-encoding",
}
_NOT_RETURNED = {
    b"connection",
    b"keep-alive",
    b"transfer-encoding",
    b"content-length",
    b"content-encoding",
    b"date",
}
_SECONDS = 30.0  # API Gateway's own limit
_WORKERS = 2
"""Calls of one function at a time: each has a process of its own, whose start keeps a processor busy."""


class Gateway(BaseRoute):
    """Forwards to one API of the local AWS."""

    def __init__(
        self,
        endpoint: str,
        api_id: str,
        template: Template,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._base = httpx.URL(endpoint)
        self._host = f"{api_id}.execute-api.127.0.0.1"
        limits = httpx.Limits(max_connections=64)
        self._client = httpx.AsyncClient(
            timeout=_SECONDS, limits=limits, trust_env=False, transport=transport
        )
        turns: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_WORKERS))
        self._turns = [(route.pattern, turns[route.folder]) for route in ranked_routes(template)]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Take every path under `/api/`: a pattern would let one with a line end in it pass by."""
        is_ours = scope["type"] == "http" and scope["path"].startswith(API_PREFIX)
        return (Match.FULL if is_ours else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        answer = await self.forward(Request(scope, receive))
        await answer(scope, receive, send)

    async def forward(self, request: Request) -> Response:
        """Forward ``request`` and give back the answer, all of its cookies included."""
        try:
            check_uri(request.scope)
        except UriTooLong as error:
            return problem_response(error)
        async with self._turn(request.scope["path"]):
            if request.method not in METHODS:
                return await self._refuse(request)
            return await self._hand_on(request, request.method)

    def _turn(self, path: str) -> AbstractAsyncContextManager[None]:
        """Return what a call of the function behind ``path`` waits for."""
        return next((turn for pattern, turn in self._turns if pattern.match(path)), nullcontext())

    async def _refuse(self, request: Request) -> Response:
        """Answer a method that no route has: the function behind the path says which ones it has.

        It is asked by HEAD, which none of them takes: the local AWS answers OPTIONS by itself.
        """
        answer = await self._hand_on(request, "HEAD")
        if answer.status_code == NotFound.status:
            return problem_response(NotFound())
        allowed = answer.headers.get("allow", ", ".join(METHODS)).split(", ")
        return problem_response(MethodNotAllowed(allowed))

    async def _hand_on(self, request: Request, method: str) -> Response:
        # Bytes as they came: a browser's name may be in Cyrillic, a forged cookie in anything.
        headers = [(name, value) for name, value in request.headers.raw if name not in _NOT_FORWARDED]
        headers.append((b"host", self._host.encode()))
        if "x-forwarded-for" not in request.headers:
            address = request.client.host if request.client else "127.0.0.1"
            headers.append((b"x-forwarded-for", address.encode()))
        # The path as the browser sent it: an account's id holds a percent-encoded colon.
        raw_path: bytes = request.scope["raw_path"]
        query: bytes = request.scope["query_string"]
        try:
            url = self._base.copy_with(raw_path=raw_path + (b"?" + query if query else b""))
            answer = await self._client.request(method, url, headers=headers, content=await request.body())
        except httpx.InvalidURL:
            return problem_response(GenericProblem(400))
        except httpx.TransportError:
            return problem_response(ServiceUnavailable(retry_after_seconds=1))
        answer_headers = [(name.lower(), value) for name, value in answer.headers.raw]
        if answer.status_code >= 400 and not dict(answer_headers).get(b"content-type", b"").startswith(
            PROBLEM.encode()
        ):
            # A head has no body, so its kind says nothing; all else is not our functions' word.
            return problem_response(_to_problem(answer.status_code))
        response = Response(answer.content, answer.status_code)
        response.raw_headers = [
            *((name, value) for name, value in answer_headers if name not in _NOT_RETURNED),
            (b"content-length", str(len(answer.content)).encode()),
        ]
        return response


def _to_problem(status: int) -> DomainError:
    match status:
        case 404:
            return NotFound()
        case 405:
            return MethodNotAllowed(METHODS)
        case 413:
            return PayloadTooLarge()
        case 429:
            return TooManyRequests(1)
        case 502 | 503 | 504:
            return ServiceUnavailable(retry_after_seconds=1)
        case _:
            return GenericProblem(status)
