"""What a month of 100 000 accounts costs on AWS: units of each action, how often, at which price.

    PYTHONPATH=. .local/venv/bin/python bench/monthly_cost.py

Units are measured (monthly_units.json, made by monthly_units.py), what template.yaml declares is counted
there, prices are in aws_prices.yaml with their sources. Assumed are what residents do in a month (`TIMES`)
and what a request takes of a processor's time and of the log. The web ACL (`deploy --waf`) is not in it; what
is needed for pushes (secret, queue, alarms) is a part of its own beside the bar.
Exit code 1 when it costs more than the bars.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from infra.build.template import Template

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
ACCOUNTS = 100_000
BAR_USD, MAIL_BAR_USD, PUSH_BAR_USD = 55.0, 31.0, 1.0
PUSHES = "pushes"
MINUTES = 30 * 24 * 60

MAILINGS = 2.0
"""Emails to everybody, for each account: its receipt, the opened window."""
EMAILS = MAILINGS + 1.1
"""For each account: those, 0.7 taken readings, 0.4 payments. Emails of registrations are apart."""
REGISTRATIONS = ACCOUNTS * 0.02
TIMES = {
    "registry": ACCOUNTS * 1.0,
    "registration": REGISTRATIONS,
    "sign in": ACCOUNTS * 2.0,
    "first home": ACCOUNTS * 1.0,
    "home": ACCOUNTS * 1.0,
    "view": ACCOUNTS * 3.0,
    "readings": ACCOUNTS * 0.7,
    "payment": ACCOUNTS * 0.4,
    "mailing": ACCOUNTS * MAILINGS,
    "email": ACCOUNTS * EMAILS + REGISTRATIONS,
    "outbox sweep": MINUTES / 2,
    "reconciliation run": float(MINUTES),
}
"""How often an action is done in a month. Everybody has a cabinet and uses it twice: the dear case."""
BY_EVENTS = ("registry", "mailing", "email", "outbox sweep", "reconciliation run")
"""Actions that no resident's request starts."""

