"""Reading what the shop sends: forms as the banks take them, and where the bank itself was called."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from starlette.requests import Request


async def form_of(request: Request) -> dict[str, str]:
    """Return a form-urlencoded body."""
    return dict(parse_qsl((await request.body()).decode("ascii", "replace"), keep_blank_values=True))


def own_address(request: Request) -> str:
    """Return where this application is mounted, as the caller reached it."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"
