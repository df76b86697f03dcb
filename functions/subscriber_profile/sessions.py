"""Routes of the devices that are signed in, and of the journal of security."""

from datetime import datetime

from fastapi import Request

from cabinet.core import clock
from cabinet.core.errors import NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.identity.push_subscriptions import list_receiving
from cabinet.identity.security_log import list_events
from cabinet.identity.sessions import end_other_sessions, list_sessions, revoke_session
from cabinet.web.app import Identifier, create_router, get_client_ip
from cabinet.web.auth import CurrentProfile, CurrentSubscriber

router = create_router(prefix="/api/profile", tags=["profile"])


class Device(DeferredModel):
    """One session; the identifier opens nothing."""

    session_id: str
    created_at: datetime
    seen_at: datetime
    user_agent: str
    current: bool


class PushDevice(DeferredModel):
    """One browser that shows pushes; it may do so after its session has run out."""

    subscription_id: str
    user_agent: str
    renewed_at: datetime
    current: bool
    """It was subscribed, or renewed, in this very session."""


class Devices(DeferredModel):
    """The sessions that are alive, the last used first, and the browsers that show pushes."""

    items: list[Device]
    pushes: list[PushDevice]


class SecurityEntry(DeferredModel):
    """What happened, in the subscriber's words, and from which address."""

    at: datetime
    what: str
    address: str


class SecurityEntries(DeferredModel):
    """The journal of the last year, the newest first."""

    items: list[SecurityEntry]


@router.get("/sessions")
def get_sessions(profile: CurrentProfile) -> Devices:
    """Return the devices that are signed in, and those that get pushes."""
    who = profile.subscriber
    found = list_sessions(who.user_id, who.session_id, clock.now())
    # `push_turn` grows with every push subscription: without it there has never been one, and none is read.
    pushes = list_receiving(profile.profile) if profile.profile.get("push_turn") else []
    return Devices(
        items=[Device.model_validate(each) for each in found],
        pushes=[
            PushDevice.model_validate(each.model_dump() | {"current": each.session_id == who.session_id})
            for each in pushes
        ],
    )


@router.delete("/sessions", status_code=204)
def delete_sessions(who: CurrentSubscriber, request: Request) -> None:
    """End every session but this one."""
    end_other_sessions(who.user_id, who.session_id, clock.now(), get_client_ip(request))


@router.delete("/sessions/{session_id}", status_code=204)
@raises(NotFound)
def delete_session(session_id: Identifier, who: CurrentSubscriber, request: Request) -> None:
    """End one session."""
    revoke_session(who.user_id, session_id, clock.now(), get_client_ip(request))


@router.get("/security-events")
def get_security_events(who: CurrentSubscriber) -> SecurityEntries:
    """Return what concerned the safety of the cabinet."""
    return SecurityEntries(items=[SecurityEntry.model_validate(each) for each in list_events(who.user_id)])
