"""Route of «Общая информация»: at most two round trips, whatever the length of the account's history."""

from cabinet.billing import rules, store
from cabinet.core import clock
from cabinet.web import summary_views
from cabinet.web.access_scopes import allow_access_tokens
from cabinet.web.app import create_router
from cabinet.web.auth import CurrentAccount

router = create_router(prefix="/api/accounts/{account_id}", tags=["queries"])


@router.get("/summary")
@allow_access_tokens("read:debts")
def summary(owned: CurrentAccount) -> summary_views.AccountSummary:
    """«Общая информация»."""
    account = owned.account
    receipts = store.get_receipts(account.account_id, rules.latest_receipts(account, store.MAX_KINDS))
    today = clock.local_date(clock.now(), owned.supplier.time_zone)
    return summary_views.AccountSummary.of(account, owned.supplier, receipts, today)
