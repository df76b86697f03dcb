"""How fast the machine is now: a host shared with others may halve it from one minute to the next."""

import threading
import time
from typing import Self

QUIET_MS = 40.0
"""The baseline on the machine that the figures to hold were set for, when nothing else ran on its host."""

_PART = 20


def baseline(part: int = 1) -> float:
    """Return the CPU of a million additions in Python, in milliseconds, estimated from a `part` of them."""
    began, total = time.thread_time(), 0
    for number in range(1_000_000 // part):
        total += number
    return (time.thread_time() - began) * 1000 * part


class BaselineSampler(threading.Thread):
    """Measures the baseline again and again beside a long measurement; use as a context manager."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._taken: list[float] = []
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        """Measure every tenth of a second."""
        while not self._ended.wait(0.1) or not self._taken:
            self._taken.append(baseline(_PART))

    @property
    def mean(self) -> float:
        """Return the baseline, in milliseconds."""
        return sum(self._taken) / len(self._taken)

    @property
    def seconds(self) -> float:
        """Return the CPU that the sampler itself took."""
        return sum(self._taken) / _PART / 1000
