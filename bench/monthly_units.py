"""Measures what one action of a resident takes of AWS, and writes monthly_units.json for monthly_cost.py.

    PYTHONPATH=. .local/venv/bin/python bench/monthly_units.py

The real functions run as in the tests of the API. Read units are counted from calls and items' sizes as the
suite's bars count them, written units from the items before and after each write, with every index an item
lies in; a transaction counts twice. The processor's time is bench/request_cpu.py's.
"""

# ruff: noqa: ANN401 - botocore's shapes

from __future__ import annotations

import json
import math
import os
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ |= {
    "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_REGION": "eu-central-1", "POWERTOOLS_SERVICE_NAME": "bench", "POWERTOOLS_TRACE_DISABLED": "true",
    "POWERTOOLS_METRICS_NAMESPACE": "Cabinet", "POWERTOOLS_LOG_LEVEL": "ERROR",
}  # fmt: skip

import boto3
import time_machine
import yaml
from import_speed import MONTHS, SUPPLIER, generate
from moto import mock_aws

from infra.build.template import Template
from tests.support import aws_calls, fanout_scenario, reminder_runs
from tests.support.aws import LOCAL_ENVIRONMENT, REGION, Aws, clear_caches
from tests.support.dynamo_cost import measured, size
from tests.support.moto_snapshot import Provisioned

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "/api/accounts/uk-test:1234567899"
MAILED = 400
"""Accounts of a mailing's supplier, nine of ten of whom want it."""
VIEWS = ("summary", "charges", "payments", "meters", "documents")


