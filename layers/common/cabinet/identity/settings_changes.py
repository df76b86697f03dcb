"""«Настройки»: phone, address, password; each change is one transaction with its journal and its letter."""

from datetime import datetime

from cabinet.accounts.keys import profile_key
from cabinet.dynamo import Table, Transaction
from cabinet.errors import Conflict, Unavailable
from cabinet.identity import one_time, users
from cabinet.identity.audit import journal
from cabinet.identity.contacts import mailbox_of
from cabinet.identity.errors import EmailTaken
from cabinet.identity.keys import email_key, token_hash
from cabinet.identity.model import SecurityEvent, User
from cabinet.identity.one_time import Errand
from cabinet.identity.registration import add_owner_of_email
from cabinet.identity.telling import commit_and_tell
from cabinet.log import Event, note
from cabinet.messaging.outbox import Letter, enqueue, nudge
from cabinet.settings import http_settings
from cabinet.tokens import TokenInvalid

_HAS_THIS_PHONE = "attribute_exists(pk) AND #phone = :was"
_IS_MINE = "attribute_exists(pk) AND #user_id = :user_id"
_RIVALS = 5


def change_phone(user: User, phone: str, moment: datetime, address: str) -> None:
    """Keep another phone number; raises Conflict when it was changed meanwhile."""
    transaction = Transaction()
    transaction.update(
        Table.USERS, profile_key(user.user_id), "SET #phone = :phone",
        when=_HAS_THIS_PHONE, otherwise=Conflict, phone=phone, was=user.phone,
    )  # fmt: skip
    commit_and_tell(transaction, user, SecurityEvent.PHONE_CHANGED, moment, address)


def ask_for_email_change(user: User, email: str, moment: datetime, address: str) -> None:
    """Send the link that will make `email` the login; a change that was asked for before it is void.

    Raises EmailTaken; Conflict when the keys were changed meanwhile.
    """
    if users.mailbox(mailbox_of(email)).owner is not None:
        raise EmailTaken
    transaction = Transaction()
    content = {"user_id": user.user_id, "email": email, "credentials": user.credentials}
    token = one_time.issue(transaction, Errand.EMAIL_CHANGE, content, moment)
    if user.pending_email is not None:
        one_time.void(transaction, user.pending_email.token_hash)
    pending = {"email": email, "token_hash": token.hash, "expires_at": token.expires_at}
    transaction.update(
        Table.USERS, profile_key(user.user_id), "SET #pending_email = :pending",
        when=users.HAS_SAME_KEYS, otherwise=Conflict, credentials=user.credentials, pending=pending,
    )  # fmt: skip
    link = f"{http_settings().site_origin}/confirm-email?token={token.secret}"
    letter = Letter("email_change", email, {"link": link})
    enqueue(transaction, letter)
    commit_and_tell(transaction, user, SecurityEvent.EMAIL_CHANGE_ASKED, moment, address)
    nudge(letter)


def confirm_email_change(secret: str, signed_in_user: str | None, moment: datetime, address: str) -> None:
    """Make the new address the login and tell the old one; every other token is void.

    Raises TokenInvalid, also when somebody else is signed in; EmailTaken when another user was faster.
    """
    asked = one_time.content_of(Errand.EMAIL_CHANGE, secret)
    user = users.user_of(asked["user_id"])
    if user is None or signed_in_user not in (None, user.user_id):
        raise TokenInvalid
    pending = user.pending_email
    is_latest = pending is not None and pending.token_hash == token_hash(secret)
    if not is_latest or user.credentials != asked["credentials"]:
        raise TokenInvalid
    transaction = Transaction()
    one_time.use(transaction, Errand.EMAIL_CHANGE, secret)
    users.change_keys(
        transaction, user, "SET #email = :email, #reset_tokens = :none REMOVE #pending_email",
        otherwise=TokenInvalid, email=asked["email"], none=[],
    )  # fmt: skip
    add_owner_of_email(transaction, mailbox_of(asked["email"]), user.user_id)
    users.void_tokens(transaction, user, but=token_hash(secret))
    journal(transaction, user.user_id, SecurityEvent.EMAIL_CHANGED, moment, address)
    letter = _farewell(transaction, user) if user.email else None
    transaction.commit()
    nudge(*([letter] if letter else []))
    note(Event.EMAIL_CHANGED, user_id=user.user_id)


def change_password(user: User, session_id: str, password_hash: str, moment: datetime, address: str) -> None:
    """Keep another password; every other session ends and every token is void, in the same transaction.

    Raises Conflict when the keys were changed meanwhile.
    """
    for _ in range(_RIVALS):
        standing = users.user_with_sessions(user.user_id, moment)
        if standing is None or standing.user.credentials != user.credentials:
            raise Conflict
        transaction = Transaction()
        others = [each for each in standing.sessions if each.session_id != session_id]
        users.change_password(transaction, standing.user, password_hash, others)
        try:
            commit_and_tell(transaction, standing.user, SecurityEvent.PASSWORD_CHANGED, moment, address)
        except Conflict:
            continue  # somebody signed in since the sessions were read
        note(Event.PASSWORD_CHANGED, user_id=user.user_id)
        return
    raise Unavailable


def _farewell(transaction: Transaction, user: User) -> Letter:
    """Give the old address free and tell it."""
    old = str(user.email)
    transaction.delete(
        Table.USERS, email_key(mailbox_of(old)), when=_IS_MINE, otherwise=TokenInvalid, user_id=user.user_id
    )
    letter = Letter("email_changed", old, {})
    enqueue(transaction, letter)
    return letter
