"""Proof, before a change of the keys, that the person before the screen is the owner and not a passer-by."""

from datetime import datetime, timedelta

from cabinet import dynamo, limits
from cabinet.accounts.keys import session_key
from cabinet.dynamo import Table
from cabinet.errors import raises
from cabinet.identity import passwords
from cabinet.identity.errors import SignInAgain, password_required, password_wrong
from cabinet.identity.model import User
from cabinet.session import Subscriber

FRESH = timedelta(minutes=10)


@raises(limits.count, SignInAgain)
def prove(who: Subscriber, user: User, password: str | None, moment: datetime, field: str) -> None:
    """Accept the current password, or a sign-in through Госуслуги of the last minutes.

    Raises InvalidFields (`password_wrong`; `required` from who has a password), SignInAgain, TooManyRequests.
    """
    if password is None or user.password_hash is None:
        if not _has_entered_by_esia(who, moment):
            raise SignInAgain if user.password_hash is None else password_required(field)
        return
    limits.count(limits.PASSWORD_CHECK_BY_USER, user.user_id)
    if not passwords.verify(password, user.password_hash).is_right:
        raise password_wrong(field)
    limits.forgive(limits.PASSWORD_CHECK_BY_USER, user.user_id)


def _has_entered_by_esia(who: Subscriber, moment: datetime) -> bool:
    row = dynamo.get(Table.USERS, session_key(who.user_id, who.session_id), consistent=True)
    return row is not None and row.get("method") == "esia" and moment - who.signed_in_at <= FRESH
