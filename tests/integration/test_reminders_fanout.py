"""Fan-out of a reminder with real concurrency: everyone once, whatever is killed and whatever fires twice."""

import os
import resource
import time

import pytest

from cabinet.messaging import fanout
from tests.integration.conftest import LocalAws
from tests.integration.fanout_town import Bill, hours_pass, job, letters, settle, work_off

ACCOUNTS = int(os.environ.get("FANOUT_ACCOUNTS", "10000"))


def test_killed_workers_and_a_doubled_schedule_tell_everyone_once(
    local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanting = settle(600)
    bill = Bill(killed_share=0.01)
    with bill.running():
        # The schedule fires twice, then somebody runs it by hand.
        for name in ("morning", "morning", "again"):
            fanout.start(job(name))
            fanout.dispatch(job(name))
        work_off(6)
        hours_pass(4, monkeypatch)
    told = letters()
    assert bill.kills > 5, "the workers were killed indeed"
    assert len(told) == wanting
    assert set(told.values()) == {1}


@pytest.mark.slow
def test_a_large_supplier_is_told_once_in_flat_memory(
    local_aws: LocalAws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanting = settle(ACCOUNTS)
    bill = Bill(killed_share=0.001)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    with bill.running():
        fanout.start(job("morning"))
        fanout.dispatch(job("morning"))
        fanout.dispatch(job("morning"))
        work_off(4)
        hours = hours_pass(4, monkeypatch)
    seconds = time.monotonic() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    told = letters()
    assert len(told) == wanting
    assert set(told.values()) == {1}
    assert grown < 64, "megabytes"
    per = 1000 / wanting
    calls = sum(bill.calls.values())
    with capsys.disabled():
        print(  # noqa: T201 - the figures are what this test is for
            f"\n{ACCOUNTS} accounts, {wanting} letters, {seconds:.0f} s, +{grown} MB, {bill.kills} kills, "
            f"{hours} more hours; per 1 000 recipients: {bill.read * per:.0f} items read, "
            f"{bill.written * per:.0f} written, {calls * per:.0f} calls\n{dict(bill.calls)}"
        )
