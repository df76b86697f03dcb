"""schemathesis against the merged description and every function: what is declared is served, and no more.

Each operation is called with valid, wrong and missing values of everything that it declares, without a
session and with a forged one, by methods that it lacks, and in sequences; all checks of the tool are on.
"""

import json
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from cabinet.accounts.supplier_model import Merchant
from infra.build.openapi import COMMITTED
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.factories.next_holders import import_next_months
from tests.support.fuzzing import ACCEPTED, REJECTED, failure_of, served


@pytest.fixture
def token(aws: Aws) -> str:
    """The session of a subscriber with an account that has receipts, payments and a bank."""
    bound_accounts.supplier(
        merchant=Merchant(contract="c", dialect="rbs", base_url="http://127.0.0.1:1", secret="s")
    )
    account = bound_accounts.account()
    import_next_months()
    return bound_accounts.user("u1", account)


def fuzzed(aws: Aws, token: str) -> Any:
    config = SchemathesisConfig.from_dict(
        {
            "auth": {"openapi": {"session": {"api_key": token}, "site": {"api_key": "cabinet"}}},
            "generation": {"max-examples": 4, "deterministic": True, "database": "none"},
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ACCEPTED},
                "negative_data_rejection": {"expected-statuses": REJECTED},
            },
            "continue-on-failure": True,
        }
    )
    schema = schemathesis.openapi.from_dict(json.loads(COMMITTED.read_text("utf-8")), config=config)
    schema.app = served(aws)
    return schema


def test_what_is_served_is_what_is_described(aws: Aws, token: str) -> None:
    failures: list[str] = []
    answered: dict[str, set[int]] = {}
    for event in from_schema(fuzzed(aws, token)).execute():
        assert not isinstance(event, events.NonFatalError | events.FatalError), event
        if isinstance(event, events.ScenarioFinished):
            recorder = event.recorder
            statuses = answered.setdefault(recorder.label, set())
            for sent in recorder.interactions.values():
                statuses |= {sent.response.status_code} if sent.response else set()
            for case_id, checks in recorder.checks.items():
                failures += [
                    failure_of(case_id, check, recorder) for check in checks if check.failure_info is not None
                ]
    assert not failures, "\n".join(failures)
    described = json.loads(COMMITTED.read_text("utf-8"))["paths"]
    assert {f"{method.upper()} {path}" for path in described for method in described[path]} <= set(answered)
    # No walk of refusals alone.
    assert sum(bool(statuses & {200, 201, 202, 204, 302}) for statuses in answered.values()) > 25
