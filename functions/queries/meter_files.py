"""Routes of consumption as files: a table for spreadsheets, and Green Button data for energy programs."""

from typing import Any
from urllib.parse import quote

from fastapi import Response

from cabinet.core import clock
from cabinet.metering import queries
from cabinet.metering.consumption_csv import consumption_csv
from cabinet.web.access_scopes import allow_access_tokens
from cabinet.web.app import create_router
from cabinet.web.auth import CurrentAccount, OwnedAccount

router = create_router(prefix="/api/accounts/{account_id}", tags=["queries"])


class TableFile(Response):
    """A table of comma separated values."""

    media_type = "text/csv"


class GreenButtonFile(Response):
    """An Atom feed of ESPI resources."""

    media_type = "application/atom+xml"


def _file_response(kind: type[Response], description: str) -> dict[int | str, dict[str, Any]]:
    content = {str(kind.media_type): {"schema": {"type": "string"}}}
    return {200: {"description": description, "content": content}}


@router.get(
    "/consumption.csv",
    response_class=TableFile,
    responses=_file_response(
        TableFile, "Volumes by month, meter and zone: `;`, CRLF, UTF-8 with a byte order mark."
    ),
)
@allow_access_tokens("read:meters")
def consumption_table(owned: CurrentAccount) -> Response:
    """Return all known months of all meters as a table."""
    content = consumption_csv(queries.list_shown_meters(owned.account))
    return TableFile(content, headers=_attachment_headers("consumption", owned, "csv"))


@router.get(
    "/green-button.xml",
    response_class=GreenButtonFile,
    responses=_file_response(
        GreenButtonFile, "Green Button (NAESB ESPI in Atom): a usage point for each meter."
    ),
)
@allow_access_tokens("read:meters")
def green_button_feed(owned: CurrentAccount) -> Response:
    """Return all known months of all meters as Green Button data."""
    from cabinet.metering.green_button import green_button  # few ask for it: a start need not read it

    found = queries.list_shown_meters(owned.account)
    content = green_button(owned.account.account_id, found, owned.supplier.time_zone, clock.now())
    return GreenButtonFile(content, headers=_attachment_headers("green-button", owned, "xml"))


def _attachment_headers(name: str, owned: OwnedAccount, ending: str) -> dict[str, str]:
    """Name the file by the account: in Russian, or in ASCII where that is not understood (RFC 6266)."""
    russian = quote(f"потребление-{owned.account.number}.{ending}", safe="")
    return {"Content-Disposition": f"attachment; filename=\"{name}.{ending}\"; filename*=UTF-8''{russian}"}
