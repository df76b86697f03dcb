"""Totals of what was paid and refunded, by day, payee and method, out of the rows of registries.

Pure. The same rows make the registries of payments, so both come to the same sums to the kopeck.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cabinet.core.money import Kopecks


@dataclass(slots=True)
class Sums:
    """What was paid and what was refunded, both positive."""

    paid: Kopecks = 0
    refunded: Kopecks = 0

    def add(self, amount: Kopecks) -> None:
        """Count a payment, or a refund, which is negative."""
        self.paid += max(amount, 0)
        self.refunded += max(-amount, 0)


@dataclass(slots=True)
class Totals:
    """The whole of some days."""

    whole: Sums = field(default_factory=Sums)
    outside_lines: Kopecks = 0
    """What payments carried outside their lines: commission, less what was refunded of no line."""
    payments: int = 0
    refunds: int = 0
    by_day: dict[date, dict[str, Sums]] = field(default_factory=dict)
    """Day → INN of the payee → sums; an empty INN: the line names none."""
    by_payee: dict[str, Sums] = field(default_factory=dict)
    by_method: dict[str, Sums] = field(default_factory=dict)


def add_rows(totals: Totals, rows: Iterable[dict[str, Any]]) -> Totals:
    """Count rows of the export queue or of registries: each once, by the day on which it was received."""
    for row in rows:
        day = totals.by_day.setdefault(date.fromisoformat(row["received_on"]), {})
        method = totals.by_method.setdefault(row.get("method", ""), Sums())
        totals.outside_lines += row.get("beyond", 0)
        totals.payments += row["status"] == "paid"
        totals.refunds += row["status"] != "paid"
        for line in row["lines"]:
            payee = line["payee_inn"]
            for sums in (
                totals.whole,
                method,
                day.setdefault(payee, Sums()),
                totals.by_payee.setdefault(payee, Sums()),
            ):
                sums.add(line["amount"])
    return totals
