"""The staff's rows: a person by id or address, all of them, and the conditions that guard changes."""

from typing import Any

from cabinet.audit.store import Subject
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Table, Transaction, key_attributes
from cabinet.core.contacts import canonical_email
from cabinet.core.errors import Conflict, NotFound
from cabinet.staff.keys import BY_SHARD, STAFF_SHARD, member_key, staff_email_key
from cabinet.staff.model import Member

CREDENTIALS_UNCHANGED = "attribute_exists(pk) AND #credentials = :credentials"
PASSKEYS_UNCHANGED = "(attribute_not_exists(#passkeys) OR #passkeys = :passkeys)"
"""Rows older than passkeys do not count them."""
_MAX_MEMBERS = 500
"""Persons listed at most: a settlement centre has some dozens."""


def get_member(staff_id: str) -> Member | None:
    """Return a person, also one who was removed; None for an unknown id."""
    row = dynamo.get(Table.USERS, member_key(staff_id), consistent=True)
    return Member.model_validate(row) if row else None


def require_member(staff_id: str) -> Member:
    """Return a person who was not removed; raises NotFound."""
    member = get_member(staff_id)
    if member is None or member.removed_at is not None:
        raise NotFound
    return member


def find_by_email(email: str) -> Member | None:
    """Return who has the address: two reads, whether there is anybody or not."""
    owner = dynamo.get(Table.USERS, staff_email_key(canonical_email(email)), consistent=True)
    found = get_member(owner["staff_id"] if owner else "nobody")
    return found if owner else None


def list_members() -> list[Member]:
    """Return everybody who was not removed, by address; one query."""
    page = dynamo.query(Table.USERS, STAFF_SHARD, index=BY_SHARD, limit=_MAX_MEMBERS)
    return [Member.model_validate(row) for row in page.items]


def member_row(member: Member) -> Item:
    """Return a person's row; removed members are not listed."""
    row: Item = key_attributes(member_key(member.staff_id)) | member.model_dump(mode="json")
    if member.removed_at is None:
        row |= {"shard": STAFF_SHARD, "shard_sk": canonical_email(member.email)}
    return row


def put_changed(transaction: Transaction, before: Member, after: Member, **changed: Any) -> Member:  # noqa: ANN401
    """Add a person's changed row, if nobody else has changed it since; raises Conflict at the commit."""
    new = after.model_copy(update={"credentials_version": before.credentials_version + 1, **changed})
    transaction.put(
        Table.USERS, member_row(new),
        condition=f"{CREDENTIALS_UNCHANGED} AND #last_step = :last_step AND {PASSKEYS_UNCHANGED}",
        on_conflict=Conflict, credentials=before.credentials_version, last_step=before.last_step,
        passkeys=before.passkey_count,
    )  # fmt: skip
    return new


def audit_subject(member: Member) -> Subject:
    """Return a person as the subject of an audit entry."""
    return Subject(f"staff:{member.staff_id}", tuple(member.suppliers))
