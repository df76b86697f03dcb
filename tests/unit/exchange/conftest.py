"""The importer that every import test uses."""

from collections.abc import Iterator

import pytest

from cabinet.exchange.imports import apply
from tests.support.account_consistency import assert_accounts_agree_with_their_rows
from tests.support.aws import Aws
from tests.support.factories.registries import RegistryImporter, apply_supplier


@pytest.fixture
def importer(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[RegistryImporter]:
    """A supplier and a bucket; one thread, because moto is not made for more.

    Whatever a test has loaded or taken back, accounts say of their receipts and meters what those say.
    """
    monkeypatch.setattr(apply, "THREADS", 1)
    apply_supplier()
    yield RegistryImporter(aws)
    assert_accounts_agree_with_their_rows(aws)