class Writes:
    """Counts the units of writes: each item is read before and after the call."""

    def __init__(self) -> None:
        self.units = 0.0
        self._plain = boto3.client("dynamodb", region_name=REGION)
        self._tables: dict[str, Any] = {}
        self._before: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        self._factor = 1

    def before(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        """Look at the items that a call is about to write."""
        self._factor = 2 if model.name == "TransactWriteItems" else 1
        actions = [each for action in params.get("TransactItems", []) for each in action.values()]
        if model.name in {"PutItem", "UpdateItem", "DeleteItem"}:
            actions = [params]
        written = [(each["TableName"], self._key(each)) for each in actions]
        for name, requests in params.get("RequestItems", {}).items() if "Batch" in model.name else ():
            if model.name == "BatchWriteItem":
                written += [(name, self._key(each)) for request in requests for each in request.values()]
        self._before = [(name, key, self._item(name, key)) for name, key in written]

    def after(self, **_: Any) -> None:
        """Count what the call has written."""
        for name, key, old in self._before:
            new = self._item(name, key)
            self.units += self._factor * self._units(name, old, new)

    def _units(self, name: str, old: dict[str, Any], new: dict[str, Any]) -> int:
        blocks = max(1, math.ceil(max(size(old), size(new)) / 1024))
        total = blocks
        for index in self._table(name).get("GlobalSecondaryIndexes", []):
            names = [part["AttributeName"] for part in index["KeySchema"]]
            places = [[item[part] for part in names] for item in (old, new) if all(p in item for p in names)]
            if places and old != new:
                total += blocks * (2 if len(places) == 2 and places[0] != places[1] else 1)
        return total

    def _key(self, action: dict[str, Any]) -> dict[str, Any]:
        given = action.get("Key") or action["Item"]
        return {part: given[part] for part in ("pk", "sk")}

    def _item(self, name: str, key: dict[str, Any]) -> dict[str, Any]:
        return dict(self._plain.get_item(TableName=name, Key=key, ConsistentRead=True).get("Item", {}))

    def _table(self, name: str) -> dict[str, Any]:
        if name not in self._tables:
            self._tables[name] = self._plain.describe_table(TableName=name)["Table"]
        return dict(self._tables[name])


class Record:
    """What each action took: requests, calls of DynamoDB, units read and written."""

    def __init__(self) -> None:
        self.actions: dict[str, dict[str, float]] = {}

    @contextmanager
    def action(self, name: str, requests: int, times: int = 1) -> Iterator[None]:
        """Measure what happens inside as `times` actions of so many requests (invocations) each."""
        from cabinet.aws import dynamo

        writes, events = Writes(), dynamo.dynamodb_client().meta.events
        events.register("provide-client-params.dynamodb.*", writes.before)
        events.register("after-call.dynamodb.*", writes.after)
        with measured() as cost:
            yield
        events.unregister("provide-client-params.dynamodb.*", writes.before)
        events.unregister("after-call.dynamodb.*", writes.after)
        self.actions[name] = {
            "requests": requests, "calls": len(cost.operations) / times,
            "read_units": cost.read_units / times, "write_units": writes.units / times,
        }  # fmt: skip


def residents(record: Record, aws: Aws) -> None:
    """Measure what people do: look, hand in readings, pay."""
    from cabinet.core import clock
    from cabinet.metering.model import Meter, ZoneReading
    from tests.support.factories import bound_accounts
    from tests.support.fake_bank_server import serving
    from tests.support.payment_scenario import PaymentScenario

    def set_clock(now: Any) -> None:
        clock.now = now

    with serving() as server:
        scenario = PaymentScenario(aws, server, set_clock)
        scenario.supplier()
        account = scenario.account()
        last = ZoneReading(reading_id="r", value="36.000", taken_on=datetime(2026, 8, 20, tzinfo=UTC).date(),
                           source="billing")  # fmt: skip
        for number in range(1, 5):
            meter = Meter(meter_id=f"m{number}", number=f"m{number}", service="ГВС", last={"T1": last})
            bound_accounts.meter(account.account_id, meter)
        token = scenario.user("u1", account)
        # The first one of the month counts who came.
        with record.action("first home", 1):
            assert scenario.call("queries", "GET", "/api/home", token).status == 200
        with record.action("home", 1):
            assert scenario.call("queries", "GET", "/api/home", token).status == 200
        with record.action("view", 1, len(VIEWS)):
            for view in VIEWS:
                assert scenario.call("queries", "GET", f"{ACCOUNT}/{view}", token).status == 200, view
        readings = [{"meter_id": f"m{number}", "value": "38,5"} for number in range(1, 5)]
        body = {"taken_on": clock.now().date().isoformat(), "readings": readings}
        with record.action("readings", 2):
            assert scenario.call("readings", "GET", f"{ACCOUNT}/readings/form", token).status == 200
            answer = scenario.call("readings", "POST", f"{ACCOUNT}/readings", token, body, key="k")
            assert answer.status == 201, answer.body
        with record.action("payment", 6):
            assert scenario.add(token, account.account_id).status < 300
            assert scenario.cart(token).status == 200
            checkout = scenario.check_out(token)
            assert checkout.status in (200, 201), checkout.body
            scenario.complete_payment(checkout.json["payment_url"])
            scenario.deliver()
            scenario.reconcile_orders()
            order = scenario.orders()[0]
            assert scenario.call("cart", "GET", f"/api/orders/{order.order_id}", token).status == 200
        assert scenario.order(order.order_id).status == "paid"
        with record.action("reconciliation run", 1):
            scenario.reconcile()


def emails(record: Record, aws: Aws) -> None:
    """Measure sign-in and what an email takes from its row to SES."""
    from tests.support import auth_client
    from tests.support.mailer import EMAIL, run_for, run_sweep, write

    aws.client("ses").verify_email_identity(EmailAddress="no-reply@cabinet.example.ru")
    client = auth_client.browser()
    probe = client.post("/api/auth/registrations", json=auth_client.form(client, email="probe@example.ru"))
    assert probe.status_code == 202, probe.text  # said before the measured one
    with record.action("registration", 4):
        auth_client.register(client, aws)
    with record.action("sign in", 1):
        answer = auth_client.sign_in(client)
        assert answer.status_code < 300, answer.text
    # Its row is written by what it tells of, and counted there.
    write(EMAIL)
    with record.action("email", 1):
        run_for(EMAIL)
    run_sweep()  # what is left of the above
    with record.action("outbox sweep", 1):
        run_sweep()


def mailings(record: Record, aws: Aws) -> None:
    """Measure what an email to all of a supplier takes for each of them until it waits to be sent."""
    recipients = fanout_scenario.write_subscribers(MAILED)
    with (
        time_machine.travel("2026-11-23T06:00:00Z", tick=False),
        record.action("mailing", 0, recipients),
    ):
        reminder_runs.run({"schedule": "reminders"})
        reminder_runs.drain(aws)
    assert len(reminder_runs.emails(aws)) == recipients


def registry(record: Record, aws: Aws) -> None:
    """Measure a month's registry of an account: changed sums and readings, as import_speed.py makes it."""
    import tempfile

    from cabinet.accounts import suppliers
    from cabinet.accounts.supplier_model import Supplier
    from cabinet.exchange.imports import apply, import_job
    from infra.sample.suppliers import PROFILES

    apply.THREADS = 1
    # Most suppliers have no webhook, and none of the others pays for it.
    suppliers.apply(
        Supplier.model_validate(
            yaml.safe_load(PROFILES[SUPPLIER].replace("${LOCAL_ORIGIN}", "https://bank.example.ru"))
            | {"webhook": None}
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "registry.zip"
        for number, month in enumerate(MONTHS[-2:], 1):
            generate(path, range(12), [month], number, number)
            key = f"inbound/{SUPPLIER}/auto/{number}/registry.zip"
            aws.client("s3").upload_file(str(path), os.environ["EXCHANGE_BUCKET"], key)
            job = import_job.job_for_object(key)
            assert job is not None
            with record.action("registry", 0, 12):
                assert import_job.run(job, lambda: 86_400.0) == "done"


def sizes() -> dict[str, float]:
    """Return the bytes of all items by table, for the account and the months that were imported."""
    found: Counter[str] = Counter()
    client = boto3.client("dynamodb", region_name=REGION)
    name = os.environ["ACCOUNTS_TABLE"]
    for item in client.scan(TableName=name)["Items"]:
        copies = 1 + sum(part in item for part in ("number", "house_key", "shard"))
        kind = item["sk"]["S"].partition("#")[0]
        found[kind] += size(item) * copies
    return dict(found)


def main() -> int:
    """Write the units of all actions as JSON."""
    aws_calls.watch_sessions()
    record = Record()
    for part in (registry, emails, mailings, residents):
        with mock_aws():
            provisioned = Provisioned(Template.load(), REGION)
            environment = provisioned.environment | LOCAL_ENVIRONMENT
            os.environ |= environment | {"MAIL_SENDER": "no-reply@cabinet.example.ru", "LOCAL_STACK": "true"}
            tables = provisioned.memory_tables()
            with aws_calls.answered_by(tables.respond):
                clear_caches()
                part(record, Aws(environment, provisioned.session, tables))
                if part is registry:
                    stored = sizes()
    found = {"actions": record.actions, "bytes_of_12_accounts": stored}
    Path(__file__).with_suffix(".json").write_text(f"{json.dumps(found, indent=1)}\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
