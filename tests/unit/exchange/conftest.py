"""The desk of every import test."""

import pytest

from cabinet.exchange.imports import apply
from tests.support.aws import Aws
from tests.support.factories.registries import Desk, apply_supplier


@pytest.fixture
def desk(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A supplier and a bucket; one thread, because moto is not made for more."""
    monkeypatch.setattr(apply, "THREADS", 1)
    apply_supplier()
    return Desk(aws)
