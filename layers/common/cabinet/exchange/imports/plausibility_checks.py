"""Rows that parse but are implausible: far-off months, extreme sums, wrong signs. Pure.

The limits are the supplier's (`Supplier.registry_limits`). What is surely a mistake is an error and leaves
the account out; what may be meant is a warning. `totals_checks.py` checks whether rows fit each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from cabinet.accounts.supplier_model import Supplier
from cabinet.core.money import NO_BREAK_SPACE, format_rubles
from cabinet.core.periods import Period, period_from_date, shift_period
from cabinet.exchange.imports.account_update import Data
from cabinet.exchange.limit_hints import limit_hint
from cabinet.exchange.model import AccountRows, Issue, Location, SectionName, Severity

_MONTHLY: tuple[SectionName, ...] = ("balances", "services", "charges")
_SUMS: dict[SectionName, tuple[str, ...]] = {
    "balances": (
        "debt", "paid", "charged", "total",
        "penalty_debt", "penalty_paid", "penalty_charged", "penalty_total",
        "preliminary", "preliminary_penalty",
    ),
    "services": ("debt", "paid", "charged", "total"),
    "charges": ("sum",),
    "payments": ("sum",),
}  # fmt: skip
_PAST_DAYS: dict[SectionName, tuple[str, ...]] = {
    "payments": ("received", "processed"), "readings": ("taken", "accepted"), "meters": ("installed",),
}  # fmt: skip
"""Days of what has happened already."""
_BANKS_COLUMNS = {"total": "Сумма", "period": "До", "closed": "До"}
"""What banks call the columns that their readers name as the native format does."""
_SPARE_DAYS = 1


@dataclass(frozen=True, slots=True)
class PlausibilityChecks:
    """Checks the accounts of one registry, dated `dated` and uploaded on `uploaded_on`."""

    supplier: Supplier
    format_name: str
    dated: date
    uploaded_on: date

    def find_issues(self, rows: AccountRows, closed_on: str | None) -> Iterator[Issue]:
        """Yield what cannot be meant; `closed_on` is the day on which the account was closed."""
        for section in _MONTHLY:
            for location, row in rows.with_location(section):
                yield from self._period(location, "period", row["period"])
        for location, row in rows.with_location("balances"):
            if row.get("preliminary_period"):
                yield from self._period(location, "preliminary_period", row["preliminary_period"])
            yield from self._issued(location, row)
        for section, names in _SUMS.items():
            for location, row in rows.with_location(section):
                yield from self._sums(location, row, names)
        for section, names in _PAST_DAYS.items():
            for location, row in rows.with_location(section):
                yield from self._days(section, location, row, names)
        for section in ("balances", "services"):
            for location, row in rows.with_location(section):
                yield from _paid(location, row, ("", "penalty_") if section == "balances" else ("",))
        for location, row in (*rows.with_location("accounts"), *rows.with_location("closures")):
            if row.get("closed"):
                yield from self._closing(location, row["closed"])
        yield from _spans(rows)
        yield from self._closed(rows, closed_on)

    # -------------------------------------------------------------- months and days

    def _period(self, location: Location, name: str, period: Period) -> Iterator[Issue]:
        limits, month = self.supplier.registry_limits, period_from_date(self.dated)
        first, last = shift_period(month, -limits.months_back), shift_period(month, limits.months_ahead)
        if not first <= period <= last:
            setting, limit = (
                ("months_ahead", limits.months_ahead)
                if period > last
                else ("months_back", limits.months_back)
            )
            message = (
                f"Период {period} далёк от даты реестра {self.dated:%d.%m.%Y}: ожидается "
                f"от {first} до {last}. {limit_hint(setting, limit)}"
            )
            yield Issue(location, self._column(name), "period_far", message)

    def _issued(self, location: Location, row: Data) -> Iterator[Issue]:
        issued, limits = row.get("issued"), self.supplier.registry_limits
        if not issued:
            return
        first = shift_period(row["period"], -limits.months_ahead)
        last = shift_period(row["period"], 1 + limits.months_ahead)
        if not first <= issued[:7] <= last:
            message = (
                f"Квитанция за {row['period']} выставлена {_shown(issued)}: ожидается день "
                f"с {first} по {last}. {limit_hint('months_ahead', limits.months_ahead)}"
            )
            yield Issue(location, "issued", "day_far", message)

    def _days(
        self, section: SectionName, location: Location, row: Data, names: tuple[str, ...]
    ) -> Iterator[Issue]:
        if section == "readings" and self.format_name != "native":
            return  # a bank dates them by the period, which has been checked
        last = max(self.dated, self.uploaded_on) + timedelta(days=_SPARE_DAYS)
        months = self.supplier.registry_limits.months_back
        first = f"{shift_period(period_from_date(self.dated), -months)}-01"
        for name in names:
            day = row.get(name)
            if day and date.fromisoformat(day) > last:
                message = f"{_shown(day)} ещё не наступило: ожидается день не позже {last:%d.%m.%Y}."
                yield Issue(location, name, "day_ahead", message)
            elif day and section == "payments" and day < first:
                message = (
                    f"{_shown(day)} — слишком давно: ожидается день не раньше {_shown(first)}. "
                    f"{limit_hint('months_back', months)}"
                )
                yield Issue(location, name, "day_far", message)

    def _closing(self, location: Location, day: str) -> Iterator[Issue]:
        months = self.supplier.registry_limits.months_ahead
        last = shift_period(period_from_date(self.dated), months)
        if day[:7] > last:
            message = (
                f"Закрыт {_shown(day)}: далеко в будущем, ожидается не позже {last}. "
                f"{limit_hint('months_ahead', months)}"
            )
            yield Issue(location, self._column("closed"), "day_far", message)

    # -------------------------------------------------------------- sums

    def _sums(self, location: Location, row: Data, names: tuple[str, ...]) -> Iterator[Issue]:
        limits = self.supplier.registry_limits
        for name in names:
            amount = row.get(name) or 0
            if abs(amount) > limits.sum_refused:
                advice, setting, limit, severity = "Сумма", "sum_refused", limits.sum_refused, _ERROR
            elif abs(amount) > limits.sum_warned:
                advice, setting, limit, severity = (
                    "Проверьте сумму",
                    "sum_warned",
                    limits.sum_warned,
                    _WARNING,
                )
            else:
                continue
            message = f"{advice} {_rubles(amount)}: больше {_rubles(limit)} {limit_hint(setting)}"
            yield Issue(location, self._column(name), "sum_large", message, severity)

    # -------------------------------------------------------------- closed accounts

    def _closed(self, rows: AccountRows, closed_on: str | None) -> Iterator[Issue]:
        """Yield charges for months after the one in which the account was closed."""
        for row in (*rows.of("accounts"), *rows.of("closures")):
            if "closed" in row:
                closed_on = self.dated.isoformat() if row["closed"] == "" else row["closed"]
        if not closed_on:
            return
        for section, name in (("balances", "charged"), ("charges", "sum"), ("services", "charged")):
            late = [
                (location, row) for location, row in rows.with_location(section)  # type: ignore[arg-type]
                if row["period"] > closed_on[:7] and row.get(name, row.get("total"))
            ]  # fmt: skip
            for location, row in late:
                amount = row[name] if name in row else row["total"]
                message = (
                    f"Лицевой счёт {rows.spelling} закрыт {_shown(closed_on)}, а за {row['period']} "
                    f"начислено {_rubles(amount)} Начисление сохранено, но платить по закрытому счёту нельзя."
                )
                column = self._column(name if name in row else "total")
                yield Issue(location, column, "account_closed", message, _WARNING)
            if late:
                return  # the same money is in the other files too

    def _column(self, name: str) -> str:
        return name if self.format_name == "native" else _BANKS_COLUMNS.get(name, name)


_ERROR: Severity = "error"
_WARNING: Severity = "warning"


def _paid(location: Location, row: Data, prefixes: tuple[str, ...]) -> Iterator[Issue]:
    """Yield what was paid with a plus: a refund perhaps, and a mistake where the total has taken it off."""
    for prefix in prefixes:
        paid = row.get(f"{prefix}paid", 0)
        if paid <= 0:
            continue
        debt, charged, total = (row[f"{prefix}{name}"] for name in ("debt", "charged", "total"))
        if total == debt + paid + charged:
            message = (
                f"Оплачено {_rubles(paid)} со знаком плюс: так записывают возврат. "
                "Если это оплата, нужен минус."
            )
            yield Issue(location, f"{prefix}paid", "paid_positive", message, _WARNING)
        elif total in (debt - paid + charged, max(0, debt - paid + charged)):
            message = (
                f"Оплачено {_rubles(paid)} со знаком плюс, а итог {_rubles(total)} вычитает эту сумму: "
                f"нужно {_rubles(-paid)}"
            )
            yield Issue(location, f"{prefix}paid", "paid_positive", message)


def _spans(rows: AccountRows) -> Iterator[Issue]:
    """Yield days of a meter that end before they begin."""
    for location, row in rows.with_location("meters"):
        for begins, ends in (("calc_from", "calc_to"), ("installed", "verify_until")):
            if row[begins] and row[ends] and row[begins] > row[ends]:
                message = (
                    f"{_shown(row[ends])} раньше даты в столбце {begins} ({_shown(row[begins])}): "
                    "проверьте обе даты."
                )
                yield Issue(location, ends, "days_order", message, _WARNING)


def _rubles(amount: int) -> str:
    return f"{format_rubles(amount)}{NO_BREAK_SPACE}руб."


def _shown(day: str) -> str:
    return f"{date.fromisoformat(day):%d.%m.%Y}"
