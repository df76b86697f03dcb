"""A shard is always the same one, and the parts are of like size."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from cabinet.core.sharding import shard_for


@given(st.text(), st.integers(1, 64))
def test_a_text_has_one_shard_of_those_there_are(text: str, shards: int) -> None:
    assert shard_for(text, shards) == shard_for(text, shards) in range(shards)


def test_the_parts_are_of_like_size() -> None:
    sizes = Counter(shard_for(f"center:{number}", 16) for number in range(16_000))
    assert len(sizes) == 16
    assert min(sizes.values()) > 850
    assert max(sizes.values()) < 1150
