"""«Настройки»: phone, address, password; each change is one transaction with its log entry and its email."""

from datetime import datetime

from cabinet.aws.dynamo import Table, Transaction
from cabinet.core.contacts import canonical_email
from cabinet.core.errors import Conflict, ServiceUnavailable
from cabinet.core.logging import Event, log_event
from cabinet.core.settings import http_settings
from cabinet.identity import one_time_tokens, users
from cabinet.identity.errors import EmailTaken
from cabinet.identity.keys import email_key, phone_key, profile_key, token_hash
from cabinet.identity.model import SecurityEvent, User
from cabinet.identity.one_time_tokens import TokenPurpose
from cabinet.identity.registration import add_owner_of_email
from cabinet.identity.security_alerts import commit_and_alert
from cabinet.identity.security_log import record_event
from cabinet.outbox.emails import Email, commit_with_emails
from cabinet.signed_tokens import TokenInvalid

_PHONE_UNCHANGED = "attribute_exists(pk) AND #phone = :was"
_MAX_RETRIES = 5


def change_phone(user: User, phone: str, now: datetime, client_ip: str) -> None:
    """Keep another phone number; raises Conflict when it was changed meanwhile."""
    transaction = Transaction()
    transaction.update(
        Table.USERS, profile_key(user.user_id), "SET #phone = :phone",
        condition=_PHONE_UNCHANGED, on_conflict=Conflict, phone=phone, was=user.phone,
    )  # fmt: skip
    if phone != user.phone:
        if user.phone:
            transaction.delete(
                Table.USERS, phone_key(user.phone, user.user_id), condition=users.IS_FREE_OR_MINE,
                on_conflict=Conflict, user_id=user.user_id,
            )  # fmt: skip
        users.add_phone(transaction, phone, user.user_id)
    commit_and_alert(transaction, user, SecurityEvent.PHONE_CHANGED, now, client_ip)


def request_email_change(user: User, email: str, now: datetime, client_ip: str) -> None:
    """Send the link that will make `email` the login; a change that was asked for before it is void.

    Raises EmailTaken; Conflict when the credentials were changed meanwhile.
    """
    if users.email_ownership(canonical_email(email)).owner is not None:
        raise EmailTaken
    transaction = Transaction()
    content = {"user_id": user.user_id, "email": email, "credentials": user.credentials_version}
    token = one_time_tokens.issue(transaction, TokenPurpose.EMAIL_CHANGE, content, now)
    if user.pending_email is not None:
        one_time_tokens.revoke(transaction, user.pending_email.token_hash)
    pending = {"email": email, "token_hash": token.hash, "expires_at": token.expires_at}
    transaction.update(
        Table.USERS, profile_key(user.user_id), "SET #pending_email = :pending",
        condition=users.CREDENTIALS_UNCHANGED, on_conflict=Conflict,
        credentials=user.credentials_version, pending=pending,
    )  # fmt: skip
    link = f"{http_settings().site_origin}/confirm-email?token={token.secret}"
    confirmation = Email("email_change", email, {"link": link})
    commit_and_alert(transaction, user, SecurityEvent.EMAIL_CHANGE_ASKED, now, client_ip, confirmation)


def confirm_email_change(secret: str, signed_in_user: str | None, now: datetime, client_ip: str) -> None:
    """Make the new e-mail the login and notify the old one; every other token is void.

    Raises TokenInvalid, also when somebody else is signed in; EmailTaken when another user was faster.
    """
    asked = one_time_tokens.peek(TokenPurpose.EMAIL_CHANGE, secret)
    user = users.get_user(asked["user_id"])
    if user is None or signed_in_user not in (None, user.user_id):
        raise TokenInvalid
    pending = user.pending_email
    is_latest = pending is not None and pending.token_hash == token_hash(secret)
    if not is_latest or user.credentials_version != asked["credentials"]:
        raise TokenInvalid
    transaction = Transaction()
    one_time_tokens.consume(transaction, TokenPurpose.EMAIL_CHANGE, secret)
    users.change_credentials(
        transaction, user, "SET #email = :email, #reset_tokens = :none REMOVE #pending_email",
        on_conflict=TokenInvalid, email=asked["email"], none=[],
    )  # fmt: skip
    add_owner_of_email(transaction, canonical_email(asked["email"]), user.user_id)
    users.revoke_tokens(transaction, user, except_token_hash=token_hash(secret))
    record_event(transaction, user.user_id, SecurityEvent.EMAIL_CHANGED, now, client_ip)
    commit_with_emails(transaction, [_release_old_email(transaction, user)] if user.email else [])
    log_event(Event.EMAIL_CHANGED, user_id=user.user_id)


def change_password(user: User, session_id: str, password_hash: str, now: datetime, client_ip: str) -> None:
    """Keep another password; every other session ends and every token is void, in the same transaction.

    Raises Conflict when the credentials were changed meanwhile.
    """
    for _ in range(_MAX_RETRIES):
        loaded = users.user_with_sessions(user.user_id, now)
        if loaded is None or loaded.user.credentials_version != user.credentials_version:
            raise Conflict
        transaction = Transaction()
        others = [each for each in loaded.sessions if each.session_id != session_id]
        users.change_password(
            transaction,
            loaded.user,
            password_hash,
            others,
            users.push_cutoff_record(now, except_session_id=session_id),
        )
        try:
            commit_and_alert(transaction, loaded.user, SecurityEvent.PASSWORD_CHANGED, now, client_ip)
        except Conflict:
            continue  # somebody signed in since the sessions were read
        log_event(Event.PASSWORD_CHANGED, user_id=user.user_id)
        return
    raise ServiceUnavailable


def _release_old_email(transaction: Transaction, user: User) -> Email:
    """Release the old e-mail and return the email that notifies it."""
    old = str(user.email)
    transaction.delete(
        Table.USERS,
        email_key(canonical_email(old)),
        condition=users.IS_MINE,
        on_conflict=TokenInvalid,
        user_id=user.user_id,
    )
    return Email("email_changed", old, {})
