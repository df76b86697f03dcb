"""Routes of «Скачать все мои данные»: ask for the archive, look whether it is there, open it."""

from datetime import datetime
from typing import Literal

from fastapi import Request, Response

from cabinet.core import clock
from cabinet.core.errors import NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.own_data.archives import archive_link, current_archive, request_archive
from cabinet.web.app import create_router, get_client_ip
from cabinet.web.auth import CurrentSubscriber

router = create_router(prefix="/api/profile/archive", tags=["profile"])


class Archive(DeferredModel):
    """How far the archive of one's data has come; a ready one is there until `expires_at`."""

    state: Literal["none", "waiting", "ready"]
    requested_at: datetime | None
    expires_at: datetime | None


class ArchiveLink(DeferredModel):
    """Where the ZIP is, until when."""

    url: str
    expires_at: datetime


@router.get("")
def get_archive(who: CurrentSubscriber) -> Archive:
    """Return how far the archive has come."""
    return Archive.model_validate(current_archive(who.user_id), from_attributes=True)


@router.post("", status_code=202, response_class=Response)
@raises(request_archive)
def post_archive(who: CurrentSubscriber, request: Request) -> None:
    """Ask for an archive of all one's data; an email comes when it is there."""
    request_archive(who.user_id, clock.now(), get_client_ip(request))


@router.get("/link")
@raises(NotFound)
def get_archive_link(who: CurrentSubscriber) -> ArchiveLink:
    """Return a link of five minutes to the archive."""
    url, expires_at = archive_link(who.user_id, clock.now())
    return ArchiveLink(url=url, expires_at=expires_at)
