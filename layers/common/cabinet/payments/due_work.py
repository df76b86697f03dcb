"""Walks what is due in a shard of the index `due`, page by page, each thing once a run."""

from collections.abc import Callable, Hashable, Sequence
from functools import partial

from cabinet.core.remaining_time import HasTime

_PAGE_SIZE = 50


def process_shards[Key: Hashable](
    shards: Sequence[str],
    due: Callable[[str, int], Sequence[Key]],
    process: Callable[[Key], None],
    has_time: HasTime,
) -> list[str]:
    """Process what is due in each shard, while there is time; return the shards that were not finished."""
    return [shard for shard in shards if not process_shard(partial(due, shard), process, has_time)]


def process_shard[Key: Hashable](
    due: Callable[[int], Sequence[Key]], process: Callable[[Key], None], has_time: HasTime
) -> bool:
    """Process each key that `due` returns, while there is time; return whether all were.

    `due` returns the given number of keys that wait longest. Those whose due time does not change, or that
    the index still shows as before, must not hide the rest: that many more are asked for.
    """
    seen: set[Key] = set()
    lingering = 0
    while True:
        limit = _PAGE_SIZE + lingering
        page = due(limit)
        found = [key for key in page if key not in seen]
        lingering = len(page) - len(found)
        if not found and len(page) < limit:
            return True
        for key in found:
            if not has_time():
                return False
            seen.add(key)
            process(key)
