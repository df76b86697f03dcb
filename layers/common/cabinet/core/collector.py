"""The garbage collector while modules are imported."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_IMPORT_THRESHOLD = 200_000
"""Objects between two looks for garbage: a start makes a hundred thousand, and none of them is garbage."""


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Have what is made meanwhile never looked through: modules live as long as the process."""
    usual_threshold = gc.get_threshold()
    gc.set_threshold(_IMPORT_THRESHOLD)
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*usual_threshold)
