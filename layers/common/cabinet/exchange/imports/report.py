"""The import report: issues in bounded number, as a file for billing's engineer and counts for the item."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from cabinet.exchange.exports.csv_writer import escape_formula
from cabinet.exchange.model import Issue, Location

MAX_LINES = 10_000
COLUMNS = ("line", "field", "code", "message")
FATAL, ERROR, WARNING = "fatal", "error", "warning"


@dataclass(slots=True)
class Issues:
    """What was found, the first `MAX_LINES` in full; the others are counted."""

    kept: list[Issue] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    broken_rows: int = 0
    _last_broken: Location | None = None

    def add(self, issue: Issue) -> None:
        """Keep an issue; several errors of one row are one broken row."""
        self.counts[issue.severity] += 1
        if issue.severity == ERROR and issue.location != self._last_broken:
            self.broken_rows += 1
            self._last_broken = issue.location
        if len(self.kept) < MAX_LINES:
            self.kept.append(issue)

    def is_rejected(self, rows: int, errors_share: int) -> bool:
        """Tell whether the file must be refused: a fatal issue, or too many broken rows (percent)."""
        all_rows = rows + self.broken_rows
        return self.counts[FATAL] > 0 or self.broken_rows * 100 > errors_share * all_rows

    @property
    def worst(self) -> Issue | None:
        """Return the first fatal issue, else the first error, if there is any."""
        for severity in (FATAL, ERROR):
            for issue in self.kept:
                if issue.severity == severity:
                    return issue
        return None

    @property
    def errors(self) -> int:
        """Return how many issues are more than warnings."""
        return self.counts[FATAL] + self.counts[ERROR]

    @property
    def warnings(self) -> int:
        """Return how many issues are warnings."""
        return self.counts[WARNING]


def to_csv(issues: Issues, summary: Iterable[str]) -> bytes:
    """Return the report file: ``line;field;code;message``, then what was done, with empty line and field."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for issue in sorted(issues.kept, key=lambda found: found.severity == WARNING):
        cells = (str(issue.location), issue.field, issue.code, issue.message)
        # A file in a ZIP, or a column, may be named like a formula.
        writer.writerow([escape_formula(cell) for cell in cells])
    left_out = issues.counts.total() - len(issues.kept)
    if left_out:
        writer.writerow(["", "", "more", f"И ещё замечаний: {left_out}."])
    for message in summary:
        writer.writerow(["", "", "summary", message])
    return written.getvalue().encode("utf-8-sig")
