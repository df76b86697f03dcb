"""The table of rights: what each role may do, and by which role a person does it."""

from cabinet.staff.model import Member, Role
from cabinet.staff.rights_rules import RIGHTS, ROUTES, AuditKind, Right, rights_of, role_for


def member(*roles: Role) -> Member:
    return Member(staff_id="s", email="s@example.ru", roles=list(roles))


def test_every_role_has_its_row_and_every_right_somebody() -> None:
    assert set(RIGHTS) == set(Role)
    assert frozenset().union(*RIGHTS.values()) == set(Right)


def test_only_an_owner_manages_the_staff_and_reads_the_audit_log() -> None:
    for right in (Right.STAFF, Right.AUDIT):
        assert [role for role in Role if right in RIGHTS[role]] == [Role.OWNER]


def test_roles_add_up_and_nobody_without_roles_may_anything() -> None:
    assert rights_of(member()) == []
    assert set(rights_of(member(Role.OPERATOR, Role.OWNER))) == RIGHTS[Role.OPERATOR] | RIGHTS[Role.OWNER]
    assert role_for(member(Role.OPERATOR, Role.OWNER), Right.AUDIT) is Role.OWNER
    assert role_for(member(Role.OPERATOR), Right.AUDIT) is None


CHANGE_NOTHING = {
    "POST /api/staff/sessions/passkey/challenge",
    "POST /api/staff/sessions/current/passkey/challenge",
    "POST /api/staff/requests/{request_id}/attachments",
    "POST /api/staff/orders/{order_id}/ask",
    "POST /api/staff/bank-registers",
    "POST /api/staff/notices/reach",
    "POST /api/staff/imports",
    "POST /api/staff/exports",
    "POST /api/staff/gis",
    "POST /api/staff/exports/{export_id}/again",
}
"""A challenge to sign; a form to upload by, its file taken with what names it; a count; a nightly registry;
a bank asked."""


def test_changes_leave_an_audit_row_and_reads_never_claim_one() -> None:
    for route, access in ROUTES.items():
        is_reading = route.startswith("GET ") or route in CHANGE_NOTHING
        assert (access.audit is AuditKind.CHANGE) is not is_reading, route
        assert not (access.needs_code and is_reading), route
