"""Routes of a month's charges: by services, line by line, and why they are what they are."""

from typing import Annotated

from fastapi import Query

from cabinet.accounts.errors import SurnameNeeded
from cabinet.billing import store
from cabinet.billing.spending import spending_by_month
from cabinet.core.periods import Period
from cabinet.web import charge_views, explanation_views
from cabinet.web.access_scopes import allow_access_tokens
from cabinet.web.app import create_router
from cabinet.web.auth import CurrentOrFormerAccount, OwnedAccount

type Month = Annotated[Period | None, Query()]

router = create_router(prefix="/api/accounts/{account_id}", tags=["queries"])


@router.get("/services")
@allow_access_tokens("read:debts")
def services(owned: CurrentOrFormerAccount, period: Month = None) -> charge_views.ServicesResponse:
    """«Детализация по услугам» of a month, the latest by default."""
    wanted = _visible_period(owned, period)
    receipts = store.list_receipts_shown(owned.account, wanted)
    return charge_views.ServicesResponse.of(owned.account, wanted, receipts)


@router.get("/charges")
@allow_access_tokens("read:debts")
def charges(owned: CurrentOrFormerAccount, period: Month = None) -> charge_views.ChargesResponse:
    """«Детализация начислений» of a month, the latest by default."""
    wanted = _visible_period(owned, period)
    receipts = store.list_receipts_shown(owned.account, wanted)
    return charge_views.ChargesResponse.of(owned.account, wanted, receipts)


@router.get("/explanation")
def explanation(owned: CurrentOrFormerAccount, period: Month = None) -> explanation_views.ExplanationResponse:
    """«Почему столько?»: what has changed against the month before, and why; the latest month by default."""
    wanted = _visible_period(owned, period)
    now, before = store.list_two_months(owned.account, wanted) if wanted else ([], [])
    return explanation_views.ExplanationResponse.of(owned.account, owned.supplier, wanted, now, before)


@router.get("/spending")
def spending(
    owned: CurrentOrFormerAccount, months: Annotated[int, Query(ge=1, le=24)] = 24
) -> explanation_views.SpendingResponse:
    """What each service was charged month by month, for the picture of two years."""
    last = owned.account.last_period
    receipts = store.list_months(owned.account, last, months) if last else []
    return explanation_views.SpendingResponse.of(spending_by_month(receipts, owned.supplier))


def _visible_period(owned: OwnedAccount, period: Period | None) -> Period | None:
    """Return the month to show: to a former holder none after the change."""
    last = owned.account.last_period
    if owned.history_ends_on and period and (last is None or period > last):
        raise SurnameNeeded(account_id=owned.account.account_id)
    return period or last
