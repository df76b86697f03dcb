"""What each service was charged month by month, for the picture of two years. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from cabinet.accounts.supplier_model import Supplier
from cabinet.billing.explanation import by_service, total_charged
from cabinet.billing.model import Receipt
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period


@dataclass(frozen=True, slots=True)
class Spending:
    """Sums in the order of `periods`, the oldest first: of all services, and of each."""

    periods: list[Period]
    totals: list[Kopecks]
    services: dict[str, list[Kopecks]]
    """The most expensive of the whole time first. Every month's sums add up to its total."""


def spending_by_month(receipts: Iterable[Receipt], supplier: Supplier) -> Spending:
    """Return what receipts charged by month and service; months without receipts are left out."""
    months: dict[Period, list[Receipt]] = {}
    for receipt in receipts:
        months.setdefault(receipt.period, []).append(receipt)
    periods = sorted(months)
    charged = [
        {name: service.charged for name, service in by_service(months[period], supplier).items()}
        for period in periods
    ]
    names = dict.fromkeys(name for month in charged for name in month)
    services = {name: [month.get(name, 0) for month in charged] for name in names}
    return Spending(
        periods=periods,
        totals=[total_charged(months[period]) for period in periods],
        services=dict(sorted(services.items(), key=lambda pair: -sum(pair[1]))),
    )
