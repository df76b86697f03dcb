"""How a long command shows where it is; a closed terminal does not keep it from stopping in order."""

import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(what: str) -> Iterator[None]:
    """Print ``what``, and the seconds that it took when it is done."""
    line(f"  {what} …", end="")
    started = time.monotonic()
    try:
        yield
    except BaseException:
        line(" failed")
        raise
    line(f" {time.monotonic() - started:.1f} s")


def info(text: str) -> None:
    """Print one line."""
    line(f"  {text}")


def line(text: str, end: str = "\n") -> None:
    """Print one line as it is."""
    with contextlib.suppress(OSError):
        print(text, end=end, flush=True)
