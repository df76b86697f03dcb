"""`POST /hooks/mail-reports`: bounces and complaints of a service that speaks SES's protocol, signed.

The body is SES's notification, bare or as SNS wraps it. Services differ in how they hand notifications on (a
queue, a stream, a function): whatever takes them there signs and sends each (docs/serve.md, Mail).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from cabinet.aws.secrets import CachedSecret, SecretUnreadable
from cabinet.core import clock
from cabinet.core.errors import ServiceUnavailable
from cabinet.core.logging import Event, log_error, log_event
from cabinet.notifications.suppression import Report, read_report, suppress_addresses
from serve.webhook_rules import is_genuine

if TYPE_CHECKING:
    from starlette.requests import Request

PATH = "/hooks/mail-reports"
HEADER = "x-cabinet-signature"
MAX_BYTES = 262_144
"""SNS's own limit of a message."""


class MailWebhook:
    """The route, where a setting names the secret that both sides hold."""

    def __init__(self, secret_name: str) -> None:
        self._secret = CachedSecret(secret_name, _require_length)

    def route(self) -> Route:
        """Return the route."""
        return Route(PATH, self._receive, methods=["POST"])

    async def _receive(self, request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BYTES:
                return Response(status_code=413)
        return Response(
            status_code=await run_in_threadpool(self._record, request.headers.get(HEADER, ""), body)
        )

    def _record(self, header: str, body: bytes) -> int:
        """Record a report; return the status: anything but 204 and 422 is worth another try."""
        try:
            if not is_genuine(self._secret.get(), header, body, clock.epoch(clock.now())):
                log_error(Event.MAIL_REPORT_IGNORED, code="signature")
                return 403
            report = _read(body)
            if report is None:
                log_event(Event.MAIL_REPORT_IGNORED)
            else:
                suppress_addresses(report)
                log_event(Event.ADDRESS_SUPPRESSED, reason=report.reason, user_id=report.user_id)
        except (SecretUnreadable, ServiceUnavailable):
            return 503  # what could not be read or written has been logged
        except _InvalidNotificationError:
            log_error(Event.MAIL_REPORT_IGNORED, code="form")
            return 422
        return 204


class _InvalidNotificationError(Exception):
    """It is signed, and yet no notification of SES."""


def _read(body: bytes) -> Report | None:
    try:
        text = body.decode()
        wrapped = json.loads(text)
        return read_report(wrapped.get("Message", text))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _InvalidNotificationError from None


def _require_length(text: str) -> str:
    if len(text) < 32:
        raise ValueError("a secret of 32 characters or more")
    return text
