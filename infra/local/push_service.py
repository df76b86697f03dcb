"""A push service with browsers of its own: takes pushes as a real one does, decrypts them, and shows them.

A tester makes a browser here, subscribes with what it gives, and reads what came. The functions may call
this service by `OUTBOUND_LOCAL_ORIGIN`, which the local stack alone looks at.
"""

from __future__ import annotations

import json
import re
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cabinet.web_push.encryption import decrypt, from_base64url, point_of, to_base64url
from cabinet.web_push.vapid import claims_of, origin_of

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

_CURVE = ec.SECP256R1()
_NAME = re.compile(r"[A-Za-z0-9_-]{22}")
_SHOWN_HEADERS = ("ttl", "urgency", "topic")


class PushService:
    """Browsers and the pushes that came for them, as files of two folders."""

    def __init__(self, data: Path, origin: str) -> None:
        self._origin = origin
        self._browsers, self._pushes = data / "push-browsers", data / "pushes"
        for folder in (self._browsers, self._pushes):
            folder.mkdir(parents=True, exist_ok=True)

    def routes(self) -> list[Route]:
        """Return where browsers are made and go, where pushes are taken, and the tester's view."""
        return [
            Route("/local/push", self._list, methods=["GET"]),
            Route("/local/push/browsers", self._make_browser, methods=["POST"]),
            Route("/local/push/browsers/{name}", self._end_browser, methods=["DELETE"]),
            Route("/local/push/service/{name}", self._take, methods=["POST"]),
        ]

    async def _make_browser(self, _: Request) -> Response:
        private, auth, name = (
            ec.generate_private_key(_CURVE),
            secrets.token_bytes(16),
            secrets.token_urlsafe(16),
        )
        kept = {"private": f"{private.private_numbers().private_value:x}", "auth": to_base64url(auth)}
        self._file_of(name).write_text(json.dumps(kept), "utf-8")
        keys = {"p256dh": to_base64url(point_of(private.public_key())), "auth": kept["auth"]}
        endpoint = f"{self._origin}/local/push/service/{name}"
        return JSONResponse({"name": name, "endpoint": endpoint, "keys": keys}, 201)

    async def _end_browser(self, request: Request) -> Response:
        """End a browser: from now on its pushes are answered by 410, as when its owner forbids them."""
        name = request.path_params["name"]
        if _NAME.fullmatch(name) is None or not self._file_of(name).exists():
            return JSONResponse({"message": "no such browser"}, 404)
        self._file_of(name).unlink()
        return Response(status_code=204)

    async def _take(self, request: Request) -> Response:
        """Answer as RFC 8030 and 8292 have it; 400 and 401 for what a real service would not take either."""
        name = request.path_params["name"]
        if _NAME.fullmatch(name) is None or not self._file_of(name).exists():
            return JSONResponse({"message": "no such subscription"}, 410)
        try:
            claims = claims_of(request.headers.get("authorization", ""))
        except ValueError as error:
            return JSONResponse({"message": str(error)}, 401)
        if claims.get("aud") != origin_of(self._origin) or not _is_ahead(claims.get("exp")):
            return JSONResponse({"message": "signed for another service, or too long ago"}, 401)
        if "ttl" not in request.headers or request.headers.get("content-encoding") != "aes128gcm":
            return JSONResponse({"message": "TTL and aes128gcm are needed"}, 400)
        browser = json.loads(self._file_of(name).read_text("utf-8"))
        private = ec.derive_private_key(int(browser["private"], 16), _CURVE)
        try:
            said = json.loads(decrypt(await request.body(), private, from_base64url(browser["auth"])))
        except ValueError as error:
            return JSONResponse({"message": str(error)}, 400)
        moment = datetime.now(UTC)
        headers = {each: request.headers[each] for each in _SHOWN_HEADERS if each in request.headers}
        kept = {"browser": name, "at": moment.isoformat(), "message": said, "from": claims["sub"]} | headers
        path = self._pushes / f"{moment:%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}.json"
        path.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
        return Response(status_code=201)

    async def _list(self, request: Request) -> Response:
        wanted = request.query_params.get("browser", "")
        items: list[dict[str, Any]] = []
        for path in sorted(self._pushes.glob("*.json"), reverse=True):
            kept = json.loads(path.read_text("utf-8"))
            if not wanted or kept["browser"] == wanted:
                items.append(kept)
        return JSONResponse({"items": items})

    def _file_of(self, name: str) -> Path:
        return self._browsers / f"{name}.json"


def _is_ahead(expires: object) -> bool:
    return isinstance(expires, int) and expires > datetime.now(UTC).timestamp()
