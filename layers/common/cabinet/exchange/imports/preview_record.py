"""What a check has found, as it is kept for the desk: bounded, JSON-able, sums in kopecks. Pure."""

from typing import Any

from cabinet.core.money import Kopecks
from cabinet.core.text import strip_control_chars
from cabinet.exchange.imports.preview import CheckResult, Preview, other_lines
from cabinet.exchange.imports.report import WARNING
from cabinet.exchange.model import Issue

MAX_ISSUES = 200
"""Maximum number of issues shown at the desk; the report has all of them."""
MAX_SUMS = 200
MAX_MISSING = 20
_MAX_MESSAGE = 400

type Record = dict[str, Any]


def to_record(examined: CheckResult) -> Record:
    """Return the preview: counts, sums by period, kind and payee, differences, absent accounts, issues."""
    found, tally = examined.found, examined.found.tally
    sums = _sums(found)
    issues = sorted(examined.checked.issues.kept, key=lambda one: one.severity == WARNING)
    return {
        "accounts": {name: found.accounts[name] for name in ("new", "changed", "holder", "closed")}
        | {"unchanged": tally["accounts.unchanged"]},
        "receipts": {name: found.receipts[name] for name in ("new", "changed")}
        | {"unchanged": tally["receipts.unchanged"]},
        "others": list(other_lines(found)),
        "total_before": sum(found.before.values()),
        "total_after": sum(found.after.values()),
        "sums": sums[:MAX_SUMS],
        "sums_left_out": max(0, len(sums) - MAX_SUMS),
        "biggest": [
            {
                "number": one.number, "period": one.period, "kind": one.kind, "before": one.before,
                "after": one.after, "compared_with": one.compared_with,
            }
            for one in found.biggest
        ],
        "missing": {
            section: {"count": len(numbers), "first": numbers[:MAX_MISSING]}
            for section, numbers in examined.missing.items() if numbers
        },
        "findings": [_issue(one) for one in issues[:MAX_ISSUES]],
        "findings_left_out": examined.checked.issues.counts.total() - min(len(issues), MAX_ISSUES),
        "is_busy": examined.is_busy,
    }  # fmt: skip


def _sums(found: Preview) -> list[dict[str, str | Kopecks]]:
    return [
        {
            "period": period, "kind": kind, "payee_inn": inn,
            "before": found.before[period, kind, inn], "after": found.after[period, kind, inn],
        }
        for period, kind, inn in sorted(found.after)
    ]  # fmt: skip


def _issue(one: Issue) -> dict[str, str]:
    return {
        "place": str(one.location), "field": one.field, "code": one.code, "severity": one.severity,
        "message": strip_control_chars(one.message)[:_MAX_MESSAGE],
    }  # fmt: skip
