"""How a long command shows where it is."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(what: str) -> Iterator[None]:
    """Print ``what``, and the seconds that it took when it is done."""
    print(f"  {what} …", end="", flush=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        print(" failed", flush=True)
        raise
    print(f" {time.monotonic() - started:.1f} s", flush=True)


def note(text: str) -> None:
    """Print one line."""
    print(f"  {text}", flush=True)
    sys.stdout.flush()
