"""Fixtures of the desk: cheap passwords, a clock that tests move."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.support.aws import Aws, clear_caches
from tests.support.desk import Desk


@pytest.fixture
def desk(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The desk of an installation where nobody works yet."""
    for name, value in {"ARGON2_MEMORY_KIB": "64", "ARGON2_PASSES": "1"}.items():
        monkeypatch.setenv(name, value)
    clear_caches()
    with time_machine.travel("2026-03-02T06:05:00Z", tick=False) as traveller:
        yield Desk(aws, traveller)
