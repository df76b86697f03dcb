"""The headers that CloudFront gives every answer, read from template.yaml's response policy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from infra.build.template import Template, Tree

HSTS_HEADER = "Strict-Transport-Security"
_BUCKET_HOST = re.compile(r"https://\$\{(\w+Bucket)\}[^\s;]*")


def security_headers(template: Template, uploads: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of the template's response policy.

    `uploads` has the origin of each bucket that browsers post files to, by the bucket's logical id.
    """
    ((_, properties),) = template.resources("AWS::CloudFront::ResponseHeadersPolicy")
    policy: Tree = properties["ResponseHeadersPolicyConfig"]
    security = policy["SecurityHeadersConfig"]
    content: str = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    transport = security["StrictTransportSecurity"]
    subdomains = "; includeSubDomains" if transport["IncludeSubdomains"] else ""
    headers = {
        "Content-Security-Policy": re.sub(
            r"\s+", " ", _BUCKET_HOST.sub(lambda found: uploads[found[1]], content)
        ),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": security["FrameOptions"]["FrameOption"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        HSTS_HEADER: f"max-age={transport['AccessControlMaxAgeSec']}{subdomains}",
    }
    custom = policy.get("CustomHeadersConfig", {}).get("Items", [])
    return headers | {item["Header"]: item["Value"] for item in custom}


class SiteHeadersMiddleware:
    """Puts the headers on every answer, in place of the app's own, as the policy's Override does."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        plain = {name: value for name, value in headers.items() if name != HSTS_HEADER}
        self._headers = {"https": _raw(headers), "http": _raw(plain)}  # RFC 6797, 7.2: not over plain HTTP
        self._names = {name for name, _ in self._headers["https"]}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [pair for pair in message["headers"] if pair[0].lower() not in self._names]
                message["headers"] = [*own, *self._headers["https" if scope["scheme"] == "https" else "http"]]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
