"""Linking an account of Госуслуги to a cabinet, and unlinking it."""

from datetime import datetime

from cabinet.accounts.keys import profile_key
from cabinet.dynamo import Table, Transaction
from cabinet.errors import Conflict, NotFound
from cabinet.identity import users
from cabinet.identity.errors import EsiaAlreadyLinked, LastSignInMethod
from cabinet.identity.keys import esia_key
from cabinet.identity.model import SecurityEvent, User
from cabinet.identity.telling import commit_and_tell

_IS_FREE_OR_MINE = "attribute_not_exists(pk) OR #user_id = :user_id"
_IS_MINE = "attribute_exists(pk) AND #user_id = :user_id"
_HAS_NONE = f"{users.HAS_SAME_KEYS} AND (attribute_not_exists(#esia_oid) OR #esia_oid = :none)"
_HAS_THIS = f"{users.HAS_SAME_KEYS} AND #esia_oid = :oid AND attribute_type(#password_hash, :text)"


def link(user: User, oid: str, moment: datetime, address: str) -> None:
    """Let the account of Госуслуги open this cabinet.

    Raises EsiaAlreadyLinked when it opens another, or this cabinet is opened by another one.
    """
    if user.esia_oid == oid:
        return
    transaction = Transaction()
    pk, sk = esia_key(oid)
    row = {"pk": pk, "sk": sk, "user_id": user.user_id}
    transaction.put(
        Table.USERS, row, when=_IS_FREE_OR_MINE, otherwise=EsiaAlreadyLinked, user_id=user.user_id
    )
    transaction.update(
        Table.USERS, profile_key(user.user_id), "SET #esia_oid = :oid",
        when=_HAS_NONE, otherwise=EsiaAlreadyLinked, credentials=user.credentials, oid=oid, none=None,
    )  # fmt: skip
    commit_and_tell(transaction, user, SecurityEvent.ESIA_LINKED, moment, address)


def unlink(user: User, moment: datetime, address: str) -> None:
    """Let it open the cabinet no more; raises LastSignInMethod when there is no password to sign in with."""
    if user.esia_oid is None:
        raise NotFound
    if user.password_hash is None or user.email is None:
        raise LastSignInMethod
    transaction = Transaction()
    transaction.delete(
        Table.USERS, esia_key(user.esia_oid), when=_IS_MINE, otherwise=Conflict, user_id=user.user_id
    )
    # A change of the keys: a sign-in through it that is under way finds its proof outdated.
    users.change_keys(
        transaction, user, "SET #reset_tokens = :none REMOVE #esia_oid, #pending_email",
        when=_HAS_THIS, oid=user.esia_oid, text="S", none=[],
    )  # fmt: skip
    users.void_tokens(transaction, user)
    commit_and_tell(transaction, user, SecurityEvent.ESIA_UNLINKED, moment, address)
