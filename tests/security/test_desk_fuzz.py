"""schemathesis against the desk's routes and the dialogue of requests, by somebody who may everything."""

import json
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from cabinet.staff.model import Role
from infra.build.openapi import COMMITTED
from tests.support import desk_scenarios
from tests.support.desk import Desk
from tests.support.desk_fixtures import desk
from tests.support.fuzzing import ACCEPTED, REJECTED, failure_of, served

__all__ = ["desk"]


def fuzzed(desk: Desk, cookie: str) -> Any:
    config = SchemathesisConfig.from_dict(
        {
            "auth": {"openapi": {"staff": {"api_key": cookie}, "site": {"api_key": "cabinet"}}},
            "generation": {"max-examples": 4, "deterministic": True, "database": "none"},
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ACCEPTED},
                "negative_data_rejection": {"expected-statuses": REJECTED},
            },
            "continue-on-failure": True,
        }
    )
    description = json.loads(COMMITTED.read_text("utf-8"))
    description["paths"] = {
        path: operations
        for path, operations in description["paths"].items()
        if path.startswith("/api/staff") or "/requests/{request_id}" in path
    }
    schema = schemathesis.openapi.from_dict(description, config=config)
    schema.app = served(desk.aws)
    return schema


def test_what_the_desk_serves_is_what_is_described(desk: Desk) -> None:
    desk_scenarios.world()
    desk_scenarios.a_request()
    person = desk.signed_in(*Role)
    desk.confirm_code(person)
    failures: list[str] = []
    good: set[str] = set()
    for event in from_schema(fuzzed(desk, person.browser.cookies["__Host-staff"])).execute():
        assert not isinstance(event, events.NonFatalError | events.FatalError), event
        if isinstance(event, events.ScenarioFinished):
            recorder = event.recorder
            good |= {
                recorder.label
                for sent in recorder.interactions.values()
                if sent.response and sent.response.status_code < 300
            }
            for case_id, checks in recorder.checks.items():
                failures += [
                    failure_of(case_id, check, recorder) for check in checks if check.failure_info is not None
                ]
    assert not failures, "\n".join(failures)
    assert {"GET /api/staff/me", "GET /api/staff/requests", "GET /api/staff/audit"} <= good
