"""Keys of the identity's rows in Users, beside those of accounts/keys.py: the one place that spells them.

In a user's partition the words sort apart: ACCESS, AGREED, ARCHIVE and AUDIT come before BINDING … PROFILE …
SESSION, which are read together when a request is authorised. CALENDAR comes after BINDING: a calendar reads
both.
"""

import hashlib

from cabinet.aws.dynamo import Key


def email_partition(canonical: str) -> str:
    """Return the partition of a mail address: who owns it, and who has asked for it last."""
    return f"EMAIL#{canonical}"


def email_key(canonical: str) -> Key:
    """Return the key of the row that makes an address unique."""
    return email_partition(canonical), "OWNER"


def pending_key(canonical: str) -> Key:
    """Return the key of the latest registration that awaits its activation."""
    return email_partition(canonical), "PENDING"


def esia_key(oid: str) -> Key:
    """Return the key of the row that makes an account of Госуслуги open one cabinet alone."""
    return f"ESIA#{oid}", "OWNER"


def token_key(secret: str) -> Key:
    """Return the key of a one-time token: of its hash, so that a leaked table confirms nothing."""
    return token_key_from_hash(token_hash(secret))


def token_key_from_hash(hashed: str) -> Key:
    """Return the key of the one-time token with this hash."""
    return f"TOKEN#{hashed}", "TOKEN"


def token_hash(secret: str) -> str:
    """Return the hash under which a one-time token is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def nonce_key(purpose: str, nonce: str) -> Key:
    """Return the key of the row that makes a signed token single-use."""
    return f"NONCE#{purpose}#{nonce}", "NONCE"


SUPPLIER_CONSENT = "supplier-"
"""How the versions of consents to suppliers begin; then the supplier and the version of its text."""


def consent_key(user_id: str, version: str) -> Key:
    """Return the key of the record of a consent."""
    return f"USER#{user_id}", f"AGREED#{version}"


def security_event_key(user_id: str, at: str, event_id: str) -> Key:
    """Return the key of one entry of the security log; they sort by time."""
    return f"USER#{user_id}", f"AUDIT#{at}#{event_id}"


def profile_key(user_id: str) -> Key:
    """Return the key of a user's profile, in Users."""
    return f"USER#{user_id}", "PROFILE"


def phone_key(phone: str, user_id: str) -> Key:
    """Return the key of the row by which a user is found by a telephone in E.164, in Users."""
    return phone_partition(phone), user_id


def phone_partition(phone: str) -> str:
    """Return the partition of the users with a telephone; hashed: logs and metrics show keys."""
    return f"PHONE#{hashlib.sha256(phone.encode()).hexdigest()[:32]}"


def session_key(user_id: str, session_id: str) -> Key:
    """Return the key of a session, in Users; `session_id` is the public hash, not the secret."""
    return f"USER#{user_id}", f"SESSION#{session_id}"


ACCESS_PREFIX = "ACCESS#"


def access_token_key(user_id: str, slot: int) -> Key:
    """Return the key of the token of a resident's program in one of the numbered slots, in Users."""
    return f"USER#{user_id}", f"{ACCESS_PREFIX}{slot:02d}"


PUSH_PREFIX = "WEBPUSH#"
"""After SESSION, so that no request reads it to be authorised."""


def push_key(user_id: str, session_id: str) -> Key:
    """Return the key of the subscription to pushes that a session has made, in Users."""
    return f"USER#{user_id}", f"{PUSH_PREFIX}{session_id}"


def push_owner_key(subscription_id: str) -> Key:
    """Return the key of the row that says whose pushes a browser shows, in Users."""
    return f"PUSHENDPOINT#{subscription_id}", "OWNER"


CALENDAR = "CALENDAR"


def calendar_key(user_id: str) -> Key:
    """Return the key of the secret address of a user's calendar, in Users."""
    return f"USER#{user_id}", CALENDAR


ARCHIVE = "ARCHIVE"


def archive_key(user_id: str) -> Key:
    """Return the key of the archive of a user's own data, in Users."""
    return f"USER#{user_id}", ARCHIVE
