"""How the built site's files are served, by CloudFront and by `serve` alike: keys, caching, types."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING

from infra.build.template import ROOT

if TYPE_CHECKING:
    from pathlib import PurePath

DIST = ROOT / "web" / "dist"
"""The built site."""
ASSETS = "assets/"
"""Files with a hash of the content in their name: what is in one never changes."""
PAGE = "index.html"
DESK_PAGE = "desk/index.html"
"""The staff's site: a page of its own, below ``/desk``."""
FOR_EVER = "public, max-age=31536000, immutable"
ASK_EVERY_TIME = "no-cache"
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".woff2": "font/woff2"}


def file_key(path: str) -> str:
    """Return the file to serve for a path; one without an extension is a screen, shown by its site's page."""
    # As the template's OnePage function.
    if "." in path.rsplit("/", 1)[-1]:
        return path.removeprefix("/")
    return DESK_PAGE if path == "/desk" or path.startswith("/desk/") else PAGE


def cache_control(key: str) -> str:
    """Return for how long a browser may keep a file without asking whether it has changed."""
    return FOR_EVER if key.startswith(ASSETS) else ASK_EVERY_TIME


def content_type(path: PurePath) -> str:
    """Return a file's type by its name."""
    return _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
