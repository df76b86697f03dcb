"""CPU of a warm request without I/O: the real handlers, with AWS's answers played from memory.

    .local/venv/bin/python bench/request_cpu.py [requests]

Each request is a Lambda event through Mangum, FastAPI, the rules and botocore; only the transport is cut out.
"ours" leaves out what is spent inside the calls of AWS (signing, headers, JSON): it is the figure to hold,
1.5 ms on a quiet machine. The baseline, taken between the requests, tells how quiet it is; "at 40" is ours
as it would be where the baseline is 40 ms.
"""

# botocore's hooks and raw bodies are typed wider than what is met here.
# mypy: disable-error-code="arg-type, union-attr"

# ruff: noqa: ANN401 - botocore's and the modules' own shapes

from __future__ import annotations

import importlib
import json
import os
import statistics
import sys
import time
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any, NamedTuple

import boto3
from botocore.awsrequest import AWSResponse
from cpu_baseline import QUIET_MS, baseline
from moto import mock_aws

from infra.build.template import Template
from tests.support.provision import provision

REGION = "eu-central-1"
os.environ |= {
    "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION, "POWERTOOLS_SERVICE_NAME": "bench", "POWERTOOLS_TRACE_DISABLED": "true",
    "POWERTOOLS_METRICS_NAMESPACE": "Cabinet", "ADDRESS_REQUESTS_PER_MINUTE": "1000000",
}  # fmt: skip
ACCOUNT = "uk-test:1234567899"
LIMIT_MS = 1.5
CASES = [
    ("queries", "GET", "summary", None), ("queries", "GET", "services", None),
    ("queries", "GET", "charges", None), ("queries", "GET", "payments", None),
    ("queries", "GET", "meters", None), ("queries", "GET", "documents", None),
    ("readings", "GET", "readings/form", None),
    ("readings", "POST", "readings",
     {"taken_on": datetime.now(UTC).date().isoformat(), "readings": [{"meter_id": "m1", "value": "38,5"}]}),
]  # fmt: skip


class Recorded:
    """Answers of DynamoDB, taken once from moto and then played again to the same calls."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.next = 0

    def take(self, parsed: dict[str, Any], **_: Any) -> None:
        """Keep an answer as DynamoDB would send it."""
        plain = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
        self.bodies.append(json.dumps(plain).encode())

    def play(self, request: Any, **_: Any) -> AWSResponse:
        """Answer the next call instead of the network."""
        body = self.bodies[self.next % len(self.bodies)]
        self.next += 1
        raw = BytesIO(body)
        raw.stream = lambda **_: iter([body])  # type: ignore[attr-defined]
        return AWSResponse(request.url, 200, {"Content-Type": "application/x-amz-json-1.0"}, raw)


def answer_queue(request: Any, **_: Any) -> AWSResponse:
    """Answer the message that wakes the mailer instead of the network."""
    raw = BytesIO(b"{}")
    raw.stream = lambda **_: iter([b"{}"])  # type: ignore[attr-defined]
    return AWSResponse(request.url, 200, {"Content-Type": "application/x-amz-json-1.0"}, raw)


def event(method: str, path: str, cookie: str, body: object) -> dict[str, Any]:
    """Return the HTTP API's event of a request."""
    headers = {"content-type": "application/json", "host": "cabinet.example.ru", "idempotency-key": "bench"}
    headers |= {"x-requested-with": "cabinet", "x-origin-token": os.environ.get("ORIGIN_TOKEN", "")}
    full = f"/api/accounts/{ACCOUNT}/{path}"
    return {
        "version": "2.0", "routeKey": "$default", "rawPath": full, "rawQueryString": "", "headers": headers,
        "cookies": [f"__Host-session={cookie}"], "isBase64Encoded": False,
        "requestContext": {
            "requestId": "bench", "stage": "$default",
            "http": {"method": method, "path": full, "protocol": "HTTP/1.1", "sourceIp": "198.51.100.7"},
        },
    } | ({"body": json.dumps(body)} if body is not None else {})  # fmt: skip


