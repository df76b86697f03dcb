"""What is due in a shard: each thing once a run, whatever keeps its time or the index shows too late."""

from collections.abc import Callable, Iterable

import pytest

from cabinet.payments.due_work import process_shard


def visited(waiting: list[int], *, leave: Callable[[int], bool], times: Iterable[bool] = ()) -> list[int]:
    """Return what is visited of `waiting`; `leave` says which of it is due no more after its visit."""
    found: list[int] = []
    has_time = iter(times)

    def process(key: int) -> None:
        found.append(key)
        if leave(key):
            waiting.remove(key)

    process_shard(lambda limit: waiting[:limit], process, lambda: next(has_time, True))
    return found


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100, 233])
@pytest.mark.parametrize("share", [1, 2, 7, 1000])
def test_each_is_visited_once_however_many_keep_their_time(count: int, share: int) -> None:
    assert sorted(visited(list(range(count)), leave=lambda key: key % share == 0)) == list(range(count))


def test_without_time_the_rest_is_left_and_said_so() -> None:
    assert visited(list(range(120)), leave=lambda _: True, times=[True] * 70 + [False]) == list(range(70))
    assert not process_shard(lambda _: ["one"], lambda _: None, lambda: False)
    assert process_shard(lambda _: [], lambda _: None, lambda: False), "nothing is due"
