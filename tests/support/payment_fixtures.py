"""A bank on loopback and a town that pays, for every test about money."""

from collections.abc import Iterator

import pytest

from cabinet.core import clock
from tests.support.aws import Aws
from tests.support.fake_bank_server import BankServer, serving
from tests.support.payment_scenario import Town


@pytest.fixture(scope="session")
def bank_server() -> Iterator[BankServer]:
    with serving() as server:
        yield server


@pytest.fixture
def town(aws: Aws, bank_server: BankServer, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(aws, bank_server, lambda now: monkeypatch.setattr(clock, "now", now))
