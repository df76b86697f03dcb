"""Exports beside submissions and beside each other, on the local AWS: each reading goes out exactly once."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from cabinet import clock, dynamo
from cabinet.dynamo import Table
from cabinet.exchange.outgoing import RegistryMoved
from cabinet.metering import exports, waiting
from cabinet.metering.model import LastReading, Meter
from tests.integration.conftest import LocalAws
from tests.unit.accounts import world

ACCOUNTS, EXPORTERS = 24, 3


def test_nothing_is_lost_or_doubled_when_exports_and_submissions_meet(local_aws: LocalAws) -> None:
    from exports.delivery import deliver
    from readings.app import app

    supplier = world.supplier()
    start = LastReading(reading_id="i", value="0", taken_on=date(2020, 1, 1), source="initial")
    accounts = [world.account(f"70000{n:05d}") for n in range(ACCOUNTS // 2)]
    for account in accounts:
        for meter_id in ("a", "b"):
            made = Meter(meter_id=meter_id, number=meter_id, service="ХВС", decimals=0, last={"T1": start})
            world.meter(account.account_id, made)
    browser = world.browser(app, world.user("u1", *accounts))
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
            except RegistryMoved:
                continue

    tasks = [(number, meter_id) for meter_id in ("a", "b") for number in range(len(accounts))]
    with ThreadPoolExecutor(EXPORTERS + 2) as threads:
        workers = [threads.submit(export, n) for n in range(EXPORTERS)]
        list(threads.map(hand_in, tasks))
        for worker in workers:
            worker.result()
    while deliver("readings", supplier, lambda: True) is not None:
        pass
    sent = sorted(line for made in exports.registries("uk-test") for line in lines_of(made.number))
    assert sent == sorted((accounts[number].number, meter_id, str(number + 1)) for number, meter_id in tasks)
    assert not [
        row
        for shard in range(waiting.SHARDS)
        for row in dynamo.walk(Table.ACCOUNTS, waiting.shard_partition("uk-test", shard))
    ]


def lines_of(number: int) -> list[tuple[str, str, str]]:
    content = exports.again("uk-test", number).content.decode("utf-8-sig")
    _registry, _header, *rows, _control = csv.reader(io.StringIO(content), delimiter=";")
    return [(row[0], row[1], row[3]) for row in rows]
