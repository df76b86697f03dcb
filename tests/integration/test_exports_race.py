"""Exports beside submissions and beside each other, on the local AWS: each line goes out exactly once."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date

from cabinet.accounts.binding_store import set_paperless
from cabinet.accounts.paperless import StalePaperless
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.exchange.exports.export_job import StaleExport
from cabinet.exchange.exports.paperless import PAPERLESS_EXPORT
from cabinet.exchange.exports.readings import READINGS
from cabinet.metering import export_queue
from cabinet.metering.model import Meter, ZoneReading
from tests.support.factories import bound_accounts
from tests.support.local_aws import LocalAws

ACCOUNTS, EXPORTERS, TURNS = 24, 3, 6


def test_nothing_is_lost_or_doubled_when_exports_and_submissions_meet(local_aws: LocalAws) -> None:
    from exports.delivery import deliver
    from readings.app import app

    supplier = bound_accounts.supplier()
    start = ZoneReading(reading_id="i", value="0", taken_on=date(2020, 1, 1), source="initial")
    accounts = [bound_accounts.account(f"70000{n:05d}") for n in range(ACCOUNTS // 2)]
    for account in accounts:
        for meter_id in ("a", "b"):
            made = Meter(meter_id=meter_id, number=meter_id, service="ХВС", decimals=0, last={"T1": start})
            bound_accounts.meter(account.account_id, made)
    browser = bound_accounts.browser(app, bound_accounts.user("u1", *accounts))
    today = clock.local_date(clock.now(), "Asia/Yekaterinburg").isoformat()

    def hand_in(task: tuple[int, str]) -> None:
        number, meter_id = task
        path = f"/api/accounts/{accounts[number].account_id}/readings"
        body = {"taken_on": today, "readings": [{"meter_id": meter_id, "value": str(number + 1)}]}
        answer = browser.post(path, json=body, headers={"Idempotency-Key": f"{number}-{meter_id}"})
        assert answer.status_code == 201, answer.text

    def export(_: int) -> None:
        for _round in range(4):
            try:
                deliver("readings", supplier, lambda: True)
            except StaleExport:
                continue

    tasks = [(number, meter_id) for meter_id in ("a", "b") for number in range(len(accounts))]
    with ThreadPoolExecutor(EXPORTERS + 2) as threads:
        workers = [threads.submit(export, n) for n in range(EXPORTERS)]
        list(threads.map(hand_in, tasks))
        for worker in workers:
            worker.result()
    while deliver("readings", supplier, lambda: True) is not None:
        pass
    sent = sorted(line for made in READINGS.registries("uk-test") for line in lines_of(made.number))
    assert sent == sorted((accounts[number].number, meter_id, str(number + 1)) for number, meter_id in tasks)
    assert not [
        row
        for shard in range(export_queue.SHARDS)
        for row in dynamo.query_all(Table.ACCOUNTS, export_queue.shard_partition("uk-test", shard))
    ]


def lines_of(number: int) -> list[tuple[str, str, str]]:
    content = READINGS.redeliver("uk-test", number).content.decode("utf-8-sig")
    _registry, _header, *rows, _control = csv.reader(io.StringIO(content), delimiter=";")
    return [(row[0], row[1], row[3]) for row in rows]


def test_the_last_line_about_paper_is_what_its_subscribers_want(local_aws: LocalAws) -> None:
    from exports.delivery import deliver

    supplier, account = bound_accounts.supplier(), bound_accounts.account()
    users = [f"u{number}" for number in range(3)]
    for user_id in users:
        bound_accounts.user(user_id, account)

    def change_mind(user_id: str) -> None:
        for turn in range(TURNS):
            record = {
                "enabled": turn % 2 == 0,
                "at": f"2026-10-20T05:{turn % 60:02d}:00+00:00",
                "version": "v",
                "sha256": "h",
            }
            while True:
                try:
                    set_paperless(user_id, account.account_id, record)
                    break
                except StalePaperless:
                    continue

    def export(_: int) -> None:
        for _round in range(4):
            with suppress(StaleExport):
                deliver("refusals", supplier, lambda: True)

    with ThreadPoolExecutor(len(users) + EXPORTERS) as threads:
        work = [threads.submit(export, n) for n in range(EXPORTERS)]
        work += [threads.submit(change_mind, user_id) for user_id in users]
        for each in work:
            each.result()
    assert told_of_paper(supplier)[-1] == "0", "all of them have withdrawn in the end"
    set_paperless(
        "u0",
        account.account_id,
        {"enabled": True, "at": "2026-10-20T06:00:00+00:00", "version": "v", "sha256": "h"},
    )
    told = told_of_paper(supplier)
    assert told == ["1", "0"] * (len(told) // 2) + ["1"], "each change once, in its order"


def told_of_paper(supplier: Supplier) -> list[str]:
    """Deliver what is left and return the account's states in the order of the registries."""
    from exports.delivery import deliver

    while deliver("refusals", supplier, lambda: True) is not None:
        pass
    made = reversed(PAPERLESS_EXPORT.registries("uk-test"))
    texts = [PAPERLESS_EXPORT.redeliver("uk-test", each.number).content.decode("utf-8-sig") for each in made]
    return [row.split(";")[1] for text in texts for row in text.splitlines()[2:-1]]
