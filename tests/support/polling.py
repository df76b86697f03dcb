"""Waiting for what another process does and tells nobody of: asked again and again, never slept on."""

import threading
import time
from collections.abc import Callable

_PAUSE = 0.2


def eventually[T](probe: Callable[[], T | None], what: str, seconds: float = 60) -> T:
    """Return what `probe` finds as soon as it finds something; fail saying `what` was not found."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:.0f} s")
        pause.wait(_PAUSE)
