"""The client by which tests call an app: it serves a request in the test's own thread, as a Lambda does.

For each request Starlette's TestClient starts a thread with an event loop, and the endpoint runs in a thread
of its own beside it: four fifths of a short request. Requests from a test's own threads, which race, and
those that an app makes while it serves another, go by TestClient.
"""

import asyncio
import atexit
import functools
import threading
from typing import Any

import httpx
from starlette.testclient import TestClient

from cabinet.web.inline_routes import single_request_mode

_CALLER = ("testclient", 50000)
_PORTS = {"http": 80, "https": 443}


class AppClient(httpx.Client):
    """Calls an ASGI app, and raises what the app raises unless told to answer by 500."""

    def __init__(
        self,
        app: Any,
        base_url: str = "http://testserver",
        *,
        raise_server_exceptions: bool = True,
        headers: dict[str, str] | None = None,
        cookies: dict[str, str] | None = None,
        follow_redirects: bool = True,
    ) -> None:
        self.app = app
        sent = httpx.Headers(headers)
        sent.setdefault("User-Agent", "testclient")
        super().__init__(
            transport=_InPlace(app, raises=raise_server_exceptions),
            base_url=base_url,
            headers=sent,
            cookies=cookies,
            follow_redirects=follow_redirects,
        )


class _InPlace(httpx.BaseTransport):
    def __init__(self, app: Any, *, raises: bool) -> None:
        self._app = app
        self._raises = raises

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Serve a request to its end."""
        if not _may_run_here():
            return self._threaded(request)
        exchange = _Exchange(request)
        try:
            _loop().run_until_complete(exchange.run(self._app, _scope(request)))
        except KeyboardInterrupt:
            raise
        except BaseException:
            if self._raises:
                raise
        if not exchange.status:
            assert not self._raises, "the app has sent no answer"
            return httpx.Response(500, request=request)
        body = b"" if request.method == "HEAD" else b"".join(exchange.parts)
        return httpx.Response(
            exchange.status, headers=exchange.headers, stream=httpx.ByteStream(body), request=request
        )

    def _threaded(self, request: httpx.Request) -> httpx.Response:
        client = TestClient(self._app, raise_server_exceptions=self._raises, follow_redirects=False)
        url, sent = str(request.url), {"content": request.read(), "headers": request.headers.multi_items()}
        with client.stream(request.method, url, **sent) as answer:
            body = httpx.ByteStream(b"".join(answer.iter_raw()))
        return httpx.Response(
            answer.status_code, headers=answer.headers.multi_items(), stream=body, request=request
        )


def _scope(request: httpx.Request) -> dict[str, Any]:
    url = request.url
    return {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "path": url.path,
        "raw_path": url.raw_path.split(b"?", 1)[0],
        "root_path": "",
        "scheme": url.scheme,
        "query_string": url.query,
        "headers": [(name.lower().encode(), value.encode()) for name, value in request.headers.multi_items()],
        "client": _CALLER,
        "server": [url.host, url.port or _PORTS[url.scheme]],
        "extensions": {},
        "state": {},
    }


class _Exchange:
    """One request's body, and what the app sends."""

    def __init__(self, request: httpx.Request) -> None:
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
