"""The garbage collector while modules are imported."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_IMPORT_THRESHOLD = 200_000
"""Allocations between two garbage collections: a cold start makes 100 000 objects, none of them garbage."""


@contextmanager
def gc_paused() -> Iterator[None]:
    """Exclude what is created inside the block from garbage collection: modules are never freed."""
    usual_threshold = gc.get_threshold()
    gc.set_threshold(_IMPORT_THRESHOLD)
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*usual_threshold)
