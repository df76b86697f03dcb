"""One POST to an address that somebody else has named: resolved once, checked, and called by that address.

Everything that calls such an address goes through here. Of the answer only status and headers are read.
"""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from cabinet.outbound import bounded_call
from cabinet.outbound.address_rules import is_public, parse_target
from cabinet.outbound.bounded_call import CallFailed, Deadline
from cabinet.outbound.local_origin import is_local

CALL_SECONDS = 5.0
"""Timeout of the whole call, from the name to the last header. Push services, and receivers that queue what
they get, answer within a second; one that needs longer is tried again, and holds no worker meanwhile."""
_PORT = 443
_AGENT = "cabinet/1"
_MAX_DIGITS = 9

type Resolve = Callable[[str], list[str]]
"""Name → all of its addresses; raises OSError."""


class TargetRejected(Exception):
    """The address may not be called: not https, not a registered name, or not of the open internet."""


class TargetUnreachable(Exception):
    """Nothing answered in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The response; `retry_after` is in seconds, None where it is not said or is a date."""

    status: int
    retry_after: int | None = None


def resolve(host: str) -> list[str]:
    """Return all addresses of a name."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, _PORT, proto=socket.IPPROTO_TCP)]


def post(
    url: str, body: bytes, headers: Mapping[str, str], resolver: Resolve = resolve,
    deadline: Deadline | None = None,
) -> Answer:  # fmt: skip
    """Send one POST; raises TargetRejected or TargetUnreachable.

    All of it takes `CALL_SECONDS` at most. Only a name that is slow to resolve may exceed them: the system's
    resolver gives up by its own clock, and no connection is begun then.
    """
    deadline = deadline or Deadline(CALL_SECONDS)
    if is_local(url):
        local = urlsplit(url)
        return _exchange((local.hostname or "", local.port or 80), None, local.path, body,
                         {"Host": local.netloc, **headers}, deadline)  # fmt: skip
    target = parse_target(url)
    if target is None:
        raise TargetRejected
    try:
        addresses = resolver(target.host)
    except OSError as error:
        raise TargetUnreachable from error
    # One private address among public ones is treated as an attack.
    if not addresses or not all(map(is_public, addresses)):
        raise TargetRejected
    named = {"Host": target.host, **headers}
    return _exchange((addresses[0], _PORT), target.host, target.path, body, named, deadline)


def _exchange(
    address: tuple[str, int], tls_name: str | None, path: str, body: bytes, headers: Mapping[str, str],
    deadline: Deadline,
) -> Answer:  # fmt: skip
    sent = {"User-Agent": _AGENT, **headers}
    try:
        status, answered = bounded_call.post(address, tls_name, path, body, sent, deadline)
    except CallFailed as error:
        raise TargetUnreachable from error
    return Answer(status, _seconds(answered.get("Retry-After", "")))


def _seconds(header: str) -> int | None:
    is_number = header.isascii() and header.isdecimal() and len(header) <= _MAX_DIGITS
    return int(header) if is_number else None
