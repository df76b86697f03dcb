"""Concurrent readings of one meter, on the local AWS: one is valid, all are recorded."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest

from cabinet import limits
from cabinet.accounts.keys import account_partition
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.metering.export_queue import pending_lines, queue_key
from cabinet.metering.keys import meter_key
from cabinet.metering.meter_state import monthly_volumes
from cabinet.metering.model import Meter, Reading, ZoneReading
from cabinet.metering.volumes import UNIT
from tests.support.factories import bound_accounts
from tests.support.local_aws import LocalAws

ROUNDS = 50
ACCOUNT_ID = "uk-test:1234567899"
RIGHT = {"account_number": "1234567899", "house": "10", "flat": "1010"}


def test_owner_and_guest_hand_in_the_same_meter_at_once(
    local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    from readings.app import app

    bound_accounts.supplier()
    account = bound_accounts.account()
    start = ZoneReading(reading_id="i", value="0", taken_on=date(2020, 1, 1), source="initial")
    bound_accounts.meter(
        ACCOUNT_ID, Meter(meter_id="m", number="m", service="ХВС", decimals=0, last={"T1": start})
    )
    owner, guest = (
        bound_accounts.browser(app, bound_accounts.user("u1", account)),
        bound_accounts.browser(app),
    )
    token = guest.post("/api/guest/readings/lookup", json=RIGHT).json()["token"]
    today = clock.local_date(clock.now(), "Asia/Yekaterinburg").isoformat()
    for limit in ("GUEST_SUBMIT_BY_IP", "GUEST_SUBMIT_BY_ACCOUNT"):
        monkeypatch.setattr(limits, limit, limits.Limit(limit, 10_000, 3600))
    barrier = Barrier(2)

    def as_owner(number: int) -> Any:
        barrier.wait()
        body = {"taken_on": today, "readings": [{"meter_id": "m", "value": str(number)}]}
        path = f"/api/accounts/{ACCOUNT_ID}/readings"
        return owner.post(path, json=body, headers={"Idempotency-Key": f"round-{number}"})

    def as_guest(number: int) -> Any:
        barrier.wait()
        body = {
            "token": token,
            "taken_on": today,
            "readings": [{"meter_id": "m", "value": str(number + 1000)}],
        }
        return guest.post("/api/guest/readings", json=body)

    with ThreadPoolExecutor(2) as threads:
        for number in range(ROUNDS):
            pair = threads.submit(as_owner, number), threads.submit(as_guest, number)
            for answer in (each.result() for each in pair):
                assert answer.status_code == 201, answer.text
            check(2 * (number + 1))


def check(handed_in: int) -> None:
    """All are recorded, one is valid, and the meter, its month and the export agree with it."""
    rows = list(dynamo.query_all(Table.ACCOUNTS, account_partition(ACCOUNT_ID), begins="READING#m#"))
    readings = [Reading.model_validate(row) for row in rows]
    assert len(readings) == handed_in
    (active,) = [reading for reading in readings if reading.status == "active"]
    meter = Meter.model_validate(dynamo.get(Table.ACCOUNTS, meter_key(ACCOUNT_ID, "m"), consistent=True))
    last = meter.last["T1"]
    assert (last.reading_id, last.value) == (active.reading_id, active.value)
    assert meter.before["T1"].reading_id == "i"
    assert sum(monthly_volumes(meter).values()) == int(active.value) * UNIT
    (line,) = pending_lines(dynamo.get(Table.ACCOUNTS, queue_key(ACCOUNT_ID), consistent=True) or {})
    assert line["reading_id"] == active.reading_id
