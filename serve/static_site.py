"""The built site's files, one page for all other paths: what CloudFront and its bucket do elsewhere."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from cabinet.core.errors import MethodNotAllowed
from cabinet.web.app import problem_response
from serve.site_files import PAGE, cache_control, content_type, file_key

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

_SAFE_METHODS = ("GET", "HEAD")
_COMPRESSIBLE_TYPES = ("text/", "application/json", "application/manifest+json", "image/svg+xml")
_MIN_COMPRESSED_BYTES = 1000


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    gzipped: bytes | None
    """The gzipped content; None if that would save nothing."""
    etag: str
    type: str


class StaticSite:
    """Serves the built site."""

    def __init__(self, dist: Path) -> None:
        self._dist = dist.resolve()

    async def serve(self, request: Request) -> Response:
        """Serve a file, or the one page for a path that is not a file's."""
        if request.method not in _SAFE_METHODS:
            return problem_response(MethodNotAllowed(_SAFE_METHODS))
        key = file_key(request.url.path)
        found = await run_in_threadpool(self._find, key)
        if found is None:
            # Without its page, the site has not been built.
            return PlainTextResponse("The site is not built." if key == PAGE else "Not Found", 404)
        headers = {"Cache-Control": cache_control(key), "ETag": found.etag, "Vary": "Accept-Encoding"}
        if found.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        content = found.content
        if found.gzipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
            content = found.gzipped
            headers["Content-Encoding"] = "gzip"
        return Response(content, headers=headers | {"Content-Type": found.type})

    def _find(self, key: str) -> _File | None:
        if "\0" in key:
            return None
        path = (self._dist / key).resolve()
        if not path.is_relative_to(self._dist) or not path.is_file():
            return None
        return _read(path, path.stat().st_mtime_ns)


@lru_cache(512)
def _read(path: Path, _changed_at: int) -> _File:
    content, type_ = path.read_bytes(), content_type(path)
    gzipped = None
    if type_.startswith(_COMPRESSIBLE_TYPES) and len(content) >= _MIN_COMPRESSED_BYTES:
        gzipped = gzip.compress(content, mtime=0)
    return _File(content, gzipped, f'"{hashlib.sha256(content).hexdigest()[:32]}"', type_)
