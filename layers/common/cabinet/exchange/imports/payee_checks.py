"""What of a registry could not be paid for, because nobody has said who receives the money. Pure.

Said once for each kind of receipt: a registry may have very many such rows, and one setting fixes it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from cabinet.accounts.supplier_model import Supplier
from cabinet.billing.amounts_due import not_payable_amount, payable_lines
from cabinet.billing.line_rules import payee_of_kind
from cabinet.billing.model import Receipt
from cabinet.core.money import Kopecks, format_rubles
from cabinet.exchange.imports.account_update import ReceiptParts
from cabinet.exchange.imports.receipt_rules import first_location, receipt_kind_code, receipts_of
from cabinet.exchange.model import AccountRows, Issue, Location, SectionName

_SECTIONS: tuple[SectionName, ...] = ("balances", "services", "charges")


@dataclass(slots=True)
class _MissingPayee:
    location: Location
    title: str
    accounts: set[str] = field(default_factory=set)
    total: Kopecks = 0


@dataclass(slots=True)
class MissingPayees:
    """Counts, account by account, what residents could not pay."""

    supplier: Supplier
    format_name: str
    _kinds: dict[str, _MissingPayee] = field(default_factory=dict)
    _known: dict[str, bool] = field(default_factory=dict)
    """Titles of kinds of receipts → whether the kind has a payee."""

    def count(self, rows: AccountRows, present: set[SectionName]) -> None:
        """Add the receipts of one account whose kind has no payee of its own."""
        if len(self.supplier.payees) == 1:
            return
        titles = {row["receipt"] for section in _SECTIONS for row in rows.of(section)}
        if all(map(self._has_payee, titles)):
            return
        for parts in receipts_of(rows, present, self.format_name).values():
            if self._has_payee(parts.kind_title):
                continue
            not_payable = self._not_payable(parts)
            if not_payable:
                location = first_location(rows, parts, "balances", "services")
                kind = self._kinds.setdefault(parts.kind, _MissingPayee(location, parts.kind_title))
                kind.accounts.add(rows.number)
                kind.total += not_payable

    def issues(self) -> Iterator[Issue]:
        """Yield one warning for each kind of receipt."""
        for kind in self._kinds.values():
            message = (
                f"Квитанция «{kind.title}»: {format_rubles(kind.total)} руб. (лицевых счетов: "
                f"{len(kind.accounts)}) абоненты не смогут оплатить: получатель не назван ни в строках услуг "
                "(payee_inn), ни в настройке поставщика receipt_kinds."
            )
            yield Issue(kind.location, "payee_inn", "payee_unsaid", message, "warning")

    def _has_payee(self, title: str) -> bool:
        if title not in self._known:
            self._known[title] = payee_of_kind(self.supplier, receipt_kind_code(title), title) is not None
        return self._known[title]

    def _not_payable(self, parts: ReceiptParts) -> Kopecks:
        if parts.balance is None:  # its total is already stored; what the lines lack is found all the same
            lines = parts.services or []
            return sum(max(line["total"], 0) for line in lines if not line["payee_inn"])
        receipt = Receipt.model_validate(
            {"kind": parts.kind, "kind_title": parts.kind_title, "period": parts.period}
            | parts.balance
            | {"services": parts.services or []}
        )
        return not_payable_amount(payable_lines(receipt, self.supplier, {}, with_preliminary=True))