CALL_SECONDS, OWN_SECONDS = 0.006, 0.012
"""A round trip of DynamoDB, and a request's own time at 1 GB (request_cpu.py, and what Lambda adds)."""
COLD_SHARE, COLD_SECONDS = 0.05, 0.9
IMPORT_SECONDS = 600.0
LOG_BYTES_OF_A_RUN = 1300
"""Lambda's own three lines in JSON and one of ours; API Gateway's line is ACCESS_LOG_BYTES more."""
ACCESS_LOG_BYTES = 220
STATIC_REQUESTS, STATIC_BYTES, ANSWER_BYTES = 6, 80_000, 3_000
RETENTION_MONTHS = 24
WARM_PROCESSES, SECRET_SECONDS = 8, 300
"""How many processes read the keys anew each five minutes, day and night, seven of ten of them HTTP's."""
POLLERS_OF_A_QUEUE, POLL_SECONDS = 5, 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bill."""

    part: str
    price: str
    quantity: float


def lines(measured: Mapping[str, Any], template: Template) -> list[Line]:
    """Return what the month takes, by part."""
    actions = measured["actions"]

    def total(unit: str, names: Mapping[str, float] = TIMES) -> float:
        return sum(float(actions[name][unit] * times) for name, times in names.items())

    asked = {name: times for name, times in TIMES.items() if name not in BY_EVENTS}
    requests, runs = total("requests", asked), total("requests")
    return [
        Line("mail", "mail", ACCOUNTS * EMAILS),
        Line("mail of registrations", "mail", REGISTRATIONS),
        *(Line(f"writes: {name}", "dynamodb_write", total("write_units", {name: times}))
          for name, times in TIMES.items()),
        Line("reads", "dynamodb_read", total("read_units")),
        *_storage(measured),
        Line("functions", "lambda_request", runs),
        Line("functions", "lambda_time", _gb_seconds(runs, total("calls"))),
        Line("API", "http_api", requests),
        Line("site", "cloudfront_request", requests + TIMES["sign in"] * STATIC_REQUESTS),
        Line("site", "cloudfront_traffic", (TIMES["sign in"] * STATIC_BYTES + requests * ANSWER_BYTES) / 1e9),
        Line("logs", "logs", (runs * LOG_BYTES_OF_A_RUN + requests * ACCESS_LOG_BYTES) / 1e9),
        *_watching(template, runs),
        *_fixed_costs(template),
    ]  # fmt: skip


def _storage(measured: Mapping[str, Any]) -> list[Line]:
    """Return what lies in tables and buckets: measured from twelve accounts with two months of registries."""
    of_twelve = measured["bytes_of_12_accounts"]
    by_month = sum(of_twelve[kind] for kind in ("RECEIPT", "READING", "DOCUMENT", "PAYMENT")) / 2
    twelve_accounts = of_twelve["ACCOUNT"] + of_twelve["METER"] + by_month * RETENTION_MONTHS
    gigabytes = twelve_accounts / 12 * ACCOUNTS / 1e9
    return [
        Line("tables", "dynamodb_storage", gigabytes),
        Line("tables", "dynamodb_recovery", gigabytes),
        Line("buckets", "s3_storage", 10.0),
        Line("buckets", "s3_write", ACCOUNTS / 16),  # what imports replaced: docs/adr/0033
    ]


def _gb_seconds(runs: float, calls: float) -> float:
    return runs * (OWN_SECONDS + COLD_SHARE * COLD_SECONDS) + calls * CALL_SECONDS + IMPORT_SECONDS * 1.8


def _watching(template: Template, runs: float) -> list[Line]:
    alarms, of_pushes = 0, 0
    for name, alarm in template.resources("AWS::CloudWatch::Alarm"):
        metrics = len([each for each in alarm.get("Metrics", [{}]) if "Expression" not in each])
        if "Push" in name:
            of_pushes += metrics
        else:
            alarms += metrics
    alarmed = {alarm.get("MetricName") for _, alarm in template.resources("AWS::CloudWatch::Alarm")
            if alarm.get("Namespace") == "Cabinet" and "Dimensions" in alarm}  # fmt: skip
    is_traced = template.defaults()["Tracing"] == "Active"
    return [
        Line("alarms", "alarm", alarms),
        Line(PUSHES, "alarm", of_pushes),
        Line(
            "alarms", "metric", len(alarmed)
        ),  # a filter's metric costs only the hours in which it finds a line
        Line("alarms", "dashboard", len(list(template.resources("AWS::CloudWatch::Dashboard")))),
        Line("traces", "trace", runs if is_traced else 0),  # one a second and a twentieth: nearly all
    ]


def _fixed_costs(template: Template) -> list[Line]:
    """Return the fixed costs, which do not depend on the number of visitors."""
    events = Counter(
        event["Type"]
        for _, function in template.resources("AWS::Serverless::Function")
        for event in function.get("Events", {}).values()
    )
    polls = POLLERS_OF_A_QUEUE * MINUTES * 60 / POLL_SECONDS
    # That of pushes is apart; a bank's and that of Госуслуги are not in the template.
    secrets = len(list(template.resources("AWS::SecretsManager::Secret"))) - 1 + 2
    return [
        Line("queues", "sqs", (events["SQS"] - 1) * polls + TIMES["email"] * 2),
        Line(PUSHES, "sqs", polls),
        Line("secrets", "secret", secrets),
        Line(PUSHES, "secret", 1),
        Line("secrets", "secret_read", WARM_PROCESSES * MINUTES * 60 / SECRET_SECONDS),
        Line("schedules", "schedule", TIMES["outbox sweep"] + TIMES["reconciliation run"] + 720 + 30),
    ]


def bill(found: list[Line], prices: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Return USD by part: at the list's price, and after what each account has free every month."""
    costs: dict[str, tuple[float, float]] = {}
    free = {name: float(price.get("free", 0)) for name, price in prices.items()}
    for line in found:
        given = min(line.quantity, free[line.price])
        free[line.price] -= given
        whole, rest = costs.get(line.part, (0.0, 0.0))
        usd = prices[line.price]["usd"]
        costs[line.part] = whole + line.quantity * usd, rest + (line.quantity - given) * usd
    return costs


def main() -> int:
    """Print the bill."""
    measured = json.loads((HERE / "monthly_units.json").read_text("utf-8"))
    prices = yaml.safe_load((HERE / "aws_prices.yaml").read_text("utf-8"))
    found = lines(measured, Template.load())
    costs = bill(found, prices)
    print(f"a month of {ACCOUNTS} accounts, USD: after what is free, at the list's price\n")
    for part, (whole, rest) in sorted(costs.items(), key=lambda each: -each[1][1]):
        print(f"{rest:8.2f} {whole:8.2f}  {part}")
        for line in found:
            if line.part == part:
                print(f"{'':20}{line.quantity:>14,.1f}  {prices[line.price]['unit']}".replace(",", " "))
    paid, whole, mail = sum(r for _, r in costs.values()), sum(w for w, _ in costs.values()), costs["mail"][1]
    print(f"{paid:8.2f} {whole:8.2f}  in all; without mail {paid - mail:.2f} and {whole - mail:.2f}")
    pushes = costs[PUSHES][1]
    is_within = paid - pushes <= BAR_USD and mail <= MAIL_BAR_USD and pushes <= PUSH_BAR_USD
    bars = (
        f"{BAR_USD:.0f} after what is free, mail {MAIL_BAR_USD:.0f} of it, pushes {PUSH_BAR_USD:.0f} beside"
    )
    print(f"bars: {bars}: {'held' if is_within else 'MISSED'}")
    return 0 if is_within else 1


if __name__ == "__main__":
    raise SystemExit(main())
