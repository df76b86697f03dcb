"""Subscriptions of a user's browsers to pushes: made, listed, ended (docs/adr/0065).

Each is stored under the session that made or renewed it, so that ending the session can delete it by its key
alone. A session that expires ends none: otherwise pushes would stop half a day after the sign-in.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from cabinet.aws import dynamo
from cabinet.aws.dynamo import ALWAYS, IS_PRESENT, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.errors import Conflict, DomainError, NotFound, raises
from cabinet.identity.errors import SessionEnded
from cabinet.identity.keys import PUSH_PREFIX, profile_key, push_key, push_owner_key, session_key
from cabinet.identity.push_subscription_rules import (
    LIFETIME,
    PushSubscription,
    SubscriptionInput,
    receiving,
    subscriptions_to_drop,
)

_NONE_YET = f"{IS_PRESENT} AND attribute_not_exists(#push_turn)"
_NO_OTHER = f"{IS_PRESENT} AND #push_turn = :seen"
_IS_THE_SAME = f"{IS_PRESENT} AND #subscription_id = :subscription_id"


class _RenewedMeanwhile(DomainError):
    """The row holds another subscription by now."""


class _TakenOver(DomainError):
    """Somebody else has subscribed in this browser, or the row is gone."""


@raises(SessionEnded, Conflict)
def subscribe(
    profile: Mapping[str, Any], session_id: str, given: SubscriptionInput, key_id: str, user_agent: str,
    now: datetime,
) -> PushSubscription:  # fmt: skip
    """Keep a browser's subscription in place of what it had before; safe to repeat.

    Parameters
    ----------
    profile
        The user's row as it was read before: what it says of subscriptions must still hold, so that two that
        are made at once are not one too many.

    Raises
    ------
    SessionEnded
        The session has ended meanwhile: its end would overlook what is written after it.
    Conflict
        Another browser of the user's has subscribed meanwhile.
    """
    user_id, seen = str(profile["user_id"]), int(profile.get("push_turn") or 0)
    new = PushSubscription(
        subscription_id=given.subscription_id, session_id=session_id, endpoint=given.endpoint,
        p256dh=given.p256dh, auth=given.auth, key_id=key_id, user_agent=user_agent[:200],
        renewed_at=clock.timestamp(now),
    )  # fmt: skip
    ends = {"expires_at": clock.epoch(now + LIFETIME)}
    bound: dict[str, Any] = {"seen": seen} if seen else {}
    transaction = Transaction()
    transaction.check(
        Table.USERS, session_key(user_id, session_id), condition=IS_PRESENT, on_conflict=SessionEnded
    )
    transaction.update(
        Table.USERS, profile_key(user_id), "SET #push_turn = :next, #mark = :mark",
        condition=_NO_OTHER if seen else _NONE_YET, on_conflict=Conflict,
        next=seen + 1, mark=transaction.mark, **bound,
    )  # fmt: skip
    row = {**key_attributes(push_key(user_id, session_id)), **new.model_dump(), **ends}
    # A session is one browser: what it says last is what holds.
    transaction.put(Table.USERS, row, condition=ALWAYS, on_conflict=Conflict)
    owner = {**key_attributes(push_owner_key(new.subscription_id)), "user_id": user_id, **ends}
    # The browser's current user takes the subscription over from the former one.
    transaction.put(Table.USERS, owner, condition=ALWAYS, on_conflict=Conflict)
    for each in subscriptions_to_drop(new, list_subscriptions(user_id)):
        transaction.delete(
            Table.USERS, push_key(user_id, each.session_id), condition=ALWAYS, on_conflict=Conflict
        )
    transaction.commit()
    return new


def list_subscriptions(user_id: str) -> list[PushSubscription]:
    """Return all of a user's subscriptions, those of sessions that have run out included."""
    pk, _ = push_key(user_id, "")
    rows = dynamo.query_all(Table.USERS, pk, begins=PUSH_PREFIX, consistent=True)
    return [PushSubscription.model_validate(row) for row in rows]


def list_receiving(profile: Mapping[str, Any]) -> list[PushSubscription]:
    """Return to which subscriptions of a user a push goes now; two reads."""
    stored = list_subscriptions(str(profile["user_id"]))
    if not stored:
        return []
    names = sorted({each.subscription_id for each in stored})
    rows = dynamo.batch_get([(Table.USERS, push_owner_key(name)) for name in names], consistent=True)
    owners = {name: row["user_id"] for name, row in zip(names, rows, strict=True) if row is not None}
    return receiving(stored, owners, profile)


@raises(NotFound)
def unsubscribe(user_id: str, subscription_id: str) -> None:
    """End one subscription of the user; raises NotFound when it has ended or belongs to another user."""
    found = [each for each in list_subscriptions(user_id) if each.subscription_id == subscription_id]
    if not found:
        raise NotFound
    end_subscriptions(user_id, found)


def end_subscriptions(user_id: str, ending: Iterable[PushSubscription]) -> None:
    """Delete subscriptions, unless their session has renewed them by another meanwhile; safe to repeat."""
    for each in ending:
        with suppress(_RenewedMeanwhile):
            dynamo.delete(
                Table.USERS, push_key(user_id, each.session_id), condition=_IS_THE_SAME,
                on_conflict=_RenewedMeanwhile, subscription_id=each.subscription_id,
            )  # fmt: skip


def erase_subscriptions(user_id: str) -> None:
    """Delete all of a user's subscriptions and that their browsers are theirs; safe to repeat."""
    for each in list_subscriptions(user_id):
        with suppress(_TakenOver):
            dynamo.delete(
                Table.USERS, push_owner_key(each.subscription_id),
                condition="#user_id = :user_id", on_conflict=_TakenOver, user_id=user_id,
            )  # fmt: skip
        end_subscriptions(user_id, [each])
