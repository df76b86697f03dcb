"""Limits how many requests a minute a client address or a token may make, before anything is read for them.

Each process counts on its own, so that no request waits for a shared row; exact limits on guessing are in
`cabinet.limits`, and the limit in front of all processes is the web ACL of `infra/waf.yaml`.
"""

import ipaddress
import math
import time
from collections.abc import Callable

from cabinet.core.errors import TooManyRequests, raises
from cabinet.limits import client_network

WINDOW_SECONDS = 60
MAX_SUBJECTS = 10_000
"""Clients beyond this many in one window are neither counted nor rejected, so that memory is bounded."""


class InProcessRateLimit:
    """Counts the requests of each client or token in windows of a minute."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._window_ends = -math.inf
        self._requests: dict[str, int] = {}

    @raises(TooManyRequests)
    def check(self, subject: str, max_requests: int) -> None:
        """Count a request; raise TooManyRequests if it is one too many (0: no limit)."""
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
        """Count a request by its address; for IPv6 by the network, whose addresses a client may pick freely.

        Requests from this machine itself are not counted: tests, probes and benchmarks.
        """
        if _is_visitor(client_ip):
            super().check(client_network(client_ip), max_requests)


def _is_visitor(client_ip: str) -> bool:
    try:
        return not ipaddress.ip_address(client_ip).is_loopback
    except ValueError:
        return False
