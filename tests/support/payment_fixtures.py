"""A bank on loopback and a payment scenario, for every test about money."""

from collections.abc import Iterator

import pytest

from cabinet.core import clock
from tests.support.aws import Aws
from tests.support.fake_bank_server import BankServer, serving
from tests.support.payment_scenario import PaymentScenario


@pytest.fixture(scope="session")
def bank_server() -> Iterator[BankServer]:
    with serving() as server:
        yield server


@pytest.fixture
def scenario(aws: Aws, bank_server: BankServer, monkeypatch: pytest.MonkeyPatch) -> PaymentScenario:
    return PaymentScenario(aws, bank_server, lambda now: monkeypatch.setattr(clock, "now", now))
