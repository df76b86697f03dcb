"""How many requests one address may make of one process: a script is refused before it costs a read.

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
MAX_ADDRESSES = 10_000
"""Those that come after so many in one window are not counted, and not refused: memory is bounded."""


class AddressLimit:
    """Counts requests by address in windows of a minute."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._window_ends = -math.inf
        self._requests: dict[str, int] = {}

    @raises(TooManyRequests)
    def check(self, address: str, most: int) -> None:
        """Count a request; raise TooManyRequests, with the seconds left, beyond `most` (0: no limit).

        The machine's own address is that of no visitor: tests, probes and benches come from it.
        """
        now = self._now()
        if now >= self._window_ends:
            self._requests.clear()
            self._window_ends = now + WINDOW_SECONDS
        network = client_network(address)
        requests = self._requests.get(network, 0) + 1
        if requests == 1 and (len(self._requests) >= MAX_ADDRESSES or not _is_visitor(address)):
            return
        self._requests[network] = requests
        if most and requests > most:
            raise TooManyRequests(math.ceil(self._window_ends - now))


def _is_visitor(address: str) -> bool:
    try:
        return not ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
