"""What an owner does with colleagues: other roles and suppliers, or the end of their access."""

from datetime import datetime

from cabinet.audit.model import Action, Author
from cabinet.audit.store import record
from cabinet.aws.dynamo import Table, Transaction
from cabinet.core import clock
from cabinet.core.contacts import canonical_email
from cabinet.core.errors import NotFound
from cabinet.identity import one_time_tokens
from cabinet.staff import members, passkeys
from cabinet.staff.errors import OwnAccess, RoleMissing
from cabinet.staff.invitations import check_access
from cabinet.staff.keys import member_key, staff_email_key
from cabinet.staff.model import Member, Role

_IS_THEIRS = "attribute_exists(pk) AND #staff_id = :staff_id"


def change_access(
    author: Author, owner: Member | None, staff_id: str, roles: list[Role], suppliers: list[str],
    now: datetime,
) -> Member:  # fmt: skip
    """Give a person other roles and suppliers; their sessions are over.

    `owner` does it; None for a command. Raises NotFound, OwnAccess, InvalidFields, Conflict.
    """
    check_access(roles, suppliers)
    member = _colleague(owner, staff_id)
    transaction = Transaction()
    _require_unchanged(transaction, owner)
    changed = members.put_changed(transaction, member, member, roles=roles, suppliers=suppliers)
    record(
        transaction, author, Action.STAFF_ROLES_CHANGED, members.audit_subject(member), now,
        before={"roles": list(member.roles), "suppliers": member.suppliers},
        after={"roles": list(roles), "suppliers": suppliers},
    )  # fmt: skip
    transaction.commit()
    return changed


def remove(author: Author, owner: Member | None, staff_id: str, now: datetime) -> None:
    """End a person's access; the row stays without what opens the desk, as the audit log names it.

    Raises NotFound, OwnAccess, Conflict.
    """
    member = _colleague(owner, staff_id)
    transaction = Transaction()
    _require_unchanged(transaction, owner)
    members.put_changed(
        transaction, member, member,
        removed_at=clock.timestamp(now), password_hash=None, encrypted_seed=None, recovery_hashes=[],
        pending=None, invitation_hash=None, passkey_count=0,
    )  # fmt: skip
    passkeys.remove_all(transaction, member.staff_id)
    transaction.delete(
        Table.USERS, staff_email_key(canonical_email(member.email)),
        condition=_IS_THEIRS, on_conflict=NotFound, staff_id=member.staff_id,
    )  # fmt: skip
    if member.invitation_hash:
        one_time_tokens.revoke(transaction, member.invitation_hash)
    record(
        transaction, author, Action.STAFF_REMOVED, members.audit_subject(member), now,
        before={"email": member.email, "roles": list(member.roles), "suppliers": member.suppliers},
    )  # fmt: skip
    transaction.commit()


def _colleague(owner: Member | None, staff_id: str) -> Member:
    """Return whom an owner may manage: never themselves, never somebody of other suppliers."""
    if owner is not None and owner.staff_id == staff_id:
        raise OwnAccess
    member = members.require_member(staff_id)
    if owner is not None and not owner.covers(member.suppliers):
        raise NotFound
    return member


def _require_unchanged(transaction: Transaction, owner: Member | None) -> None:
    """Let no two owners take each other's access away at once: one of them would act without a right."""
    if owner is not None:
        transaction.check(
            Table.USERS, member_key(owner.staff_id), condition=members.CREDENTIALS_UNCHANGED,
            on_conflict=RoleMissing, credentials=owner.credentials_version,
        )  # fmt: skip
