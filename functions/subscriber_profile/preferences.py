"""Routes of «Рассылка уведомлений»: what is mailed about each account, and what goes by which channel."""

from typing import Annotated

from fastapi import Request
from pydantic import Field, StrictBool

from cabinet.accounts.notification_kind_rules import (
    CHANNELS,
    Channel,
    NotificationKind,
    channels_by_kind,
    field_errors,
)
from cabinet.core import clock
from cabinet.core.errors import Conflict, InvalidFields, NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.notifications.preferences import choose_channels, update_preferences
from cabinet.web.app import Identifier, create_router, get_client_ip
from cabinet.web.auth import CurrentBindings, CurrentSubscriber

router = create_router(prefix="/api/profile", tags=["profile"])


class Mailings(DeferredModel):
    """What the subscriber agrees to receive about one account; a tick is a consent of its own."""

    receipts: StrictBool
    reminders: StrictBool
    notices: StrictBool


@router.put("/mailings/{account_id}")
@raises(NotFound)
def put_mailings(
    account_id: Identifier, chosen: Mailings, who: CurrentSubscriber, request: Request
) -> Mailings:
    """Keep the choice."""
    update_preferences(who.user_id, account_id, chosen.model_dump(), clock.now(), get_client_ip(request))
    return chosen


type _Channels = Annotated[list[Channel], Field(max_length=len(CHANNELS))]


class Notifications(DeferredModel):
    """What goes by which channel.

    `email` of receipts, reminders and notices is kept with the accounts: it is there when it is on for one at
    least, and switching it here switches it for all. About payments and emergencies mail always comes.
    """

    receipts: _Channels
    reminders: _Channels
    notices: _Channels
    payments: _Channels
    requests: _Channels
    emergencies: _Channels


@router.get("/notifications")
def get_notifications(who: CurrentBindings) -> Notifications:
    """Return the choice."""
    return Notifications.model_validate(channels_by_kind(who.profile, who.bindings))


@router.put("/notifications")
@raises(Conflict)
def put_notifications(chosen: Notifications, who: CurrentBindings, request: Request) -> Notifications:
    """Keep the choice, for the person and all accounts at once."""
    wanted: dict[NotificationKind, list[Channel]] = chosen.model_dump()  # type: ignore[assignment] # the kinds are the fields
    if errors := field_errors(wanted):
        raise InvalidFields(*errors)
    moment, client_ip = clock.now(), get_client_ip(request)
    return Notifications.model_validate(choose_channels(who.profile, who.bindings, wanted, moment, client_ip))
