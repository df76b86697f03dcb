"""«Почему столько?», and what each service was charged over two years."""

from typing import Self

from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Supplier
from cabinet.billing import explanation, rules
from cabinet.billing.charge_comparison import ChangeReason
from cabinet.billing.model import Receipt
from cabinet.billing.receipt_copies import charges_by_month
from cabinet.billing.spending import Spending
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period
from cabinet.web.charge_views import ChargeRow, MonthView


class ExplainedAmount(DeferredModel):
    """What was charged in the month, in the month before, and the difference."""

    now: Kopecks
    before: Kopecks
    change: Kopecks

    @classmethod
    def of(cls, change: explanation.Change) -> Self:
        """Return a change as the API shows it."""
        return cls(now=change.now, before=change.before, change=change.change)


class ExplanationPart(DeferredModel):
    """One reason; a line's parts sum to its change exactly."""

    kind: ChangeReason
    amount: Kopecks
    text: str


class ExplanationLine(ExplainedAmount):
    """One service; the lines sum to the total exactly. `charges` are the month's own lines of it."""

    service: str
    because: list[ExplanationPart]
    charges: list[ChargeRow]


class TypicalAmounts(DeferredModel):
    """What is usual: null where too few months are known."""

    median_of_12: Kopecks | None
    same_month_last_year: Kopecks | None


class ExplanationResponse(MonthView):
    """«Почему столько?»: the charges of a month against those of the month before.

    `is_compared` is false where that month has no receipt.
    """

    is_compared: bool
    total: ExplainedAmount
    lines: list[ExplanationLine]
    typical: TypicalAmounts

    @classmethod
    def of(
        cls,
        account: Account,
        supplier: Supplier,
        period: Period | None,
        now: list[Receipt],
        before: list[Receipt],
    ) -> Self:
        """Return «Почему столько?» of a month."""
        explained = explanation.explain(rules.newest_first(now), rules.newest_first(before), supplier)
        median, last_year = (
            explanation.typical_amounts(charges_by_month(account), period) if period else (None, None)
        )
        previous, following = rules.adjacent_periods(account, period) if period else (None, None)
        return cls(
            period=period,
            previous_period=previous,
            next_period=following,
            is_compared=bool(before),
            total=ExplainedAmount.of(explained.total),
            lines=[
                ExplanationLine(
                    service=line.service,
                    **ExplainedAmount.of(line.amounts).model_dump(),
                    because=[
                        ExplanationPart.model_validate(part, from_attributes=True) for part in line.because
                    ],
                    charges=[ChargeRow.of(charge) for charge in line.charges],
                )
                for line in explained.lines
            ],
            typical=TypicalAmounts(median_of_12=median, same_month_last_year=last_year),
        )


class ServiceSpending(DeferredModel):
    """What one service was charged, by months."""

    service: str
    amounts: list[Kopecks]


class SpendingResponse(DeferredModel):
    """Charges by month and service, the oldest month first; every month's sums add up to its total."""

    periods: list[Period]
    totals: list[Kopecks]
    services: list[ServiceSpending]

    @classmethod
    def of(cls, spending: Spending) -> Self:
        """Return the charges of two years."""
        return cls(
            periods=spending.periods,
            totals=spending.totals,
            services=[
                ServiceSpending(service=service, amounts=amounts)
                for service, amounts in spending.services.items()
            ],
        )
