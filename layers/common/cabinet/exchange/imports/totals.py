"""The rubles of a registry as its report gives them: by period and kind of receipt, by payee, of payments."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from cabinet.core.money import Kopecks, format_rubles
from cabinet.exchange.model import Row


@dataclass(slots=True)
class Totals:
    """Sums in kopecks and counts of rows, of the whole file: the same however often it is read."""

    receipts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """What receipts ask for, by period and title of the kind; penalties are in it."""
    receipt_count: Counter[tuple[str, str]] = field(default_factory=Counter)
    payees: Counter[str] = field(default_factory=Counter)
    """What service lines ask for, by the payee's INN; empty where the row names none."""
    payments: Kopecks = 0
    payment_count: int = 0

    def add(self, row: Row) -> None:
        """Count a readable row."""
        values = row.values
        if row.section == "balances":
            key = values["period"], values.get("receipt", "")
            self.receipts[key] += values.get("total", 0) + values.get("penalty_total", 0)
            self.receipt_count[key] += 1
        elif row.section == "services":
            self.payees[values.get("payee_inn") or ""] += values.get("total", 0)
        elif row.section == "payments":
            self.payments += values.get("sum", 0)
            self.payment_count += 1

    @property
    def amount(self) -> Kopecks:
        """Return the sum that names the file in a list: of its receipts, else of services or payments."""
        if self.receipts:
            return sum(self.receipts.values())
        return sum(self.payees.values()) if self.payees else self.payments

    def lines(self) -> Iterator[str]:
        """Yield the report's lines about money."""
        for (period, kind), amount in sorted(self.receipts.items()):
            count = self.receipt_count[period, kind]
            yield f"К оплате за {period}, {kind}: {format_rubles(amount)} руб., квитанций {count}."
        for inn, amount in sorted(self.payees.items()):
            payee = f"Получателю {inn}" if inn else "Без получателя"
            yield f"{payee}: {format_rubles(amount)} руб. по строкам услуг."
        if self.payment_count:
            yield f"Оплаты: {format_rubles(self.payments)} руб., строк {self.payment_count}."
