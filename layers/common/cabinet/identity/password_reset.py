"""«Забыли пароль?»: a link by mail, for the owner of the address; nobody else learns whether there is one."""

from datetime import datetime

from cabinet.aws.dynamo import Table, Transaction
from cabinet.core.contacts import canonical_email
from cabinet.core.errors import Conflict, ServiceUnavailable
from cabinet.core.logging import Event, log_event
from cabinet.core.settings import http_settings
from cabinet.identity import one_time_tokens, users
from cabinet.identity.keys import profile_key, token_hash
from cabinet.identity.model import SecurityEvent, User
from cabinet.identity.one_time_tokens import TokenPurpose
from cabinet.identity.security_alerts import alert_emails
from cabinet.identity.security_log import record_event
from cabinet.outbox.emails import Email, commit_with_emails, wake_mailer
from cabinet.signed_tokens import TokenInvalid

MAX_LINKS = 3
"""Links that work at once: people ask again when an email is late, and then open either."""
_MAX_RETRIES = 5
_REQUEST_COUNT_UNCHANGED = f"{users.CREDENTIALS_UNCHANGED} AND #reset_tokens = :seen"


def request_reset(email: str, now: datetime) -> None:
    """Send the link to a user's address; for an unknown one do as much work and send nothing."""
    found = users.email_ownership(canonical_email(email))
    for _ in range(_MAX_RETRIES):
        user = users.get_user(found.owner or users.NONEXISTENT_USER)
        try:
            _send_link(user, now) if user and user.email else _dummy_write(email, now)
        except Conflict:
            continue
        return
    raise ServiceUnavailable


def _send_link(user: User, now: datetime) -> None:
    transaction = Transaction()
    content = {"user_id": user.user_id, "credentials": user.credentials_version}
    token = one_time_tokens.issue(transaction, TokenPurpose.PASSWORD_RESET, content, now)
    transaction.update(
        Table.USERS, profile_key(user.user_id), "SET #reset_tokens = :tokens",
        condition=_REQUEST_COUNT_UNCHANGED, on_conflict=Conflict, credentials=user.credentials_version,
        seen=user.reset_tokens, tokens=[*user.reset_tokens, token.hash][-MAX_LINKS:],
    )  # fmt: skip
    link = f"{http_settings().site_origin}/reset-password?token={token.secret}"
    commit_with_emails(transaction, [Email("password_reset", str(user.email), {"link": link})])


def _dummy_write(email: str, now: datetime) -> None:
    """Write three rows that mean nothing and wake the worker for no email: the same time passes."""
    transaction = Transaction()
    for _ in range(3):
        one_time_tokens.issue(transaction, TokenPurpose.NOTHING, {}, now)
    transaction.commit()
    wake_mailer(Email("password_reset", email, {}))


def reset(secret: str, password_hash: str, now: datetime, client_ip: str) -> str:
    """Keep the new password and end every session and token; returns the user's id. Raises TokenInvalid."""
    for _ in range(_MAX_RETRIES):
        asked = one_time_tokens.peek(TokenPurpose.PASSWORD_RESET, secret)
        loaded = users.user_with_sessions(asked["user_id"], now)
        if loaded is None or loaded.user.credentials_version != asked["credentials"]:
            raise TokenInvalid
        user = loaded.user
        if token_hash(secret) not in user.reset_tokens:
            raise TokenInvalid
        transaction = Transaction()
        one_time_tokens.consume(transaction, TokenPurpose.PASSWORD_RESET, secret)
        used, ended = token_hash(secret), users.push_cutoff_record(now)
        users.change_password(transaction, user, password_hash, loaded.sessions, ended, used_token_hash=used)
        record_event(transaction, user.user_id, SecurityEvent.PASSWORD_RESET, now, client_ip)
        try:
            commit_with_emails(transaction, alert_emails(user, SecurityEvent.PASSWORD_RESET, now))
        except Conflict:
            continue  # somebody signed in since the sessions were read
        log_event(Event.PASSWORD_CHANGED, user_id=user.user_id)
        return user.user_id
    raise ServiceUnavailable
