"""Routes of the lists of payments and of documents, page by page."""

from cabinet.billing import store
from cabinet.core.periods import shift_period
from cabinet.web import payment_views
from cabinet.web.access_scopes import allow_access_tokens
from cabinet.web.app import create_router
from cabinet.web.auth import CurrentAccount, CurrentOrFormerAccount
from cabinet.web.pagination import decode_cursor, encode_cursor
from queries.lists import Cursor, first_visible_day, list_name

router = create_router(prefix="/api/accounts/{account_id}", tags=["queries"])


@router.get("/payments")
@allow_access_tokens("read:debts")
def payments(owned: CurrentOrFormerAccount, cursor: Cursor = None) -> payment_views.PaymentsPage:
    """«История оплат»."""
    account_id, since = owned.account.account_id, first_visible_day(owned)
    name = list_name(owned, "payments")
    page = store.list_payments(
        account_id, decode_cursor(name, cursor), since=since, before=owned.history_ends_on
    )
    return payment_views.PaymentsPage(
        items=[payment_views.PaymentResponse.of(payment) for payment in page.items],
        next=encode_cursor(name, page.next_key),
    )


@router.get("/documents")
def documents(owned: CurrentAccount, cursor: Cursor = None) -> payment_views.DocumentsPage:
    """«Документы»."""
    name, start = list_name(owned, "documents"), owned.account.shown_from
    since = shift_period(start.last_hidden_period, 1) if start else None
    page = store.list_documents(owned.account.account_id, decode_cursor(name, cursor), since=since)
    return payment_views.DocumentsPage(
        items=[payment_views.DocumentResponse.of(row) for row in page.items],
        next=encode_cursor(name, page.next_key),
    )
