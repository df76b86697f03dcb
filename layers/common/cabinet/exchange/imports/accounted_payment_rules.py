"""What billing has accounted of a payment made through the cabinet: rows of one payment, added up. Pure.

Our registry of payments has a row for each service, so billing acknowledges a payment in many rows: in one
file, in the files of one registry, in several registries, in any order. What one file of a registry accounts
is a *part*; the same file again is the same part. `apply_accounted_payments.py` reads and writes what is
decided here.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cabinet.core.money import Kopecks

type Parts = Mapping[str, Mapping[str, Any]]
"""Part → {stamp: the registry's, rows: [[sum, received, processed], …]}."""
type Line = list[Any]
"""One paid service: [receipt id, payee's INN, service, kopecks], as `Account.unaccounted` keeps it."""


class AccountedRow(NamedTuple):
    """One row that counts."""

    stamp: str
    registry_part: str
    amount: Kopecks
    received_on: str
    processed: str | None


def sum_parts(parts: Parts, amount: Kopecks, lines: Sequence[Line]) -> list[AccountedRow] | None:
    """Return the accounted rows of a payment of `amount`; None if they are more than that.

    Rows are added up. A billing system that sends a whole month each time repeats rows in newer registries,
    and one that corrects a file in a file of the same number: a row that another part has brought counts once
    where the payment has no second line of that sum, or where it would be too much.
    """
    rows = sorted(
        (AccountedRow(part["stamp"], name, *row) for name, part in parts.items() for row in part["rows"]),
        key=lambda row: (*row[:4], row.processed or ""),
    )
    if _total(rows) == amount:
        return rows
    line_counts = Counter(line[3] for line in lines)
    row_counts = Counter(row.amount for row in rows)
    repeatable = {value for value, count in row_counts.items() if 0 < line_counts[value] < count}
    for tried in (_without_repeats(rows, repeatable), _without_repeats(rows, set(row_counts))):
        total = _total(tried)
        if 0 <= total <= amount or amount <= total <= 0:
            return tried
    return None


def by_registry(
    rows: Sequence[AccountedRow], lines: Sequence[Line]
) -> tuple[dict[str, list[Line]], list[Line]]:
    """Return stamp → the lines accounted by that registry, and the lines that are still on their way.

    A row is the line of its sum where there is one; what is left goes to the lines in their order.
    """
    left = [line[3] for line in lines]
    taken: dict[str, list[Kopecks]] = {}
    if len({row.amount > 0 for row in rows if row.amount}) > 1:
        # Something was refunded: only the rest can be accounted.
        rows = [rows[-1]._replace(amount=_total(rows))]
    others = []
    for row in rows:
        fitting = [index for index, line in enumerate(lines) if line[3] == left[index] == row.amount]
        if fitting and row.amount:
            taken.setdefault(row.stamp, [0] * len(lines))[fitting[0]] += row.amount
            left[fitting[0]] = 0
        else:
            others.append(row)
    for row in others:
        rest = row.amount
        for index, open_amount in enumerate(left):
            share = min(rest, open_amount) if rest > 0 else max(rest, open_amount)
            if share * rest > 0:
                taken.setdefault(row.stamp, [0] * len(lines))[index] += share
                left[index], rest = open_amount - share, rest - share
    accounted = {stamp: _lines_of(lines, amounts) for stamp, amounts in taken.items()}
    return accounted, _lines_of(lines, left)


def _total(rows: Sequence[AccountedRow]) -> Kopecks:
    return sum(row.amount for row in rows)


def _without_repeats(rows: Sequence[AccountedRow], repeatable: set[Kopecks]) -> list[AccountedRow]:
    """Leave out rows that an earlier part has brought already, of the sums that may be repeats."""
    kept: list[AccountedRow] = []
    before: Counter[tuple[Kopecks, str, str | None]] = Counter()
    here: Counter[tuple[Kopecks, str, str | None]] = Counter()
    registry_part = ""
    for row in rows:
        if row.registry_part != registry_part:
            before, here, registry_part = before | here, Counter(), row.registry_part
        content = (row.amount, row.received_on, row.processed)
        here[content] += 1
        if row.amount not in repeatable or here[content] > before[content]:
            kept.append(row)
    return kept


def _lines_of(lines: Sequence[Line], amounts: Sequence[Kopecks]) -> list[Line]:
    return [[*line[:3], amount, *line[4:]] for line, amount in zip(lines, amounts, strict=True) if amount]
