"""«Почему столько?»: how a month's charges differ from those of the month before, service by service. Pure.

Every service's parts sum to its change, the services to the change of the receipts' own charges, to the
kopeck: what the receipts do not explain is a part of its own, never left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cabinet.accounts.supplier_model import Supplier
from cabinet.billing.amounts_due import PENALTY_TITLE, UNITEMISED_TITLE
from cabinet.billing.charge_comparison import ChargeDifference, compare_charges
from cabinet.billing.line_rules import is_recalculation
from cabinet.billing.model import ChargeLine, Receipt
from cabinet.core.money import Kopecks, format_rubles
from cabinet.core.periods import Period, shift_period

MONTHS_COMPARED = 12
FEWEST_MONTHS = 3
"""Months from which a median says something."""


@dataclass(frozen=True, slots=True)
class Change:
    """A sum now and a month before, kopecks."""

    now: Kopecks
    before: Kopecks

    @property
    def change(self) -> Kopecks:
        """Return by how much it has grown."""
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """One service: what was charged, why it is not what it was, and the month's own lines."""

    service: str
    amounts: Change
    because: list[ChargeDifference]
    charges: list[ChargeLine]


@dataclass(frozen=True, slots=True)
class Explanation:
    """All services of a month; `total` is what its receipts charged, penalties among it."""

    total: Change
    lines: list[ExplainedLine]


@dataclass(slots=True)
class ServiceCharges:
    """What the receipts of one month say of a service."""

    charged: Kopecks = 0
    charges: list[ChargeLine] = field(default_factory=list)
    """Charges of the month itself."""
    recalculations: list[ChargeLine] = field(default_factory=list)
    """Recalculations of other months."""

    @property
    def recalculated(self) -> Kopecks:
        """Return what of it corrects other months."""
        return sum(line.amount for line in self.recalculations)

    @property
    def grounds(self) -> str:
        """Return why it was recalculated, in billing's words."""
        return "; ".join(dict.fromkeys(line.grounds for line in self.recalculations if line.grounds))


def explain(now: Sequence[Receipt], before: Sequence[Receipt], supplier: Supplier) -> Explanation:
    """Return why the charges of one month's receipts differ from those of the month before."""
    now_by_service, before_by_service = by_service(now, supplier), by_service(before, supplier)
    lines = [
        _explain_service(
            service, now_by_service.get(service), before_by_service.get(service), is_first=not before
        )
        for service in dict.fromkeys((*now_by_service, *before_by_service))
    ]
    return Explanation(Change(total_charged(now), total_charged(before)), lines)


def total_charged(receipts: Iterable[Receipt]) -> Kopecks:
    """Return what receipts charge for their month, penalties among it."""
    return sum(receipt.main.charged + receipt.penalty.charged for receipt in receipts)


def typical_amounts(charged: dict[Period, Kopecks], period: Period) -> tuple[Kopecks | None, Kopecks | None]:
    """Return (median of the 12 months before, same month of last year); None where too little is known."""
    months = [shift_period(period, -back) for back in range(1, MONTHS_COMPARED + 1)]
    known = sorted(charged[month] for month in months if month in charged)
    middle = len(known) // 2
    median = None
    if len(known) >= FEWEST_MONTHS:
        median = known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) // 2
    return median, charged.get(months[-1])


def by_service(receipts: Sequence[Receipt], supplier: Supplier) -> dict[str, ServiceCharges]:
    """Return what receipts of one month charge by service; together it is what `total_charged` says."""
    found: dict[str, ServiceCharges] = {}
    for receipt in receipts:
        named = receipt.services or receipt.charges
        for line in receipt.services:
            found.setdefault(line.service, ServiceCharges()).charged += line.charged
        services = {line.service for line in receipt.services}
        for charge in receipt.charges:
            if services and charge.service not in services:
                continue  # the services' own sums count
            service = found.setdefault(charge.service, ServiceCharges())
            lines = service.recalculations if is_recalculation(supplier, charge) else service.charges
            lines.append(charge)
            if not receipt.services:
                service.charged += charge.amount
        listed = sum(line.charged for line in receipt.services) or (
            0 if receipt.services else sum(charge.amount for charge in receipt.charges)
        )
        rest = total_charged([receipt]) - listed
        if rest:
            is_penalty = rest == receipt.penalty.charged
            title = PENALTY_TITLE if is_penalty else UNITEMISED_TITLE if named else receipt.kind_title
            found.setdefault(title, ServiceCharges()).charged += rest
    return found


def _explain_service(
    service: str, now: ServiceCharges | None, before: ServiceCharges | None, *, is_first: bool
) -> ExplainedLine:
    amounts = Change(now.charged if now else 0, before.charged if before else 0)
    if now and before:
        parts = _recalculations(now, before)
        left = amounts.change - sum(part.amount for part in parts)
        parts += compare_charges(now.charges, before.charges, left)
    elif now:
        text = (
            "За прошлый месяц квитанции нет: сравнить не с чем"
            if is_first
            else "Новая строка: в прошлом месяце её не было"
        )
        parts = _unless_zero(ChargeDifference("new", amounts.change, text))
    else:
        parts = _unless_zero(ChargeDifference("gone", amounts.change, "В этом месяце не начислено"))
    return ExplainedLine(service, amounts, parts, [*now.charges, *now.recalculations] if now else [])


def _recalculations(now: ServiceCharges, before: ServiceCharges) -> list[ChargeDifference]:
    grounds = f" ({now.grounds})" if now.grounds else ""
    this_month = f"Перерасчёт в этом месяце: {_signed(now.recalculated)}{grounds}"
    last_month = f"В прошлом месяце был перерасчёт: {_signed(before.recalculated)}"
    return [
        *_unless_zero(ChargeDifference("recalculation", now.recalculated, this_month)),
        *_unless_zero(ChargeDifference("recalculation", -before.recalculated, last_month)),
    ]


def _unless_zero(part: ChargeDifference) -> list[ChargeDifference]:
    return [part] if part.amount else []


def _signed(amount: Kopecks) -> str:
    return f"{'+' if amount > 0 else ''}{format_rubles(amount)} руб."
