"""The receiver of webhooks: a billing system of the local stack, which verifies and keeps what comes."""

from __future__ import annotations

import contextlib
import hmac
import json
from collections import deque
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cabinet.core import clock
from cabinet.webhooks.signing_keys import SigningKeys
from cabinet.webhooks.signing_rules import headers, parse_key
from infra.local.deployment import client
from infra.sample.suppliers import CENTER

if TYPE_CHECKING:
    from starlette.requests import Request

SIGNING_KEY = "whsec_bG9jYWwtd2ViaG9vay1zaWduaW5nLWtleS0wMDAx"
"""Used only by the local stack."""
_MAX_ITEMS = 1000
_TOLERANCE_SECONDS = 300


def put_secret(endpoint: str, stack: str) -> None:
    """Give the functions of a local stack the key that the receiver verifies by."""
    manager = client(endpoint, "secretsmanager")
    with contextlib.suppress(manager.exceptions.ResourceExistsException):
        manager.create_secret(Name=f"{stack}/webhook/{CENTER}", SecretString=SigningKeys(SIGNING_KEY).dump())


class WebhookReceiver:
    """Received events, newest first; `answer` is the status of the next answers."""

    def __init__(self) -> None:
        self._items: deque[dict[str, Any]] = deque(maxlen=_MAX_ITEMS)
        self._answer = 204

    def routes(self) -> list[Route]:
        """Return the receiver's own address, and the tester's."""
        return [
            Route("/local/webhooks", self._take, methods=["POST"]),
            Route("/local/webhooks", self._list, methods=["GET"]),
            Route("/local/webhooks/answer", self._set_answer, methods=["PUT"]),
        ]

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        event_id = request.headers.get("webhook-id", "")
        moment, signature = (
            request.headers.get(f"webhook-{name}", "") for name in ("timestamp", "signature")
        )
        is_genuine = _is_genuine(event_id, moment, signature, body)
        status = self._answer if is_genuine else 401
        item = {
            "at": clock.timestamp(clock.now()),
            "id": event_id,
            "is_genuine": is_genuine,
            "status": status,
            "payload": json.loads(body) if is_genuine else None,
        }
        self._items.appendleft(item)
        return Response(status_code=status)

    async def _list(self, _: Request) -> Response:
        return JSONResponse({"items": list(self._items)})

    async def _set_answer(self, request: Request) -> Response:
        self._answer = int(json.loads(await request.body())["status"])
        return Response(status_code=204)


def _is_genuine(event_id: str, timestamp: str, signature: str, body: bytes) -> bool:
    if not timestamp.isdecimal() or abs(clock.epoch(clock.now()) - int(timestamp)) > _TOLERANCE_SECONDS:
        return False
    expected = headers(event_id, int(timestamp), body, [parse_key(SIGNING_KEY)])["webhook-signature"]
    return any(hmac.compare_digest(expected.encode(), each.encode()) for each in signature.split())
