"""The route of «Сегодня»: what needs somebody now, beside requests, and the months' numbers."""

from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Literal

from fastapi import Query

from cabinet.accounts.monthly_counters import MonthlyCounter, read_months
from cabinet.core import clock
from cabinet.core.errors import NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.core.periods import Period, period_from_date, shift_period
from cabinet.exchange.imports import job_store
from cabinet.notifications import undelivered
from cabinet.staff.rights_rules import Right, rights_of
from cabinet.web.app import create_router
from cabinet.web.staff_auth import CurrentStaff
from cabinet.webhooks import endpoints
from cabinet.webhooks.model import EndpointStatus

router = create_router(prefix="/api/staff/today", tags=["desk"])

MONTHS = 6
_REFUSED_PERIOD = timedelta(days=7)
_FAILING_AFTER = timedelta(hours=1)
_MAX_IMPORTS = 25


class MonthNumbers(DeferredModel):
    """What happened in a month (UTC)."""

    period: Period
    bound: int
    """Accounts taken into a cabinet."""
    submissions: int
    """Forms of readings that were accepted."""
    active: int
    """Residents who have opened the first screen."""


class TodayNumbers(DeferredModel):
    """What needs somebody; None where the person's roles do not see it."""

    dead_letters: int | None
    """Lost e-mails of the supplier's residents; at most a page, then `more_dead_letters`."""
    more_dead_letters: bool
    refused_registries: int | None
    """Rejected registries of the last seven days."""
    webhook: Literal["active", "failing", "paused", "ended"] | None
    """How events go to the supplier's billing system; `failing` after an hour; None where they do not."""
    months: list[MonthNumbers]
    """The last six, the oldest first."""


@router.get("")
@raises(NotFound)
def get_today(
    staff: CurrentStaff, supplier_id: Annotated[str, Query(min_length=1, max_length=32)]
) -> TodayNumbers:
    """Count what needs somebody now at a supplier, and what its residents did month by month."""
    staff.require_supplier(supplier_id)
    rights, moment = rights_of(staff.member), clock.now()
    dead = None
    if Right.MAIL in rights:
        dead = undelivered.list_dead_letters(partial(_is_own, supplier_id), None)
    return TodayNumbers(
        dead_letters=None if dead is None else len(dead.rows),
        more_dead_letters=dead is not None and dead.next_position is not None,
        refused_registries=_count_refused_registries(supplier_id, moment)
        if Right.IMPORTS in rights
        else None,
        webhook=_webhook_status(supplier_id, moment) if Right.SUPPLIERS in rights else None,
        months=_month_numbers(supplier_id, moment),
    )


def _is_own(supplier_id: str, suppliers: list[str]) -> bool:
    return supplier_id in suppliers


def _count_refused_registries(supplier_id: str, now: datetime) -> int:
    since = clock.timestamp(now - _REFUSED_PERIOD)
    recent = job_store.list_jobs(supplier_id, _MAX_IMPORTS).items
    return sum(1 for item in recent if item["status"] == "refused" and item["uploaded_at"] >= since)


def _webhook_status(
    supplier_id: str, now: datetime
) -> Literal["active", "failing", "paused", "ended"] | None:
    endpoint = endpoints.find(supplier_id)
    if endpoint is None:
        return None
    is_failing = "" < endpoint.failing_since < clock.timestamp(now - _FAILING_AFTER)
    return "failing" if is_failing and endpoint.status is EndpointStatus.ACTIVE else endpoint.status.value


def _month_numbers(supplier_id: str, now: datetime) -> list[MonthNumbers]:
    last = period_from_date(now.date())
    periods = [shift_period(last, -back) for back in reversed(range(MONTHS))]
    return [
        MonthNumbers(
            period=period,
            bound=numbers[MonthlyCounter.BOUND],
            submissions=numbers[MonthlyCounter.SUBMISSIONS],
            active=numbers[MonthlyCounter.ACTIVE],
        )
        for period, numbers in zip(periods, read_months(supplier_id, periods), strict=True)
    ]
