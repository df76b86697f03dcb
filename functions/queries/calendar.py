"""Route of the calendar that phones and mail programs subscribe to: opened by its secret address alone."""

import hashlib
from typing import Annotated

from fastapi import Header, Path, Response

from cabinet.calendar_feed.feed import calendar_by_secret
from cabinet.core import clock
from cabinet.core.errors import NotFound, raises
from cabinet.web.app import create_router

router = create_router(tags=["queries"])

type Secret = Annotated[str, Path(min_length=1, max_length=128)]
type IfNoneMatch = Annotated[str, Header(alias="If-None-Match", max_length=1024)]


class CalendarFile(Response):
    """iCalendar text."""

    media_type = "text/calendar"


@router.get(
    "/api/calendar/{secret}.ics",
    response_class=CalendarFile,
    responses={
        200: {
            "description": "The calendar (RFC 5545).",
            "content": {"text/calendar": {"schema": {"type": "string"}}},
        },
        304: {"description": "The calendar is as If-None-Match says.", "content": {}},
    },
)
@raises(NotFound)
def calendar(secret: Secret, if_none_match: IfNoneMatch = "") -> Response:
    """Return the calendar: windows for readings, last days to pay, verifications; no sums, no addresses."""
    text = calendar_by_secret(secret, clock.now())
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    return CalendarFile(text, headers=headers | {"Content-Disposition": 'inline; filename="cabinet.ics"'})
