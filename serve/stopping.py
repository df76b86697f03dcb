"""A requested stop: workers check how long they may continue."""

from __future__ import annotations

import threading
import time


class Stop:
    """Set once, by SIGTERM."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._event = threading.Event()
        self._deadline = float("inf")

    def request(self) -> None:
        """Let everything end within the seconds that a stop takes."""
        self._deadline = min(self._deadline, time.monotonic() + self._seconds)
        self._event.set()

    @property
    def is_requested(self) -> bool:
        """Tell whether no new work is to begin."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait, at most until a stop is requested; return whether it is."""
        return self._event.wait(seconds)

    def seconds_left(self) -> float:
        """Return how long work may continue."""
        return self._deadline - time.monotonic()
