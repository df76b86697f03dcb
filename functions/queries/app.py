"""Routes of the sheets: each is at most two round trips, whatever the length of the account's history."""

from typing import Annotated

from cabinet import clock
from cabinet.accounts.errors import SurnameNeeded
from cabinet.accounts.keys import meter_key
from cabinet.billing import rules, store
from cabinet.cursors import read_cursor, write_cursor
from cabinet.dynamo import Table
from cabinet.errors import NotFound, raises
from cabinet.http import Identifier, create_app, create_router, lambda_handler
from cabinet.metering import listing
from cabinet.periods import Period
from cabinet.session import History, Owned, OwnedAccount, owned_account_with
from fastapi import Query, Request

from queries import devices, sheets

type Cursor = Annotated[str | None, Query(max_length=2048)]
type Month = Annotated[Period | None, Query()]

router = create_router(prefix="/api/accounts/{account_id}", tags=["queries"])


@router.get("/summary")
def summary(owned: Owned) -> sheets.AccountSummary:
    """«Общая информация»."""
    account = owned.account
    receipts = store.receipts_at(account.account_id, rules.latest_receipts(account, store.KINDS))
    today = clock.local_date(clock.now(), owned.supplier.time_zone)
    return sheets.summary(account, owned.supplier, receipts, today)


@router.get("/services")
def services(owned: History, period: Month = None) -> sheets.ServicesSheet:
    """«Детализация по услугам» of a month, the latest unless told otherwise."""
    wanted = _visible_period(owned, period)
    receipts = store.receipts_of(owned.account.account_id, wanted) if wanted else []
    return sheets.services_sheet(owned.account, wanted, receipts)


@router.get("/charges")
def charges(owned: History, period: Month = None) -> sheets.ChargesSheet:
    """«Детализация начислений» of a month, the latest unless told otherwise."""
    wanted = _visible_period(owned, period)
    receipts = store.receipts_of(owned.account.account_id, wanted) if wanted else []
    return sheets.charges_sheet(owned.account, wanted, receipts)


@router.get("/payments")
def payments(owned: History, cursor: Cursor = None) -> sheets.PaymentsPage:
    """«История оплат»."""
    account_id = owned.account.account_id
    # A cursor from before a change of the holder may point beyond what is shown after it.
    name = f"payments/{account_id}/{owned.until}" if owned.until else f"payments/{account_id}"
    page = store.payments(account_id, read_cursor(name, cursor), before=owned.until)
    return sheets.PaymentsPage(
        items=[sheets.shown_payment(payment) for payment in page.items],
        next=write_cursor(name, page.next_key),
    )


@router.get("/documents")
def documents(owned: Owned, cursor: Cursor = None) -> sheets.DocumentsPage:
    """«Документы»."""
    account_id = owned.account.account_id
    name = f"documents/{account_id}"
    page = store.documents(account_id, read_cursor(name, cursor))
    return sheets.DocumentsPage(
        items=[sheets.shown_document(row) for row in page.items], next=write_cursor(name, page.next_key)
    )


@router.get("/meters")
def meters(owned: Owned) -> devices.Meters:
    """«Информация об ИПУ»."""
    return devices.meters(listing.meters(owned.account.account_id))


@router.get("/meters/{meter_id}/readings")
@raises(owned_account_with)
def meter_readings(
    account_id: Identifier, meter_id: Identifier, request: Request, cursor: Cursor = None
) -> devices.ReadingsPage:
    """«Просмотр показаний» of one meter."""
    key = (Table.ACCOUNTS, meter_key(account_id, meter_id))
    _, (meter,) = owned_account_with(request, account_id, lambda _: [key])
    if meter is None:
        raise NotFound
    name = f"readings/{account_id}/{meter_id}"
    page = listing.history(account_id, meter_id, read_cursor(name, cursor))
    return devices.ReadingsPage(
        items=[devices.shown_reading(reading) for reading in page.items],
        next=write_cursor(name, page.next_key),
    )


@router.get("/consumption")
def consumption(owned: Owned, months: Annotated[int, Query(ge=1, le=36)] = 24) -> devices.Consumption:
    """Volumes month by month, for the charts."""
    return devices.consumption(listing.meters(owned.account.account_id), months)


def _visible_period(owned: OwnedAccount, period: Period | None) -> Period | None:
    """Return the month to show: to a former holder none after the change."""
    last = owned.account.last_period
    if owned.until and period and (last is None or period > last):
        raise SurnameNeeded(account_id=owned.account.account_id)
    return period or last


app = create_app("queries", router)
handler = lambda_handler(app)
