"""All checks of an installation, group by group, and the lines that report them."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from infra.doctor import (
    alarm_checks,
    bank_checks,
    bucket_checks,
    mail_checks,
    queue_checks,
    secret_checks,
    site_checks,
    stack_checks,
    table_checks,
    trigger_checks,
    webhook_checks,
    write_checks,
)
from infra.doctor.check import Check, ReportLine, error_code, run_checks, run_together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from infra.doctor.installation import Installation

type ListChecks = Callable[[Installation], Iterable[Check]]

GROUPS: dict[str, ListChecks] = {
    "stack": stack_checks.checks,
    "tables": table_checks.checks,
    "writes": write_checks.checks,
    "queues": queue_checks.checks,
    "triggers": trigger_checks.checks,
    "buckets": bucket_checks.checks,
    "secrets": secret_checks.checks,
    "banks": bank_checks.checks,
    "webhooks": webhook_checks.checks,
    "mail": mail_checks.checks,
    "alarms": alarm_checks.checks,
    "site": site_checks.checks,
}
LISTING_SECONDS = 20.0
"""Timeout for a group to list its checks. With the slowest check, in parallel, a minute at most."""


def examine(installation: Installation) -> Iterator[ReportLine]:
    """Run every check and yield its lines, group by group."""
    lists = run_together(
        [partial(_listed, group, installation) for group in GROUPS.values()],
        [LISTING_SECONDS] * len(GROUPS),
    )
    checks: list[Check] = []
    for name, listed in zip(GROUPS, lists, strict=True):
        if isinstance(listed, list):
            checks += listed
            continue
        why = f"{error_code(listed)}: {listed}" if listed else f"no answer within {LISTING_SECONDS:.0f} s"
        remedy = "mend the failures of the other lines first"
        yield ReportLine("FAIL", name, "all", f"could not be looked at: {why}", remedy)
    for result in run_checks(checks):
        yield replace(result, remedy=_with_local_endpoint(result.remedy, installation))


def _listed(group: ListChecks, installation: Installation) -> list[Check] | Exception:
    try:
        return list(group(installation))
    except Exception as error:  # noqa: BLE001 - reported as a result
        return error


def _with_local_endpoint(remedy: str, installation: Installation) -> str:
    """Return a remedy whose commands of AWS's own tool reach the local AWS."""
    if not installation.is_local:
        return remedy
    endpoint = installation.environment["AWS_ENDPOINT_URL"]
    return re.sub(r"\baws (?=[a-z0-9]+ [a-z])", f"aws --endpoint-url {endpoint} ", remedy)


def line(result: ReportLine) -> str:
    """Return a result as one line: what was checked, what was found, what to do."""
    remedy = f" → {result.remedy}" if result.remedy else ""
    return f"{result.outcome:<4}  {result.group:<9} {result.subject}: {result.text}{remedy}"
