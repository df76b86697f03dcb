"""The mail that was sent: SES's SendEmail as the mailer calls it, and what a tester reads back.

The local AWS has an SES of its own, which stores no attachments and only in memory; so the functions are
pointed here by `AWS_ENDPOINT_URL_SESV2`, as another cloud's deployment points them at its mail service.
"""

from __future__ import annotations

import base64
import json
import uuid
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request


class Mailbox:
    """Messages as files of one folder, named so that they sort by time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def routes(self) -> list[Route]:
        """Return SendEmail of SES v2 and the tester's view."""
        return [
            Route("/local/ses/v2/email/outbound-emails", self._send, methods=["POST"]),
            Route("/local/mail", self._list, methods=["GET"]),
        ]

    async def _send(self, request: Request) -> Response:
        call: dict[str, Any] = json.loads(await request.body())
        raw = call.get("Content", {}).get("Raw", {}).get("Data")
        recipients = call.get("Destination", {}).get("ToAddresses", [])
        if raw is None or not recipients:
            refusal = {"message": "only Raw content with a destination is taken"}
            return JSONResponse(refusal, 400, {"x-amzn-errortype": "BadRequestException"})
        moment = datetime.now(UTC)
        message_id = str(uuid.uuid4())
        kept = {"at": moment.isoformat(), "recipients": recipients, "raw": raw}
        name = f"{moment:%Y%m%dT%H%M%S.%f}-{message_id}.json"
        (self._folder / name).write_text(json.dumps(kept), "utf-8")
        return JSONResponse({"MessageId": message_id})

    async def _list(self, request: Request) -> Response:
        wanted = request.query_params.get("to", "").casefold()
        items = []
        for path in sorted(self._folder.glob("*.json"), reverse=True):
            kept = json.loads(path.read_text("utf-8"))
            for recipient in kept["recipients"]:
                if not wanted or wanted == recipient.casefold():
                    items.append(_read(kept, recipient))
        return JSONResponse({"items": items})


def _read(kept: dict[str, Any], recipient: str) -> dict[str, Any]:
    message = message_from_bytes(base64.b64decode(kept["raw"]), policy=policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101 - what the default policy makes
    return {
        "to": recipient,
        "subject": str(message.get("Subject", "")),
        "text": _body(message, "plain"),
        "html": _body(message, "html"),
        "attachments": [part.get_filename() for part in message.iter_attachments()],
        "at": kept["at"],
    }


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part is not None else None
