"""One POST to an address that somebody else has named: resolved once, judged, and called by what was judged.

No redirect is followed, no proxy asked, and of the answer only the status and a little text are read.
"""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import urllib3

from cabinet.outbound.address_rules import is_public, parse_target

TIMEOUT_SECONDS = 5.0
MAX_ANSWER = 1024
_PORT = 443

type Resolve = Callable[[str], list[str]]
"""Name → all of its addresses; raises OSError."""


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
        addresses[0], _PORT, server_hostname=target.host, assert_hostname=target.host,
        timeout=TIMEOUT_SECONDS, retries=False, maxsize=1,
    )  # fmt: skip
    try:
        answer = pool.request(
            "POST", target.path, body=body, headers=dict(headers) | {"Host": target.host},
            redirect=False, preload_content=False,
        )  # fmt: skip
        text = answer.read(MAX_ANSWER).decode("utf-8", "replace")
    except urllib3.exceptions.HTTPError as error:
        raise TargetUnreachable from error
    finally:
        pool.close()
    retry_after = answer.headers.get("Retry-After", "")
    return Answer(answer.status, int(retry_after) if retry_after.isdecimal() else None, text)
