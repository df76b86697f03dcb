"""The session: how long it lasts, its item, and the signed token that the cookie carries."""

import hashlib
import secrets
from datetime import datetime, timedelta

from cabinet.aws.dynamo import Item, key_attributes
from cabinet.core import clock
from cabinet.identity.keys import session_key
from cabinet.signed_tokens import Purpose, sign

IDLE_TIMEOUT = timedelta(minutes=60)

ABSOLUTE_TIMEOUT = timedelta(hours=12)


def open_session(user_id: str, user_agent: str, now: datetime) -> tuple[Item, str]:
    """Return a new session's item (for the caller to write) and the cookie's token.

    The secret id is in the token alone; the item is keyed by its hash, so a leaked table opens nothing.
    """
    secret = secrets.token_urlsafe(18)
    session_id = public_session_id(secret)
    item = {
        **key_attributes(session_key(user_id, session_id)),
        "created_at": clock.timestamp(now),
        "seen_at": clock.epoch(now),
        "user_agent": user_agent[:200],
        "expires_at": clock.epoch(now + ABSOLUTE_TIMEOUT),
    }
    return item, sign(Purpose.SESSION, {"sub": user_id, "sid": secret}, ABSOLUTE_TIMEOUT)


def public_session_id(secret: str) -> str:
    """Return the hash under which a session is stored and shown in the list of devices."""
    return hashlib.sha256(secret.encode()).hexdigest()[:32]
