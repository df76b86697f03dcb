"""TestClient's requests served in the test's own thread, as a Lambda serves one, rather than in two new ones.

For each request Starlette starts a thread with an event loop, and the endpoint runs in a thread of its own
beside it: four fifths of a short request. Requests from a test's own threads, which race, and those that an
app makes while it serves another, keep Starlette's way.
"""

import asyncio
import atexit
import functools
import threading
from typing import Any

import httpx2
from starlette.testclient import TestClient

from cabinet.web.inline_routes import single_request_mode


def watch() -> None:
    """Serve the requests of every TestClient from now on."""
    plain = TestClient.__init__

    @functools.wraps(plain)
    def begin(self: Any, *args: Any, **options: Any) -> None:
        plain(self, *args, **options)
        self._transport = _InPlace(self._transport)

    TestClient.__init__ = begin  # type: ignore[method-assign]


class _InPlace(httpx2.BaseTransport):
    def __init__(self, threaded: Any) -> None:
        self._threaded = threaded

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Serve a request to its end."""
        if not _may_run_here() or request.url.scheme not in {"http", "https"}:
            answer: httpx2.Response = self._threaded.handle_request(request)
            return answer
        exchange = _Exchange(request)
        try:
            _loop().run_until_complete(exchange.run(self._threaded.app, self._scope(request)))
        except BaseException:
            if self._threaded.raise_server_exceptions:
                raise
        if not exchange.status:
            assert not self._threaded.raise_server_exceptions, "the app has sent no answer"
            return httpx2.Response(500, request=request)
        body = b"" if request.method == "HEAD" else b"".join(exchange.parts)
        return httpx2.Response(
            exchange.status, headers=exchange.headers, stream=httpx2.ByteStream(body), request=request
        )

    def _scope(self, request: httpx2.Request) -> dict[str, Any]:
        url = request.url
        headers = [(name.lower().encode(), value.encode()) for name, value in request.headers.multi_items()]
        return {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "path": url.path,
            "raw_path": url.raw_path.split(b"?", 1)[0],
            "root_path": self._threaded.root_path,
            "scheme": url.scheme,
            "query_string": url.query,
            "headers": headers,
            "client": self._threaded.client,
            "server": [url.host, url.port or {"http": 80, "https": 443}[url.scheme]],
            "extensions": {},
            "state": self._threaded.app_state.copy(),
        }


class _Exchange:
    """One request's body, and what the app sends."""

    def __init__(self, request: httpx2.Request) -> None:
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.parts: list[bytes] = []
        self._body = request.read()
        self._is_read = False
        self._answered = asyncio.Event()

    async def run(self, app: Any, scope: dict[str, Any]) -> None:
        single_request_mode.set(True)
        await app(scope, self._receive, self._send)

    async def _receive(self) -> dict[str, Any]:
        if self._is_read:
            await self._answered.wait()  # the caller stays until then
            return {"type": "http.disconnect"}
        self._is_read = True
        return {"type": "http.request", "body": self._body}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            assert not self.status, "an answer was begun twice"
            self.status = message["status"]
            self.headers = [(name.decode(), value.decode()) for name, value in message.get("headers", [])]
            return
        assert message["type"] == "http.response.body", message["type"]
        assert self.status, "a body before its answer"
        assert not self._answered.is_set(), "a body after the answer's end"
        self.parts.append(bytes(message.get("body", b"")))
        if not message.get("more_body", False):
            self._answered.set()


def _may_run_here() -> bool:
    if threading.current_thread() is not threading.main_thread():
        return False
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return True
    return False


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    made = asyncio.new_event_loop()
    atexit.register(made.close)
    return made
