"""Routes of meters: the meters, the readings of one, consumption month by month."""

from typing import Annotated

from fastapi import Query, Request

from cabinet.aws.dynamo import Table
from cabinet.core.errors import NotFound, raises
from cabinet.metering import queries
from cabinet.metering.history import effective_reading_ids
from cabinet.metering.keys import meter_key
from cabinet.web import meter_views
from cabinet.web.access_scopes import allow_access_tokens
from cabinet.web.app import Identifier, create_router
from cabinet.web.auth import CurrentAccount, load_owned_account
from cabinet.web.pagination import decode_cursor, encode_cursor
from queries.lists import Cursor, first_visible_day, list_name

router = create_router(prefix="/api/accounts/{account_id}", tags=["queries"])


@router.get("/meters")
@allow_access_tokens("read:meters")
def meters(owned: CurrentAccount) -> meter_views.Meters:
    """«Информация об ИПУ»."""
    return meter_views.Meters.of(queries.list_shown_meters(owned.account))


@router.get("/meters/{meter_id}/readings")
@allow_access_tokens("read:meters")
@raises(load_owned_account)
def meter_readings(
    account_id: Identifier, meter_id: Identifier, request: Request, cursor: Cursor = None
) -> meter_views.ReadingsPage:
    """«Просмотр показаний» of one meter."""
    key = (Table.ACCOUNTS, meter_key(account_id, meter_id))
    owned, (meter,) = load_owned_account(request, account_id, lambda _: [key])
    if meter is None:
        raise NotFound
    name = list_name(owned, f"readings/{meter_id}")
    after, since = decode_cursor(name, cursor), first_visible_day(owned)
    page = queries.list_readings(account_id, meter_id, owned.supplier.time_zone, after, since=since)
    counting_ids = effective_reading_ids(page.items)
    return meter_views.ReadingsPage(
        items=[
            meter_views.ReadingResponse.of(reading, counts=reading.reading_id in counting_ids)
            for reading in page.items
        ],
        next=encode_cursor(name, page.next_key),
    )


@router.get("/consumption")
@allow_access_tokens("read:meters")
def consumption(
    owned: CurrentAccount, months: Annotated[int, Query(ge=1, le=36)] = 24
) -> meter_views.Consumption:
    """Volumes month by month, for the charts."""
    return meter_views.Consumption.of(queries.list_shown_meters(owned.account), months)
