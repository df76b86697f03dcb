"""Routes of notices: read, mark read, and leave a mailing by the link in a mail."""

from typing import Annotated

from fastapi import Query, Request

from cabinet.accounts.model import MAILING_TITLES
from cabinet.accounts.rules import sorted_by_bound_at
from cabinet.aws.dynamo import Item
from cabinet.core.errors import NotFound, raises
from cabinet.notices import queries
from cabinet.notifications.unsubscribe import subscription_from_token, unsubscribe
from cabinet.signed_tokens import TokenInvalid
from cabinet.web.app import Identifier, create_app, create_router
from cabinet.web.auth import CurrentBindings, SubscriberBindings
from cabinet.web.pagination import decode_cursor, encode_cursor
from notices.schemas import NoticeResponse, Notices, UnsubscribePreview

UNSUBSCRIBE = "/api/notices/unsubscribe"

router = create_router(prefix="/api/notices", tags=["notices"])


@router.get("")
@raises(TokenInvalid)
def list_notices(
    who: CurrentBindings, cursor: Annotated[str | None, Query(max_length=8000)] = None
) -> Notices:
    """List what was published for the subscriber's accounts, newest first."""
    user_id = who.subscriber.user_id
    positions = decode_cursor(f"notices/{user_id}", cursor)
    if positions is None:
        page = queries.first_page(user_id, _primary_first(who))
    else:
        page = queries.next_page(user_id, _primary_first(who), positions)
    return Notices(
        items=[NoticeResponse.of(seen) for seen in page.items],
        next=encode_cursor(f"notices/{user_id}", page.positions),
    )


@router.post("/{notice_id}/read", status_code=204)
@raises(NotFound)
def mark_read(notice_id: Identifier, who: CurrentBindings) -> None:
    """Note that the subscriber has read a notice."""
    queries.mark_read(who.subscriber.user_id, _primary_first(who), notice_id)


@router.post("/read-all", status_code=204)
def mark_all_read(who: CurrentBindings) -> None:
    """Note that the subscriber has read all of them."""
    queries.mark_all_read(who.subscriber.user_id, _primary_first(who))


@router.get("/unsubscribe")
@raises(TokenInvalid)
def show_mailing(token: Annotated[str, Query(max_length=2048)]) -> UnsubscribePreview:
    """Tell which mailing a link would end; looking changes nothing (mail scanners follow links)."""
    mailing = subscription_from_token(token).mailing
    return UnsubscribePreview(mailing=mailing, title=MAILING_TITLES[mailing])


@router.post("/unsubscribe", status_code=204)
@raises(TokenInvalid)
async def leave_mailing(
    request: Request, token: Annotated[str | None, Query(max_length=2048)] = None
) -> None:
    """End one mailing about one account: one click in the mail program (RFC 8058), or our page's button.

    A mail program posts a form to the link itself; the page posts the token as JSON.
    """
    unsubscribe(subscription_from_token(token or await _token_in_body(request)))


async def _token_in_body(request: Request) -> str:
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        raise TokenInvalid from None
    token = body.get("token") if isinstance(body, dict) else None
    if not isinstance(token, str) or not token or not token.isascii():
        raise TokenInvalid
    return token


def _primary_first(who: SubscriberBindings) -> list[Item]:
    """Return the bindings with the primary account first: a shared notice is shown under it."""
    primary = who.profile.get("primary_account_id")
    return sorted(sorted_by_bound_at(who.bindings), key=lambda binding: binding["account_id"] != primary)


app = create_app("notices", router, externally_called_paths=[UNSUBSCRIBE])
