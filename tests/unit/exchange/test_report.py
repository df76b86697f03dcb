"""The report: bounded, errors first, and the share of broken rows that refuses a file."""

import pytest

from cabinet.exchange.imports import report
from cabinet.exchange.imports.report import Issues, to_csv
from cabinet.exchange.model import Issue, Location, Severity


def issue(line: int, severity: Severity = "error") -> Issue:
    return Issue(Location("a.csv", line), "ls", "code", "Сообщение.", severity)


def lines(issues: Issues) -> list[str]:
    return to_csv(issues, ["Готово."]).decode("utf-8-sig").splitlines()


def test_errors_come_before_warnings_and_the_summary_last() -> None:
    issues = Issues()
    issues.add(issue(3, "warning"))
    issues.add(issue(9))
    assert [line.split(";")[0] for line in lines(issues)] == ["line", "a.csv:9", "a.csv:3", ""]


def test_a_file_named_like_a_formula_is_text_in_the_report() -> None:
    issues = Issues()
    issues.add(Issue(Location("=cmd|' !A1.csv", 2), "ls", "code", "Сообщение."))
    assert lines(issues)[1] == "'=cmd|' !A1.csv:2;ls;code;Сообщение."


def test_a_report_of_many_findings_is_bounded_and_says_how_many_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report, "MAX_LINES", 3)
    issues = Issues()
    for line in range(10):
        issues.add(issue(line))
    assert lines(issues)[-2] == ";;more;И ещё замечаний: 7."
    assert issues.errors == 10


@pytest.mark.parametrize(
    ("broken", "rows", "share", "refused"),
    [(0, 10, 0, False), (1, 9, 0, True), (1, 9, 10, False), (2, 8, 10, True), (0, 0, 0, False)],
)
def test_the_share_of_broken_rows_decides(broken: int, rows: int, share: int, refused: bool) -> None:
    issues = Issues()
    for line in range(broken):
        issues.add(issue(line))
        issues.add(issue(line))  # a second fault of the same row
    assert issues.is_rejected(rows, share) is refused


def test_a_fatal_finding_refuses_whatever_the_share() -> None:
    issues = Issues()
    issues.add(issue(1, "fatal"))
    assert issues.is_rejected(1000, 100)
    issues = Issues()
    issues.add(issue(1, "warning"))
    assert not issues.is_rejected(0, 0)
