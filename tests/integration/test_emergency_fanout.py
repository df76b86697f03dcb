"""An emergency for a large supplier: the first ones at once, each once by each channel, in flat memory."""

import logging
import os
import time

import pytest

from cabinet.accounts.store import suppliers
from cabinet.accounts.supplier_model import Supplier
from cabinet.core import clock
from cabinet.notices import publications
from cabinet.notices.audience import count_supplier_reach_in_time
from cabinet.notices.model import Publication, supplier_board
from cabinet.notifications.channels.push.worker import Pusher
from cabinet.notifications.worker import Mailer
from tests.support.emergency_channels import FirstWorker, Tally, send_all, waiting
from tests.support.fanout_scenario import SUPPLIER_ID, CapacityCost, hours_pass, work_off, write_subscribers
from tests.support.local_aws import LocalAws
from tests.support.tables_process import tables_in_a_process

ACCOUNTS = int(os.environ.get("FANOUT_ACCOUNTS", "2000"))
PUSH_INTERVAL = 3
"""Every third recipient has a browser that gets pushes."""
SHARDS_SENT = int(os.environ.get("FANOUT_SHARDS_SENT", "2"))
"""Of the outboxes' 16: how many are sent off to the end; the rest is only written."""
FANOUT_KILLED, SENDING_KILLED = 0.001, 0.002
"""The share of the moments before and after a call at which a worker is killed."""
FLAT_MEGABYTES, MAX_MEGABYTES = 8, 64
"""What the second half of the work may take beyond the first, and all of it beyond the start."""


def emergency(supplier: Supplier) -> Publication:
    return Publication(
        publication_id="burst", supplier_id=supplier.supplier_id, where="", kind="emergency",
        boards=[supplier_board(supplier.supplier_id).name], title="Нет воды", text="Авария.",
        published_at=clock.timestamp(clock.now()),
    )  # fmt: skip


@pytest.mark.slow
def test_an_emergency_reaches_everybody_once_and_the_first_one_at_once(
    local_aws: LocalAws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers are killed at random midway; whom the mailings leave out is mailed as well."""
    monkeypatch.setenv("MAIL_SENDER", "no-reply@cabinet.example.ru")
    # What is logged for each letter pytest would keep in the memory that is measured.
    monkeypatch.setattr(logging.root.manager, "disable", logging.INFO)
    pushed = range(0, ACCOUNTS, PUSH_INTERVAL)
    mailer, pusher = Mailer(lambda: 60.0), Pusher(lambda: 60.0)
    tally = Tally(ACCOUNTS)
    fanout, sending = CapacityCost(FANOUT_KILLED), CapacityCost(SENDING_KILLED, seed=2)
    with tables_in_a_process():
        write_subscribers(ACCOUNTS, push_interval=PUSH_INTERVAL)
        supplier = suppliers([SUPPLIER_ID])[SUPPLIER_ID]
        began = time.monotonic()
        reach = count_supplier_reach_in_time(SUPPLIER_ID, 0, "emergency", stopwatch=float)
        counted = time.monotonic() - began
        with tally.running(monkeypatch, time.monotonic):
            first = [
                FirstWorker("mail", mailer.send_for_recipient, tally),
                FirstWorker("push", pusher.send_for_user, tally),
            ]
            try:
                publications.publish(emergency(supplier), supplier)
                with fanout.running():
                    work_off(4, fanout.note_shard)
                    hours = hours_pass(4, monkeypatch, fanout.note_shard)
            finally:
                for each in first:
                    each.close()
            written = tally.seconds()
            with sending.running():
                emails = send_all(
                    mailer.send_for_recipient, waiting("OUTBOX", SHARDS_SENT), tally, monkeypatch
                )
                pushes = send_all(pusher.send_for_user, waiting("PUSHBOX", SHARDS_SENT), tally, monkeypatch)
            sent = tally.seconds() - written
        left = len(waiting("OUTBOX", SHARDS_SENT)) + len(waiting("PUSHBOX", SHARDS_SENT))
    copies = tally.copies(SHARDS_SENT, pushed)
    with capsys.disabled():
        print(  # noqa: T201 - the figures are what this test is for
            f"\n{ACCOUNTS} recipients, {len(pushed)} of them with a browser, counted in {counted:.1f} s; "
            f"first letter sent after {tally.sent_first['mail']:.2f} s, first push after "
            f"{tally.sent_first['push']:.2f} s, all written after {written:.0f} s; {fanout.kills} workers "
            f"killed, {hours} more hours; memory {_span(fanout.megabytes)}, after each of the shards "
            f"{[fanout.shard_megabytes[shard] for shard in sorted(fanout.shard_megabytes)]}\n"
            f"{len(copies)} letters and pushes, those of {SHARDS_SENT} of 16 shards, sent in {sent:.0f} s; "
            f"{emails} mailers and {pushes} pushers killed, {tally.unnoted} of them between the provider's "
            f"answer and its note; {sum(copies) - len(copies)} second copies; "
            f"memory {_span(sending.megabytes)}"
        )
    assert reach.subscribers == ACCOUNTS
    assert fanout.kills > 0, "workers were killed indeed"
    assert emails + pushes > 0, "and those who send as well"
    assert set(tally.written["mail"]) == {1}
    assert list(tally.written["push"]) == [number % PUSH_INTERVAL == 0 for number in range(ACCOUNTS)]
    assert (left, min(copies)) == (0, 1)
    # A provider is asked once more only where its answer was not noted any more.
    assert sum(copies) - len(copies) == tally.unnoted
    for bill in (fanout, sending):
        half = len(bill.megabytes) // 2
        assert max(bill.megabytes[half:]) - max(bill.megabytes[:half]) < FLAT_MEGABYTES
        assert max(bill.megabytes) - bill.megabytes[0] < MAX_MEGABYTES


def _span(megabytes: list[int]) -> str:
    return f"{megabytes[0]} MB at first, {max(megabytes)} MB at most"