def world() -> str:
    """Write an account as the tests' world has it, and return a session's token."""
    from cabinet.billing.model import AccountPayment, Amounts, ChargeLine, Receipt, ServiceLine
    from cabinet.metering.model import Meter, ZoneReading
    from tests.support.factories import bound_accounts as made

    made.supplier()
    account = made.account()
    sums = Amounts(debt=6442974, paid=-756461, charged=151830, total=5838343)
    line = ServiceLine(service="Содержание и ремонт", debt=1, paid=-1, charged=263351, total=263351)
    charge = ChargeLine(service="ХВС", operation="начисление", tariff="25,16 руб/м3", volume="1", amount=1)
    for period in ("2026-08", "2026-09"):
        made.receipt(
            account.account_id,
            Receipt(
                kind="o", kind_title="О", period=period, main=sums, penalty=sums, services=[line] * 9,
                charges=[charge] * 9,
            ),
        )  # fmt: skip
    for day in range(1, 25):
        payment = AccountPayment(
            payment_id=str(day), kind='оплата "Город"', received_on=date(2026, 8, day), amount=108236,
            status="accounted",
        )  # fmt: skip
        made.payment(account.account_id, payment)
    months = {f"2026-{month:02d}": "2.000" for month in range(1, 10)}
    last = ZoneReading(reading_id="r", value="36.000", taken_on=date(2020, 9, 20), source="billing")
    for number in range(1, 5):
        meter = Meter(
            meter_id=f"m{number}",
            number=f"m{number}",
            service="ГВС",
            last={"T1": last},
            monthly={"T1": months},
        )
        made.meter(account.account_id, meter)
    return made.user("u1", account)


def main() -> int:
    """Measure every case and print the table."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with mock_aws():
        os.environ |= provision(Template.load(), boto3.Session(), REGION)
        from cabinet.aws import dynamo

        cookie = world()
        recorded: dict[tuple[str, str], Recorded] = {}
        for function, method, path, body in CASES:
            recorded[method, path] = record(dynamo, function, event(method, path, cookie, body))
    print(f"{'request':24}{'calls':>6}{'CPU, ms':>9}{'best':>10}{'ours':>10}{'baseline':>11}{'at 40':>7}")
    slowest = 0.0
    for function, method, path, body in CASES:
        played = recorded[method, path]
        spent = measure(dynamo, function, event(method, path, cookie, body), played, requests)
        scaled = spent.ours * QUIET_MS / spent.baseline
        slowest = max(slowest, scaled)
        print(
            f"{method + ' ' + path:24}{len(played.bodies):>6}{spent.whole:>9.2f}{spent.best:>10.2f}"
            f"{spent.ours:>10.2f}{spent.baseline:>11.0f}{scaled:>7.2f}"
        )
    print(f"slowest of ours {slowest:.2f} ms at a baseline of {QUIET_MS:.0f}, to hold {LIMIT_MS} ms")
    return 0 if slowest <= LIMIT_MS else 1


def record(dynamo: Any, function: str, request: dict[str, Any]) -> Recorded:
    """Run a request on moto and keep what DynamoDB answered."""
    taken = Recorded()
    events = dynamo.dynamodb_client().meta.events
    events.register("after-call.dynamodb.*", taken.take)
    answer = importlib.import_module(f"{function}.lambda_function").handler(request, None)
    events.unregister("after-call.dynamodb.*", taken.take)
    assert answer["statusCode"] in (200, 201), answer
    return taken


class CpuTime(NamedTuple):
    """CPU of a request in milliseconds: median, least, the median without the calls of AWS; the baseline."""

    whole: float
    best: float
    ours: float
    baseline: float


def measure(dynamo: Any, function: str, request: dict[str, Any], played: Recorded, requests: int) -> CpuTime:
    """Send the request this many times, with the baseline measured in between."""
    from cabinet.aws import queues

    handler = importlib.import_module(f"{function}.lambda_function").handler
    events = dynamo.dynamodb_client().meta.events
    events.register_first("before-send.dynamodb.*", played.play)
    queues.sqs_client().meta.events.register_first("before-send.sqs.*", answer_queue)
    within = [0.0]
    sqs: Any = queues.sqs_client()
    call, send = dynamo.client.call, sqs.send_message_batch

    def timed(work: Any) -> Any:
        def run(*given: Any, **asked: Any) -> Any:
            began = time.process_time()
            try:
                return work(*given, **asked)
            finally:
                within[0] += time.process_time() - began

        return run

    dynamo.client.call, sqs.send_message_batch = timed(call), timed(send)
    whole, ours, speeds = [], [], []
    for number in range(requests + 20):
        if number % 30 == 0:
            speeds.append(baseline())
        within[0], began = 0.0, time.process_time()
        answer = handler(request, None)
        spent = time.process_time() - began
        assert answer["statusCode"] in (200, 201), answer
        whole.append(spent * 1000)
        ours.append((spent - within[0]) * 1000)
    dynamo.client.call, sqs.send_message_batch = call, send
    events.unregister("before-send.dynamodb.*", played.play)
    median = statistics.median
    return CpuTime(median(whole[20:]), min(whole[20:]), median(ours[20:]), median(speeds))


if __name__ == "__main__":
    raise SystemExit(main())
