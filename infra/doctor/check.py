"""What a check is, what it finds, and how all of them run at once, each with a limit of its own."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

type Outcome = Literal["ok", "FAIL", "skip"]

CHECK_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Issue:
    """What is wrong, and what to do about it."""

    text: str
    remedy: str


class Skipped(Exception):
    """The check cannot be made here; the text says why."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its issues, and what a line says when there are none."""

    group: str
    subject: str
    ok_text: str
    examine: Callable[[], Iterable[Issue]]
    seconds: float = CHECK_SECONDS


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One line of the report."""

    outcome: Outcome
    group: str
    subject: str
    text: str
    remedy: str = ""


def run_together[T](works: Sequence[Callable[[], T]], seconds: Sequence[float]) -> list[T | None]:
    """Run all at once and return what each gave; None for one that took longer than its `seconds`.

    The threads of those that hang are left behind: they are not waited for when the process ends.
    """
    started = time.monotonic()
    boxes: list[queue.SimpleQueue[T]] = [queue.SimpleQueue() for _ in works]
    for work, box in zip(works, boxes, strict=True):
        threading.Thread(target=_put, args=(work, box), daemon=True).start()
    results: list[T | None] = []
    for box, limit in zip(boxes, seconds, strict=True):
        try:
            results.append(box.get(timeout=max(0.0, started + limit - time.monotonic())))
        except queue.Empty:
            results.append(None)
    return results


def _put[T](work: Callable[[], T], box: queue.SimpleQueue[T]) -> None:
    box.put(work())


def run_checks(checks: Sequence[Check]) -> Iterator[ReportLine]:
    """Run the checks at once and yield their lines in order; a check that hangs is named."""
    works = [partial(run_check, check) for check in checks]
    results = run_together(works, [check.seconds for check in checks])
    for check, lines in zip(checks, results, strict=True):
        yield from [_hung(check)] if lines is None else lines


def run_check(check: Check) -> list[ReportLine]:
    """Run one check; what it cannot answer is a failure too, with the error's code."""
    try:
        issues = list(check.examine())
    except Skipped as reason:
        return [ReportLine("skip", check.group, check.subject, str(reason))]
    except Exception as error:  # noqa: BLE001 - the outermost edge of a check
        text = f"could not be looked at: {_describe(error)}"
        return [ReportLine("FAIL", check.group, check.subject, text, _remedy(error))]
    if not issues:
        return [ReportLine("ok", check.group, check.subject, check.ok_text)]
    return [ReportLine("FAIL", check.group, check.subject, issue.text, issue.remedy) for issue in issues]


def _hung(check: Check) -> ReportLine:
    return ReportLine(
        "FAIL", check.group, check.subject, f"no answer within {check.seconds:.0f} s",
        "run the doctor again; when it stays so, look at that service's state and at this machine's network",
    )  # fmt: skip


def error_code(error: Exception) -> str:
    """Return AWS's code of an error, or the error's class."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return str(code or type(error).__name__)


def _describe(error: Exception) -> str:
    return f"{error_code(error)}: {error}"


def _remedy(error: Exception) -> str:
    if "Denied" in error_code(error) or "Unauthorized" in error_code(error):
        return "run it with an identity that may read everything of the stack (docs/runbook.md)"
    return "mend what the error names, then run the doctor again"
