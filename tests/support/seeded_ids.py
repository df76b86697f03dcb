"""Lets a run be repeated to the letter: identifiers come of a seed, and nothing of a run before is known.

Identifiers choose shards, so they decide in which order orders are visited and how many calls that takes;
what a process keeps (a secret, a breaker, contracts written down) decides whether a call is made at all.
"""

import os
import random

import pytest

from tests.support.aws import product_caches

_KEPT = ("client", "session", "pool")
"""Caches that know but where AWS and the banks are; to make their contents anew costs milliseconds."""


class SeededIds:
    """The source of all identifiers and secrets, from its making to the end of the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._random = random.Random(0)
        monkeypatch.setattr(os, "urandom", lambda size: self._random.randbytes(size))
        monkeypatch.setattr(random.SystemRandom, "randbytes", lambda _, size: self._random.randbytes(size))
        monkeypatch.setattr(
            random.SystemRandom, "getrandbits", lambda _, bits: self._random.getrandbits(bits)
        )
        monkeypatch.setattr(random.SystemRandom, "random", lambda _: self._random.random())

    def begin(self, seed: int) -> None:
        """Begin a run that knows of no other; `seed`, from 1, chooses its identifiers."""
        self._random.seed(seed)
        for name, cached in product_caches():
            if not name.endswith(_KEPT):
                cached.cache_clear()
