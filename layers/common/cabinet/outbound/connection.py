"""One POST to an address that somebody else has named: resolved once, judged, and called by what was judged.

No redirect is followed, no proxy asked, and of the answer only the status and a little text are read.
"""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import urllib3

from cabinet.core.settings import Settings
from cabinet.outbound.address_rules import is_public, is_within, parse_target

TIMEOUT_SECONDS = 5.0
MAX_ANSWER = 1024
_PORT = 443
_OPTIONS: dict[str, Any] = {"timeout": TIMEOUT_SECONDS, "retries": False, "maxsize": 1}

type Resolve = Callable[[str], list[str]]
"""Name → all of its addresses; raises OSError."""


class OutboundSettings(Settings):
    """What else than the open internet may be called: on a laptop, its own push service."""

    local_stack: bool = False
    outbound_local_origin: str = ""
    """One origin (``http://127.0.0.1:8000``), looked at by the local stack alone."""


@cache
def local_origin() -> str:
    """Return the one origin inside that may be called; "" everywhere but on the local stack."""
    settings = OutboundSettings.load()
    return settings.outbound_local_origin if settings.local_stack else ""


class TargetRefused(Exception):
    """The address may not be called: not https, not a registered name, or not of the open internet."""


class TargetUnreachable(Exception):
    """Nothing answered in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `retry_after` is in seconds, None where it is not said or is a date."""

    status: int
    retry_after: int | None
    text: str


def resolve(host: str) -> list[str]:
    """Return all addresses of a name."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, _PORT, proto=socket.IPPROTO_TCP)]


def post(url: str, body: bytes, headers: Mapping[str, str], resolver: Resolve = resolve) -> Answer:
    """Send one POST; raises TargetRefused or TargetUnreachable."""
    if is_within(url, local_origin()):
        return _exchange(
            urllib3.connection_from_url(url, **_OPTIONS), urlsplit(url).path, body, dict(headers)
        )
    target = parse_target(url)
    if target is None:
        raise TargetRefused
    try:
        addresses = resolver(target.host)
    except OSError as error:
        raise TargetUnreachable from error
    # One private address among public ones is a trap, not a mistake.
    if not addresses or not all(map(is_public, addresses)):
        raise TargetRefused
    pool = urllib3.HTTPSConnectionPool(
        addresses[0], _PORT, server_hostname=target.host, assert_hostname=target.host, **_OPTIONS
    )
    return _exchange(pool, target.path, body, dict(headers) | {"Host": target.host})


def _exchange(pool: urllib3.HTTPConnectionPool, path: str, body: bytes, headers: dict[str, str]) -> Answer:
    try:
        answer = pool.request("POST", path, body=body, headers=headers, redirect=False, preload_content=False)
        text = answer.read(MAX_ANSWER).decode("utf-8", "replace")
    except urllib3.exceptions.HTTPError as error:
        raise TargetUnreachable from error
    finally:
        pool.close()
    retry_after = answer.headers.get("Retry-After", "")
    return Answer(answer.status, int(retry_after) if retry_after.isdecimal() else None, text)
