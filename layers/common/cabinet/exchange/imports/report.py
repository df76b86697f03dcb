"""The import report: findings in bounded number, as a file for billing's engineer and counts for the item."""

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
class Findings:
    """What was found, the first `MAX_LINES` in full; the others are counted."""

    kept: list[Issue] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    broken_rows: int = 0
    _last_broken: Location | None = None

    def add(self, finding: Issue) -> None:
        """Keep a finding; several errors of one row are one broken row."""
        self.counts[finding.severity] += 1
        if finding.severity == ERROR and finding.place != self._last_broken:
            self.broken_rows += 1
            self._last_broken = finding.place
        if len(self.kept) < MAX_LINES:
            self.kept.append(finding)

    def is_rejected(self, rows: int, errors_share: int) -> bool:
        """Tell whether the file must be refused: a fatal finding, or too many broken rows (percent)."""
        all_rows = rows + self.broken_rows
        return self.counts[FATAL] > 0 or self.broken_rows * 100 > errors_share * all_rows

    @property
    def worst(self) -> Issue | None:
        """Return the first fatal finding, else the first error, if there is any."""
        for severity in (FATAL, ERROR):
            for finding in self.kept:
                if finding.severity == severity:
                    return finding
        return None

    @property
    def errors(self) -> int:
        """Return how many findings are more than warnings."""
        return self.counts[FATAL] + self.counts[ERROR]

    @property
    def warnings(self) -> int:
        """Return how many findings are warnings."""
        return self.counts[WARNING]


def to_csv(findings: Findings, summary: Iterable[str]) -> bytes:
    """Return the report file: ``line;field;code;message``, then what was done, with empty line and field."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for finding in sorted(findings.kept, key=lambda found: found.severity == WARNING):
        cells = (str(finding.place), finding.field, finding.code, finding.message)
        # A file in a ZIP, or a column, may be named like a formula.
        writer.writerow([escape_formula(cell) for cell in cells])
    left_out = findings.counts.total() - len(findings.kept)
    if left_out:
        writer.writerow(["", "", "more", f"И ещё замечаний: {left_out}."])
    for message in summary:
        writer.writerow(["", "", "summary", message])
    return written.getvalue().encode("utf-8-sig")
