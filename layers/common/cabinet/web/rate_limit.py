"""How many requests one address, or one token, may make of a process: a script is refused before a read.

Each process counts by itself, so that no request waits for a shared row; exact limits on guessing are those
of `cabinet.limits`, and the one in front of all processes is the web ACL of `infra/waf.yaml`.
"""

import ipaddress
import math
import time
from collections.abc import Callable

from cabinet.core.errors import TooManyRequests, raises
from cabinet.limits import client_network

WINDOW_SECONDS = 60
MAX_SUBJECTS = 10_000
"""Clients after the first this many in a window are not counted, nor rejected: memory is bounded."""


class InProcessRateLimit:
    """Counts requests by whom they are of, in windows of a minute."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._window_ends = -math.inf
        self._requests: dict[str, int] = {}

    @raises(TooManyRequests)
    def check(self, subject: str, max_requests: int) -> None:
        """Count a request; raise TooManyRequests, with the seconds left, beyond `most` (0: no limit)."""
        now = self._now()
        if now >= self._window_ends:
            self._requests.clear()
            self._window_ends = now + WINDOW_SECONDS
        requests = self._requests.get(subject, 0) + 1
        if requests == 1 and len(self._requests) >= MAX_SUBJECTS:
            return
        self._requests[subject] = requests
        if max_requests and requests > max_requests:
            raise TooManyRequests(math.ceil(self._window_ends - now))


class ClientIpRateLimit(InProcessRateLimit):
    """Counts requests by address."""

    @raises(TooManyRequests)
    def check(self, client_ip: str, max_requests: int) -> None:
        """Count a request of an address, or of the network that it can change at will.

        The machine's own address is that of no visitor: tests, probes and benches come from it.
        """
        if _is_visitor(client_ip):
            super().check(client_network(client_ip), max_requests)


def _is_visitor(client_ip: str) -> bool:
    try:
        return not ipaddress.ip_address(client_ip).is_loopback
    except ValueError:
        return False
