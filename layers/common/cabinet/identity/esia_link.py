"""Linking an account of Госуслуги to a cabinet, and unlinking it."""

from datetime import datetime

from cabinet.aws.dynamo import Table, Transaction, key_attributes
from cabinet.core.errors import Conflict, NotFound
from cabinet.identity import users
from cabinet.identity.errors import EsiaAlreadyLinked, LastSignInMethod
from cabinet.identity.keys import esia_key, profile_key
from cabinet.identity.model import SecurityEvent, User
from cabinet.identity.security_alerts import commit_and_alert

_NOT_LINKED = f"{users.CREDENTIALS_UNCHANGED} AND (attribute_not_exists(#esia_oid) OR #esia_oid = :none)"
_LINKED_TO_THIS = (
    f"{users.CREDENTIALS_UNCHANGED} AND #esia_oid = :oid AND attribute_type(#password_hash, :text)"
)


def link(user: User, oid: str, now: datetime, client_ip: str) -> None:
    """Let the account of Госуслуги open this cabinet.

    Raises EsiaAlreadyLinked when it opens another, or this cabinet is opened by another one.
    """
    if user.esia_oid == oid:
        return
    transaction = Transaction()
    row = {**key_attributes(esia_key(oid)), "user_id": user.user_id}
    transaction.put(
        Table.USERS, row, condition=users.IS_FREE_OR_MINE, on_conflict=EsiaAlreadyLinked, user_id=user.user_id
    )
    transaction.update(
        Table.USERS, profile_key(user.user_id), "SET #esia_oid = :oid",
        condition=_NOT_LINKED, on_conflict=EsiaAlreadyLinked,
        credentials=user.credentials_version, oid=oid, none=None,
    )  # fmt: skip
    commit_and_alert(transaction, user, SecurityEvent.ESIA_LINKED, now, client_ip)


def unlink(user: User, now: datetime, client_ip: str) -> None:
    """Let it open the cabinet no more; raises LastSignInMethod when there is no password to sign in with."""
    if user.esia_oid is None:
        raise NotFound
    if user.password_hash is None or user.email is None:
        raise LastSignInMethod
    transaction = Transaction()
    transaction.delete(
        Table.USERS,
        esia_key(user.esia_oid),
        condition=users.IS_MINE,
        on_conflict=Conflict,
        user_id=user.user_id,
    )
    # A change of the keys: a sign-in through it that is under way finds its proof outdated.
    users.change_credentials(
        transaction, user, "SET #reset_tokens = :none REMOVE #esia_oid, #pending_email",
        condition=_LINKED_TO_THIS, oid=user.esia_oid, text="S", none=[],
    )  # fmt: skip
    users.revoke_tokens(transaction, user)
    commit_and_alert(transaction, user, SecurityEvent.ESIA_UNLINKED, now, client_ip)
