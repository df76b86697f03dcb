"""«Забыли пароль?»: a link by mail, for whoever owns the address; nobody else learns whether anybody does."""

from datetime import datetime

from cabinet.accounts.keys import profile_key
from cabinet.dynamo import Table, Transaction
from cabinet.errors import Conflict, Unavailable
from cabinet.identity import one_time, users
from cabinet.identity.audit import journal
from cabinet.identity.contacts import mailbox_of
from cabinet.identity.keys import token_hash
from cabinet.identity.model import SecurityEvent, User
from cabinet.identity.one_time import Errand
from cabinet.identity.telling import tell
from cabinet.log import Event, note
from cabinet.messaging.outbox import Letter, enqueue, nudge
from cabinet.settings import http_settings
from cabinet.tokens import TokenInvalid

MOST_LINKS = 3
"""Links that work at once: people ask again when a letter is late, and then open either."""
_RIVALS = 5
_ASKED_ALONE = f"{users.HAS_SAME_KEYS} AND #reset_tokens = :seen"


def ask_for_reset(email: str, moment: datetime) -> None:
    """Send the link to a user's address; for an unknown one do as much work and send nothing."""
    found = users.mailbox(mailbox_of(email))
    for _ in range(_RIVALS):
        user = users.user_of(found.owner or users.NOBODY)
        try:
            _send_link(user, moment) if user and user.email else _pretend(email, moment)
        except Conflict:
            continue
        return
    raise Unavailable


def _send_link(user: User, moment: datetime) -> None:
    transaction = Transaction()
    content = {"user_id": user.user_id, "credentials": user.credentials}
    token = one_time.issue(transaction, Errand.PASSWORD_RESET, content, moment)
    transaction.update(
        Table.USERS, profile_key(user.user_id), "SET #reset_tokens = :tokens",
        when=_ASKED_ALONE, otherwise=Conflict, credentials=user.credentials,
        seen=user.reset_tokens, tokens=[*user.reset_tokens, token.hash][-MOST_LINKS:],
    )  # fmt: skip
    link = f"{http_settings().site_origin}/reset-password?token={token.secret}"
    letter = Letter("password_reset", str(user.email), {"link": link})
    enqueue(transaction, letter)
    transaction.commit()
    nudge(letter)


def _pretend(email: str, moment: datetime) -> None:
    """Write three rows that mean nothing and nudge for a letter that is not there: the same time passes."""
    transaction = Transaction()
    for _ in range(3):
        one_time.issue(transaction, Errand.NOTHING, {}, moment)
    transaction.commit()
    nudge(Letter("password_reset", email, {}))


def reset(secret: str, password_hash: str, moment: datetime, address: str) -> str:
    """Keep the new password and end every session and token; returns the user's id. Raises TokenInvalid."""
    for _ in range(_RIVALS):
        asked = one_time.content_of(Errand.PASSWORD_RESET, secret)
        standing = users.user_with_sessions(asked["user_id"], moment)
        if standing is None or standing.user.credentials != asked["credentials"]:
            raise TokenInvalid
        user = standing.user
        if token_hash(secret) not in user.reset_tokens:
            raise TokenInvalid
        transaction = Transaction()
        one_time.use(transaction, Errand.PASSWORD_RESET, secret)
        users.change_password(transaction, user, password_hash, standing.sessions, used=token_hash(secret))
        journal(transaction, user.user_id, SecurityEvent.PASSWORD_RESET, moment, address)
        letter = tell(transaction, user, SecurityEvent.PASSWORD_RESET, moment)
        try:
            transaction.commit()
        except Conflict:
            continue  # somebody signed in since the sessions were read
        nudge(*([letter] if letter else []))
        note(Event.PASSWORD_CHANGED, user_id=user.user_id)
        return user.user_id
    raise Unavailable
