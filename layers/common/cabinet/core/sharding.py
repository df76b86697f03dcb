"""Work lists and counters are cut into shards, so that no key is written by all. Pure."""

import hashlib


def shard_for(text: str, shards: int) -> int:
    """Return which of `shards` parts, 0 … shards − 1, holds what `text` names: always the same one."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) % shards
