"""What CloudFront does for the site: its files, one page for all other paths, the template's headers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import FileResponse, PlainTextResponse, Response

from cabinet.core.errors import MethodNotAllowed
from cabinet.web.app import problem_response
from infra.build.template import Template, Tree
from infra.build.web import DIST

if TYPE_CHECKING:
    from starlette.requests import Request

READING = ("GET", "HEAD")

_BUCKET_HOST = re.compile(r"https://\$\{DocumentsBucket\}[^\s;]*")


def security_headers(template: Template, storage: str) -> dict[str, str]:
    """Return the headers of the template's response policy; all but HSTS, which plain HTTP must not send.

    `storage` is where the bucket that takes uploads answers here.
    """
    ((_, properties),) = template.resources("AWS::CloudFront::ResponseHeadersPolicy")
    policy: Tree = properties["ResponseHeadersPolicyConfig"]
    security = policy["SecurityHeadersConfig"]
    content: str = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    headers = {
        "Content-Security-Policy": re.sub(r"\s+", " ", _BUCKET_HOST.sub(storage, content)),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": security["FrameOptions"]["FrameOption"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
    }
    custom = policy.get("CustomHeadersConfig", {}).get("Items", [])
    return headers | {item["Header"]: item["Value"] for item in custom}


class Site:
    """Serves the built site."""

    def __init__(self, template: Template, storage: str, dist: Path = DIST) -> None:
        self._dist = dist.resolve()
        self._headers = security_headers(template, storage)

    async def serve(self, request: Request) -> Response:
        """Serve a file, or the one page for a path that is not a file's."""
        if request.method not in READING:
            return problem_response(MethodNotAllowed(READING))
        path = request.url.path
        if "." not in path.rsplit("/", 1)[-1]:  # as the template's OnePage function
            path = "/index.html"
        found = (self._dist / path.lstrip("/")).resolve()
        if not found.is_relative_to(self._dist) or not found.is_file():
            if path == "/index.html":
                return PlainTextResponse("The site is not built: there is no web/dist.", 404)
            return PlainTextResponse("Not Found", 404, self._headers)
        cached = "public, max-age=31536000, immutable" if "/assets/" in path else "no-cache"
        return FileResponse(found, headers=self._headers | {"Cache-Control": cached})
