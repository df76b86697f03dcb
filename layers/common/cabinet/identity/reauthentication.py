"""Proof, before credentials change, that the person before the screen is the owner."""

from datetime import datetime, timedelta

from cabinet import limits
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core.errors import raises
from cabinet.identity import passwords
from cabinet.identity.errors import ReauthenticationRequired, password_required, password_wrong
from cabinet.identity.keys import session_key
from cabinet.identity.model import Subscriber, User

FRESH_FOR = timedelta(minutes=10)


@raises(limits.hit, ReauthenticationRequired)
def require_reauthentication(
    who: Subscriber, user: User, password: str | None, now: datetime, field: str
) -> None:
    """Accept the current password, or a sign-in through Госуслуги of the last minutes.

    Raises InvalidFields (`password_wrong`; `required` from a user with a password), ReauthenticationRequired,
    TooManyRequests.
    """
    if password is None or user.password_hash is None:
        if not _is_recent_esia_sign_in(who, now):
            raise ReauthenticationRequired if user.password_hash is None else password_required(field)
        return
    limits.hit(limits.PASSWORD_CHECK_BY_USER, user.user_id)
    if not passwords.verify(password, user.password_hash).is_right:
        raise password_wrong(field)
    limits.undo_hit(limits.PASSWORD_CHECK_BY_USER, user.user_id)


def _is_recent_esia_sign_in(who: Subscriber, now: datetime) -> bool:
    row = dynamo.get(Table.USERS, session_key(who.user_id, who.session_id), consistent=True)
    return row is not None and row.get("method") == "esia" and now - who.signed_in_at <= FRESH_FOR
