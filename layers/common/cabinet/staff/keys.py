"""Keys of the staff's rows, in Users."""

from cabinet.aws.dynamo import Key

STAFF_SHARD = "STAFF"
"""Every member's row carries this shard: the few of them are listed by the index, by address."""
BY_SHARD = ("by_shard", "shard", "shard_sk")


def member_key(staff_id: str) -> Key:
    """Return the key of a person."""
    return f"STAFF#{staff_id}", "PROFILE"


def staff_email_key(mailbox: str) -> Key:
    """Return the key of the row that makes an address one person's; `mailbox` as `canonical_email` has it."""
    return f"STAFFEMAIL#{mailbox}", "OWNER"


PASSKEYS = "PASSKEY#"


def passkey_key(staff_id: str, passkey_id: str) -> Key:
    """Return the key of one of a person's passkeys."""
    return f"STAFF#{staff_id}", f"{PASSKEYS}{passkey_id}"


def staff_session_key(staff_id: str, session_id: str) -> Key:
    """Return the key of a session; `session_id` is the public hash, not the secret."""
    return f"STAFF#{staff_id}", f"SESSION#{session_id}"
