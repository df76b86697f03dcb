"""A supplier's contracts tried by the worker: the secret, the bank's answer, the address that banks call."""

from collections.abc import Iterator
from typing import Any

import pytest

from cabinet.accounts.store import suppliers
from cabinet.accounts.supplier_model import Supplier
from cabinet.payments import contract_checks
from infra.simulators.bank.credentials import CREDENTIALS
from payment_callback.app import app
from tests.support.loopback_server import serving
from tests.support.payment_scenario import SECRET, PaymentScenario


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Where the cabinet answers banks."""
    with serving(app) as served:
        yield served


def made(scenario: PaymentScenario, **how: Any) -> Supplier:
    """The scenario's current supplier."""
    scenario.supplier(**how)
    return suppliers(["uk-test"])["uk-test"]


@pytest.mark.parametrize(
    ("dialect", "path"),
    [("rbs", "rbs"), ("gorod", "gorod"), ("gorod_unified", "gorod"), ("raiffeisen", "raiffeisen")],
)
def test_a_sound_contract_is_said_to_be_so(
    scenario: PaymentScenario, origin: str, dialect: str, path: str
) -> None:
    found = list(contract_checks.check_contracts(made(scenario, dialect=dialect), origin))
    assert [is_right for is_right, _ in found] == [True] * 4
    assert found[1] == (True, f"Секрет «{SECRET}» читается.")
    assert found[3] == (True, f"адрес уведомлений {origin}/api/payments/{path}/callback отвечает")
    secrets = [value for value in CREDENTIALS.values() if isinstance(value, str) and len(value) > 8]
    assert not [value for value in secrets if value in str(found)]


def test_without_a_secret_the_bank_is_not_asked(scenario: PaymentScenario, origin: str) -> None:
    scenario.aws.client("secretsmanager").delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    found = list(contract_checks.check_contracts(made(scenario), origin))
    assert [is_right for is_right, _ in found] == [True, False, True]
    assert "Секрета" in found[1][1]


@pytest.mark.parametrize(
    ("there", "sentence"),
    [("http://127.0.0.1:9", "не отвечает"), ("{bank}", "отвечает не кабинет (HTTP 404)")],
)
def test_an_address_where_the_cabinet_does_not_answer_is_named(
    scenario: PaymentScenario, there: str, sentence: str
) -> None:
    supplier = made(scenario)
    found = list(contract_checks.check_contracts(supplier, there.format(bank=scenario.server.origin)))
    is_right, text = found[-1]
    assert not is_right
    assert sentence in text


def test_a_bank_that_cannot_be_reached_is_named(scenario: PaymentScenario, origin: str) -> None:
    merchant = scenario.merchant("rbs").model_copy(update={"base_url": "http://127.0.0.1:9/rbs"})
    found = list(contract_checks.check_contracts(made(scenario, merchant=merchant), origin))
    assert (False, found[2][1]) == found[2]
    assert "с банком нет связи" in found[2][1]
