"""An emergency for all of a large supplier: the first letter at once, each recipient once, flat memory."""

import json
import os
import threading
import time
from typing import Any

import boto3
import pytest

from cabinet.accounts.model import Supplier
from cabinet.accounts.store import suppliers
from cabinet.core import clock
from cabinet.notices import publications
from cabinet.notices.audience import reach_of_everybody
from cabinet.notices.model import Publication, supplier_board
from cabinet.notifications.channels.email import ses
from cabinet.notifications.worker import Mailer
from tests.support.fanout_scenario import SUPPLIER_ID, Bill, hours_pass, letters, settle, work_off
from tests.support.local_aws import LocalAws
from tests.support.tables_process import tables_in_a_process

ACCOUNTS = int(os.environ.get("FANOUT_ACCOUNTS", "2000"))
FLAT_MEGABYTES, MOST_MEGABYTES = 8, 64
"""What the second half of the work may take beyond the first, and all of it beyond the start."""


class Post:
    """One mailer of the queue, until the first letter is with the provider."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent_to = ""
        self.sent_at = 0.0
        self._is_sent = threading.Event()
        monkeypatch.setattr(ses, "send", self._take)
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def _take(self, message: bytes, to: str, tags: dict[str, str | None]) -> str:
        if not self._is_sent.is_set():
            self.sent_to, self.sent_at = to, time.monotonic()
            self._is_sent.set()
        return "provider"

    def _work(self) -> None:
        sqs: Any = boto3.client("sqs")
        queue = os.environ["MAIL_QUEUE_URL"]
        while not self._is_sent.is_set():
            for message in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", []):
                named = json.loads(message["Body"])
                Mailer(lambda: 60.0).serve(named["pk"], named["sk"].partition("#")[0])

    def close(self) -> None:
        """End the mailer."""
        self._is_sent.set()
        self._thread.join()


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
    with tables_in_a_process():
        settle(ACCOUNTS)
        supplier = suppliers([SUPPLIER_ID])[SUPPLIER_ID]
        began = time.monotonic()
        reach = reach_of_everybody(SUPPLIER_ID, 0, "emergency")
        counted = time.monotonic() - began
        post = Post(monkeypatch)
        bill = Bill(killed_share=0.001)
        try:
            published = time.monotonic()
            publications.publish(emergency(supplier), supplier)
            with bill.running():
                work_off(4)
                hours = hours_pass(4, monkeypatch)
        finally:
            post.close()
        worked = time.monotonic() - published
        found = letters()
    first = post.sent_at - published
    with capsys.disabled():
        print(  # noqa: T201 - the figures are what this test is for
            f"\n{ACCOUNTS} recipients counted in {counted:.1f} s; first letter sent after {first:.2f} s, "
            f"the last one written after {worked:.0f} s; {bill.kills} workers killed, {hours} more hours; "
            f"memory {bill.megabytes[0]} MB at first, {max(bill.megabytes)} MB at most"
        )
    assert reach.subscribers == ACCOUNTS
    assert bill.kills > 0, "workers were killed indeed"
    assert post.sent_to, "the first letter went out while the others were written"
    # What the mailer has sent stands no more in the outbox.
    assert len(found) == ACCOUNTS - (post.sent_to not in found)
    assert set(found.values()) == {1}
    half = len(bill.megabytes) // 2
    assert max(bill.megabytes[half:]) - max(bill.megabytes[:half]) < FLAT_MEGABYTES
    assert max(bill.megabytes) - bill.megabytes[0] < MOST_MEGABYTES
