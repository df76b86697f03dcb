"""Routes of the secret address of a resident's calendar."""

from datetime import datetime

from fastapi import Request

from cabinet.calendar_feed.feed import create_link, current_link, end_link
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.core.settings import http_settings
from cabinet.web.app import create_router, get_client_ip
from cabinet.web.auth import CurrentSubscriber

router = create_router(prefix="/api/profile/calendar", tags=["profile"])


class CalendarState(DeferredModel):
    """Whether there is an address, and when a program fetched the calendar last, exact to an hour."""

    active: bool
    created_at: datetime | None
    fetched_at: datetime | None


class CalendarAddress(DeferredModel):
    """The secret address, shown only this once: anyone who has it can read the calendar."""

    url: str


@router.get("")
def get_calendar(who: CurrentSubscriber) -> CalendarState:
    """Return what is known of the address; the address itself is kept nowhere."""
    link = current_link(who.user_id)
    if link is None:
        return CalendarState(active=False, created_at=None, fetched_at=None)
    return CalendarState.model_validate(
        {"active": True, "created_at": link.created_at, "fetched_at": link.fetched_at}
    )


@router.post("", status_code=201)
@raises(Conflict)
def post_calendar(who: CurrentSubscriber, request: Request) -> CalendarAddress:
    """Make the address; the former one ends at once."""
    secret = create_link(who.user_id, clock.now(), get_client_ip(request))
    return CalendarAddress(url=f"{http_settings().site_origin}/api/calendar/{secret}.ics")


@router.delete("", status_code=204)
@raises(Conflict, NotFound)
def delete_calendar(who: CurrentSubscriber, request: Request) -> None:
    """End the address at once."""
    end_link(who.user_id, clock.now(), get_client_ip(request))
