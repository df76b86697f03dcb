"""Routes of pushes: the key that a browser subscribes to, its subscription, the end of that."""

from typing import Annotated

from fastapi import Request
from pydantic import StringConstraints

from cabinet.core import clock
from cabinet.core.errors import Conflict, InvalidFields, NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.identity.errors import SessionEnded
from cabinet.identity.push_subscription_rules import SubscriptionInput, field_errors
from cabinet.identity.push_subscriptions import subscribe, unsubscribe
from cabinet.outbound.address_rules import MAX_URL
from cabinet.outbound.local_origin import local_origin
from cabinet.web.app import Identifier, create_router
from cabinet.web.auth import CurrentProfile, CurrentSubscriber
from cabinet.web_push.push_keys import current_push_key

router = create_router(prefix="/api/push", tags=["profile"])


class PushKey(DeferredModel):
    """What `PushManager.subscribe` takes as `applicationServerKey`: a point of P-256 in base64url."""

    public_key: str


class BrowserKeys(DeferredModel):
    """The browser's public key and secret, base64url."""

    p256dh: Annotated[str, StringConstraints(max_length=200)]
    auth: Annotated[str, StringConstraints(max_length=100)]


class PushSubscriptionForm(DeferredModel):
    """`PushSubscription.toJSON()`; further members are ignored."""

    endpoint: Annotated[str, StringConstraints(max_length=MAX_URL)]
    keys: BrowserKeys


class PushSubscribed(DeferredModel):
    """The subscription of this browser; the identifier follows from its address."""

    subscription_id: str


@router.get("/key")
def get_push_key(_: CurrentSubscriber) -> PushKey:
    """Return the key that browsers subscribe to now; it changes by rotation."""
    return PushKey(public_key=current_push_key().public)


@router.post("/subscriptions", status_code=201)
@raises(SessionEnded, Conflict)
def post_push_subscription(
    form: PushSubscriptionForm, who: CurrentProfile, request: Request
) -> PushSubscribed:
    """Let this browser show pushes, in place of what it had before; safe to repeat."""
    given = SubscriptionInput(form.endpoint, form.keys.p256dh, form.keys.auth)
    if errors := field_errors(given, local_origin()):
        raise InvalidFields(*errors)
    agent, key = request.headers.get("user-agent", ""), current_push_key()
    made = subscribe(who.profile, who.subscriber.session_id, given, key.id, agent, clock.now())
    return PushSubscribed(subscription_id=made.subscription_id)


@router.delete("/subscriptions/{subscription_id}", status_code=204)
@raises(NotFound)
def delete_push_subscription(subscription_id: Identifier, who: CurrentSubscriber) -> None:
    """End the pushes of one browser."""
    unsubscribe(who.user_id, subscription_id)
