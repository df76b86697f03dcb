"""Routes of the sheets: each is at most two round trips, whatever the length of the account's history."""

from datetime import date
from typing import Annotated

from fastapi import Query, Request

from cabinet.accounts.errors import SurnameNeeded
from cabinet.aws.dynamo import Table
from cabinet.billing import rules, store
from cabinet.billing.spending import spending_of
from cabinet.core import clock
from cabinet.core.errors import NotFound, raises
from cabinet.core.periods import Period, shift_period
from cabinet.metering import queries
from cabinet.metering.history import effective_reading_ids
from cabinet.metering.keys import meter_key
from cabinet.web import account_views, meter_views
from cabinet.web.access_scopes import open_to_tokens
from cabinet.web.app import Identifier, create_app, create_router
from cabinet.web.auth import CurrentAccount, History, OwnedAccount, load_owned_account
from cabinet.web.pagination import decode_cursor, encode_cursor
from queries import calendar, home, meter_files

type Cursor = Annotated[str | None, Query(max_length=2048)]
type Month = Annotated[Period | None, Query()]

router = create_router(prefix="/api/accounts/{account_id}", tags=["queries"])


@router.get("/summary")
@open_to_tokens("read:debts")
def summary(owned: CurrentAccount) -> account_views.AccountSummary:
    """«Общая информация»."""
    account = owned.account
    receipts = store.get_receipts(account.account_id, rules.latest_receipts(account, store.KINDS))
    today = clock.local_date(clock.now(), owned.supplier.time_zone)
    return account_views.summary(account, owned.supplier, receipts, today)


@router.get("/services")
@open_to_tokens("read:debts")
def services(owned: History, period: Month = None) -> account_views.ServicesSheet:
    """«Детализация по услугам» of a month, the latest by default."""
    wanted = _visible_period(owned, period)
    receipts = store.list_receipts_shown(owned.account, wanted)
    return account_views.services_sheet(owned.account, wanted, receipts)


@router.get("/charges")
@open_to_tokens("read:debts")
def charges(owned: History, period: Month = None) -> account_views.ChargesSheet:
    """«Детализация начислений» of a month, the latest by default."""
    wanted = _visible_period(owned, period)
    receipts = store.list_receipts_shown(owned.account, wanted)
    return account_views.charges_sheet(owned.account, wanted, receipts)


@router.get("/explanation")
def explanation(owned: History, period: Month = None) -> account_views.ExplanationResponse:
    """«Почему столько?»: what has changed against the month before, and why; the latest month by default."""
    wanted = _visible_period(owned, period)
    now, before = store.list_two_months(owned.account, wanted) if wanted else ([], [])
    return account_views.explanation_of(owned.account, owned.supplier, wanted, now, before)


@router.get("/spending")
def spending(
    owned: History, months: Annotated[int, Query(ge=1, le=24)] = 24
) -> account_views.SpendingResponse:
    """What each service was charged month by month, for the picture of two years."""
    last = owned.account.last_period
    receipts = store.list_months(owned.account, last, months) if last else []
    return account_views.spending_response(spending_of(receipts, owned.supplier))


@router.get("/payments")
@open_to_tokens("read:debts")
def payments(owned: History, cursor: Cursor = None) -> account_views.PaymentsPage:
    """«История оплат»."""
    account_id, since = owned.account.account_id, _first_day(owned)
    name = _list_name(owned, "payments")
    page = store.payments(account_id, decode_cursor(name, cursor), since=since, before=owned.until)
    return account_views.PaymentsPage(
        items=[account_views.payment_response(payment) for payment in page.items],
        next=encode_cursor(name, page.next_key),
    )


@router.get("/documents")
def documents(owned: CurrentAccount, cursor: Cursor = None) -> account_views.DocumentsPage:
    """«Документы»."""
    name, start = _list_name(owned, "documents"), owned.account.shown_from
    since = shift_period(start.after, 1) if start else None
    page = store.documents(owned.account.account_id, decode_cursor(name, cursor), since=since)
    return account_views.DocumentsPage(
        items=[account_views.document_response(row) for row in page.items],
        next=encode_cursor(name, page.next_key),
    )


@router.get("/meters")
@open_to_tokens("read:meters")
def meters(owned: CurrentAccount) -> meter_views.Meters:
    """«Информация об ИПУ»."""
    return meter_views.meters(queries.list_shown_meters(owned.account))


@router.get("/meters/{meter_id}/readings")
@open_to_tokens("read:meters")
@raises(load_owned_account)
def meter_readings(
    account_id: Identifier, meter_id: Identifier, request: Request, cursor: Cursor = None
) -> meter_views.ReadingsPage:
    """«Просмотр показаний» of one meter."""
    key = (Table.ACCOUNTS, meter_key(account_id, meter_id))
    owned, (meter,) = load_owned_account(request, account_id, lambda _: [key])
    if meter is None:
        raise NotFound
    name = _list_name(owned, f"readings/{meter_id}")
    after, since = decode_cursor(name, cursor), _first_day(owned)
    page = queries.list_readings(account_id, meter_id, owned.supplier.time_zone, after, since=since)
    counting_ids = effective_reading_ids(page.items)
    return meter_views.ReadingsPage(
        items=[
            meter_views.reading_response(reading, counts=reading.reading_id in counting_ids)
            for reading in page.items
        ],
        next=encode_cursor(name, page.next_key),
    )


@router.get("/consumption")
@open_to_tokens("read:meters")
def consumption(
    owned: CurrentAccount, months: Annotated[int, Query(ge=1, le=36)] = 24
) -> meter_views.Consumption:
    """Volumes month by month, for the charts."""
    return meter_views.consumption(queries.list_shown_meters(owned.account), months)


def _visible_period(owned: OwnedAccount, period: Period | None) -> Period | None:
    """Return the month to show: to a former holder none after the change."""
    last = owned.account.last_period
    if owned.until and period and (last is None or period > last):
        raise SurnameNeeded(account_id=owned.account.account_id)
    return period or last


def _first_day(owned: OwnedAccount) -> date | None:
    start = owned.account.shown_from
    return start.day if start else None


def _list_name(owned: OwnedAccount, kind: str) -> str:
    """Name a list for its cursors: one from before a change of the holder may point beyond what is shown."""
    limits = [str(limit) for limit in (_first_day(owned), owned.until) if limit]
    return "/".join([kind, owned.account.account_id, *limits])


app = create_app("queries", router, meter_files.router, home.router, calendar.router)
