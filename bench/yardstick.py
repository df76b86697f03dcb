"""How fast the machine is now: a host shared with others may halve it from one minute to the next."""

import time

QUIET_MS = 40.0
"""The yardstick on the machine that the figures to hold were set for, when nothing else ran on its host."""


def yardstick() -> float:
    """Return the CPU of a million additions in Python, in milliseconds."""
    began, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    return (time.process_time() - began) * 1000
