"""Any sequence of submissions leaves in storage what a simple model would: through the app, on moto."""

from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cabinet.accounts.binding_store import binding_item
from cabinet.accounts.keys import account_partition
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core.clock import now
from cabinet.metering.export_queue import pending_lines, queue_key
from cabinet.metering.keys import meter_key
from cabinet.metering.model import Meter, ZoneReading
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.factories import bound_accounts

_numbers = count(1)
STEPS = st.lists(
    st.tuples(st.sampled_from(["value", "delta", "withdraw", "again", "wrong"]), st.integers(0, 300)),
    min_size=1,
    max_size=8,
)


@pytest.fixture
def client(aws: Aws, time_machine: Any) -> AppClient:
    from readings.app import app

    time_machine.move_to("2026-10-20T10:00:00+05:00", tick=True)
    bound_accounts.supplier()
    return bound_accounts.browser(app, bound_accounts.user("u1"))


@dataclass
class Model:
    """The reading of the month, over the meter's initial value of 100."""

    active: int | None = None
    statuses: list[str] = field(default_factory=list)

    def hand_in(self, value: int) -> None:
        self.statuses = [("replaced" if status == "active" else status) for status in self.statuses]
        self.statuses.append("active")
        self.active = value

    def withdraw(self) -> None:
        self.statuses = [("withdrawn" if status == "active" else status) for status in self.statuses]
        self.active = None


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_the_stored_state_equals_a_simple_models(client: AppClient, steps: list[tuple[str, int]]) -> None:
    account = bound_accounts.account(f"8{next(_numbers):09d}")
    bound_accounts.write(Table.USERS, binding_item("u1", account, now()))
    start = ZoneReading(reading_id="i", value="100", taken_on=date(2026, 9, 1), source="initial")
    bound_accounts.meter(
        account.account_id, Meter(meter_id="m", number="m", service="x", decimals=0, last={"T1": start})
    )
    path, model, last_id, last_body = f"/api/accounts/{account.account_id}/readings", Model(), "none", {}
    for index, (step, number) in enumerate(steps):
        key = {"Idempotency-Key": f"{account.number}-{index}"}
        if step == "withdraw":
            answer = client.delete(f"{path}/{last_id}")
            assert answer.status_code == (404 if model.active is None else 204)
            model.withdraw()
            continue
        if step == "again" and last_body:
            key = {"Idempotency-Key": last_body["key"]}
            assert client.post(path, json=last_body["json"], headers=key).status_code == 201
            continue
        typed = {"delta": {"delta": number}, "wrong": {"value": "99"}}.get(step, {"value": 100 + number})
        body = {"taken_on": "2026-10-20", "readings": [{"meter_id": "m"} | typed]}
        answer = client.post(path, json=body, headers=key)
        if step == "wrong":
            assert answer.status_code == 422
            continue
        assert answer.status_code == 201, answer.text
        last_id = answer.json()["accepted"][0]["reading_id"]
        last_body = {"key": key["Idempotency-Key"], "json": body}
        model.hand_in(100 + number)
    check(account.account_id, model)


def check(account_id: str, model: Model) -> None:
    """Meter, months, history and the export agree with the model."""
    meter = Meter.model_validate(dynamo.get(Table.ACCOUNTS, meter_key(account_id, "m")))
    assert int(meter.last["T1"].value) == (100 if model.active is None else model.active)
    volume = int(meter.monthly.get("T1", {}).get("2026-10", "0"))
    assert volume == (0 if model.active is None else model.active - 100)
    rows = dynamo.query(Table.ACCOUNTS, account_partition(account_id), begins="READING#").items
    told = [row["status"] for row in sorted(rows, key=lambda row: row["submitted_at"])]
    assert told == model.statuses
    lines = pending_lines(dynamo.get(Table.ACCOUNTS, queue_key(account_id)) or {})
    assert [line["value"] for line in lines] == ([] if model.active is None else [str(model.active)])
