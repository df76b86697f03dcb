"""Fan-out of a reminder with real concurrency: everyone once, whatever is killed and whatever fires twice.

The large supplier's rows are in tables in memory: the local AWS takes ten times as long for each call, and
its own answers to rivals are what the smaller run is for.
"""

import os
import time

import pytest

from cabinet import fanout
from tests.support.fanout_scenario import CapacityCost, emails, hours_pass, job, work_off, write_subscribers
from tests.support.local_aws import LocalAws
from tests.support.tables_process import tables_in_a_process

ACCOUNTS = int(os.environ.get("FANOUT_ACCOUNTS", "10000"))
FLAT_MEGABYTES, MAX_MEGABYTES = 8, 64
"""What the second half of the work may take beyond the first, and all of it beyond the start."""


def test_killed_workers_and_a_doubled_schedule_tell_everyone_once(
    local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanting = write_subscribers(600)
    cost = CapacityCost(killed_share=0.01)
    with cost.running():
        # The schedule fires twice, then somebody runs it by hand.
        for name in ("morning", "morning", "again"):
            fanout.start(job(name))
            fanout.dispatch(job(name))
        work_off(6)
        hours_pass(4, monkeypatch)
    reminder_state = emails()
    assert cost.kills > 5, "the workers were killed indeed"
    assert len(reminder_state) == wanting
    assert set(reminder_state.values()) == {1}


@pytest.mark.slow
def test_a_large_supplier_is_told_once_in_flat_memory(
    local_aws: LocalAws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers are killed midway and the schedule fires twice in this run, as in the smaller one."""
    with tables_in_a_process():
        began = time.monotonic()
        wanting = write_subscribers(ACCOUNTS)
        written = time.monotonic()
        cost = CapacityCost(killed_share=0.001)
        with cost.running():
            for _ in range(2):
                fanout.start(job("morning"))
                fanout.dispatch(job("morning"))
            work_off(4)
            hours = hours_pass(4, monkeypatch)
        finished = time.monotonic()
        reminder_state = emails()
    with capsys.disabled():
        print("\n" + _figures(cost, wanting))  # noqa: T201 - the figures are what this test is for
        print(  # noqa: T201
            f"written in {written - began:.0f} s, sent in {finished - written:.0f} s; "
            f"{cost.kills} kills, {hours} more hours; memory {cost.megabytes[0]} MB at first, "
            f"{max(cost.megabytes)} MB at most"
        )
    assert cost.kills > 0, "workers were killed indeed"
    assert len(reminder_state) == wanting
    assert set(reminder_state.values()) == {1}
    half = len(cost.megabytes) // 2
    assert max(cost.megabytes[half:]) - max(cost.megabytes[:half]) < FLAT_MEGABYTES
    assert max(cost.megabytes) - cost.megabytes[0] < MAX_MEGABYTES


def _figures(cost: CapacityCost, wanting: int) -> str:
    per = 1000 / wanting
    calls = ", ".join(f"{name} {count * per:.0f}" for name, count in cost.calls.most_common())
    return (
        f"{ACCOUNTS} accounts, {wanting} letters; per 1 000 recipients: "
        f"{cost.read * per:.0f} items read ({cost.read_units * per:.0f} units), "
        f"{cost.written * per:.0f} items written ({cost.write_units * per:.0f} units), "
        f"{sum(cost.calls.values()) * per:.0f} calls: {calls}"
    )
