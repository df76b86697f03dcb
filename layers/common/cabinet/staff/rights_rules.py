"""The one table of rights: route → right → roles. A route of the desk that is not in it answers nobody.

Pure. tests/security/test_staff_matrix.py walks every route of the app through it.
"""

from dataclasses import dataclass
from enum import StrEnum

from cabinet.staff.model import Member, Role


class Right(StrEnum):
    """What somebody may do at the desk."""

    SIGNED_IN = "signed_in"
    """Anybody of the staff: their own session."""
    STAFF = "staff"
    AUDIT = "audit"
    REQUESTS = "requests"
    RESIDENTS = "residents"
    MONEY = "money"
    """Orders, refunds, banks' registers, totals."""
    NOTICES = "notices"
    MAIL = "mail"
    """Emails that were not delivered, addresses that are not written to."""
    IMPORTS = "imports"
    SUPPLIERS = "suppliers"
    """Settings of suppliers, their contracts with banks."""
    EXPORTS = "exports"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OPERATOR: frozenset({Right.SIGNED_IN, Right.REQUESTS, Right.RESIDENTS, Right.NOTICES}),
    Role.ACCOUNTANT: frozenset({Right.SIGNED_IN, Right.MONEY, Right.EXPORTS}),
    Role.ENGINEER: frozenset({Right.SIGNED_IN, Right.IMPORTS, Right.SUPPLIERS, Right.MAIL}),
    Role.OWNER: frozenset({Right.SIGNED_IN, Right.STAFF, Right.AUDIT}),
}


class AuditKind(StrEnum):
    """What a successful call leaves in the audit log."""

    NOTHING = "nothing"
    """Neither a resident's data nor a change."""
    READ = "read"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks for: a right (None: no session), a code entered again, and what it leaves behind."""

    right: Right | None
    audit: AuditKind = AuditKind.NOTHING
    needs_code: bool = False


ROUTES: dict[str, Access] = {
    "POST /api/staff/sessions": Access(None, AuditKind.CHANGE),
    "POST /api/staff/invitations/accept": Access(None, AuditKind.CHANGE),
    "POST /api/staff/invitations/confirm": Access(None, AuditKind.CHANGE),
    "GET /api/staff/me": Access(Right.SIGNED_IN),
    "DELETE /api/staff/sessions/current": Access(Right.SIGNED_IN, AuditKind.CHANGE),
    "POST /api/staff/sessions/current/code": Access(Right.SIGNED_IN, AuditKind.CHANGE),
    # A challenge to sign changes nothing: its answer does.
    "POST /api/staff/sessions/passkey/challenge": Access(None),
    "POST /api/staff/sessions/passkey": Access(None, AuditKind.CHANGE),
    "POST /api/staff/sessions/current/passkey/challenge": Access(Right.SIGNED_IN),
    "POST /api/staff/sessions/current/passkey": Access(Right.SIGNED_IN, AuditKind.CHANGE),
    "GET /api/staff/passkeys": Access(Right.SIGNED_IN),
    # Asks for a code and is audited, as its answer lets the person sign in later.
    "POST /api/staff/passkeys/challenge": Access(Right.SIGNED_IN, AuditKind.CHANGE, needs_code=True),
    # No code once more: it answers what was asked for with one, in the same session, within five minutes.
    "POST /api/staff/passkeys": Access(Right.SIGNED_IN, AuditKind.CHANGE),
    "PATCH /api/staff/passkeys/{passkey_id}": Access(Right.SIGNED_IN, AuditKind.CHANGE),
    "DELETE /api/staff/passkeys/{passkey_id}": Access(Right.SIGNED_IN, AuditKind.CHANGE, needs_code=True),
    "GET /api/staff/staff": Access(Right.STAFF),
    "POST /api/staff/staff": Access(Right.STAFF, AuditKind.CHANGE, needs_code=True),
    "PUT /api/staff/staff/{staff_id}/roles": Access(Right.STAFF, AuditKind.CHANGE, needs_code=True),
    "DELETE /api/staff/staff/{staff_id}": Access(Right.STAFF, AuditKind.CHANGE, needs_code=True),
    # It names accounts, and what was changed of them.
    "GET /api/staff/audit": Access(Right.AUDIT, AuditKind.READ),
    # The list names no resident.
    "GET /api/staff/requests": Access(Right.REQUESTS),
    "GET /api/staff/residents": Access(Right.RESIDENTS, AuditKind.READ),
    "GET /api/staff/holder-changes": Access(Right.RESIDENTS, AuditKind.READ),
    "GET /api/staff/accounts/{account_id}": Access(Right.RESIDENTS, AuditKind.READ),
    "GET /api/staff/accounts/{account_id}/summary": Access(Right.RESIDENTS, AuditKind.READ),
    "GET /api/staff/accounts/{account_id}/services": Access(Right.RESIDENTS, AuditKind.READ),
    "GET /api/staff/accounts/{account_id}/charges": Access(Right.RESIDENTS, AuditKind.READ),
    "GET /api/staff/accounts/{account_id}/payments": Access(Right.RESIDENTS, AuditKind.READ),
    "GET /api/staff/accounts/{account_id}/meters": Access(Right.RESIDENTS, AuditKind.READ),
    "GET /api/staff/accounts/{account_id}/meters/{meter_id}/readings": Access(
        Right.RESIDENTS, AuditKind.READ
    ),
    "GET /api/staff/accounts/{account_id}/readings/form": Access(Right.RESIDENTS, AuditKind.READ),
    "POST /api/staff/accounts/{account_id}/readings": Access(Right.RESIDENTS, AuditKind.CHANGE),
    "POST /api/staff/users/{user_id}/activation-mail": Access(Right.RESIDENTS, AuditKind.CHANGE),
    "DELETE /api/staff/accounts/{account_id}/bindings/{user_id}": Access(Right.RESIDENTS, AuditKind.CHANGE),
    "GET /api/staff/requests/assignees": Access(Right.REQUESTS),
    "GET /api/staff/requests/{request_id}": Access(Right.REQUESTS, AuditKind.READ),
    "GET /api/staff/requests/{request_id}/attachments/{file_id}": Access(Right.REQUESTS, AuditKind.READ),
    # A form to upload by changes nothing: the file is taken with the message.
    "POST /api/staff/requests/{request_id}/attachments": Access(Right.REQUESTS),
    "POST /api/staff/requests/{request_id}/messages": Access(Right.REQUESTS, AuditKind.CHANGE),
    "POST /api/staff/requests/{request_id}/assign": Access(Right.REQUESTS, AuditKind.CHANGE),
    "GET /api/staff/orders": Access(Right.MONEY, AuditKind.READ),
    "GET /api/staff/orders/{order_id}": Access(Right.MONEY, AuditKind.READ),
    "GET /api/staff/suppliers": Access(Right.SIGNED_IN),
    # Numbers alone; each by the right that opens what it counts.
    "GET /api/staff/today": Access(Right.SIGNED_IN),
    "GET /api/staff/mail": Access(Right.MAIL, AuditKind.READ),
    "POST /api/staff/mail/{mail_id}/retry": Access(Right.MAIL, AuditKind.CHANGE),
    "DELETE /api/staff/suppressions/{address_hash}": Access(Right.MAIL, AuditKind.CHANGE),
    "GET /api/staff/houses": Access(Right.NOTICES),
    # Counts, and changes nothing.
    "POST /api/staff/notices/reach": Access(Right.NOTICES),
    "GET /api/staff/notices": Access(Right.NOTICES),
    "POST /api/staff/notices": Access(Right.NOTICES, AuditKind.CHANGE),
    "GET /api/staff/notices/{notice_id}": Access(Right.NOTICES),
    "PATCH /api/staff/notices/{notice_id}": Access(Right.NOTICES, AuditKind.CHANGE),
    # Numbers alone.
    "GET /api/staff/notices/{notice_id}/reads": Access(Right.NOTICES),
    "GET /api/staff/notices/{notice_id}/unreached": Access(Right.NOTICES, AuditKind.READ),
    "POST /api/staff/notices/{notice_id}/end": Access(Right.NOTICES, AuditKind.CHANGE),
    "GET /api/staff/branding-preview": Access(Right.SUPPLIERS),
    "GET /api/staff/suppliers/{supplier_id}": Access(Right.SUPPLIERS),
    "GET /api/staff/suppliers/{supplier_id}/versions/{revision}": Access(Right.SUPPLIERS),
    # Where the payees' money goes, among others.
    "PUT /api/staff/suppliers/{supplier_id}": Access(Right.SUPPLIERS, AuditKind.CHANGE, needs_code=True),
    "GET /api/staff/suppliers/{supplier_id}/check-bank": Access(Right.SUPPLIERS),
    "POST /api/staff/suppliers/{supplier_id}/check-bank": Access(Right.SUPPLIERS, AuditKind.CHANGE),
    # Accounts by number, and sums.
    "GET /api/staff/webhooks/{supplier_id}": Access(Right.SUPPLIERS, AuditKind.READ),
    "GET /api/staff/webhooks/{supplier_id}/deliveries": Access(Right.SUPPLIERS, AuditKind.READ),
    "POST /api/staff/webhooks/{supplier_id}/deliveries/{delivery_id}/replay": Access(
        Right.SUPPLIERS, AuditKind.CHANGE
    ),
    "POST /api/staff/webhooks/{supplier_id}/pause": Access(Right.SUPPLIERS, AuditKind.CHANGE),
    "POST /api/staff/webhooks/{supplier_id}/resume": Access(Right.SUPPLIERS, AuditKind.CHANGE),
    "GET /api/staff/accounts/{account_id}/rows": Access(Right.IMPORTS, AuditKind.READ),
    "POST /api/staff/accounts/{account_id}/receipts/{receipt_id}/void": Access(
        Right.IMPORTS, AuditKind.CHANGE
    ),
    "POST /api/staff/accounts/{account_id}/payments/{payment_id}/void": Access(
        Right.IMPORTS, AuditKind.CHANGE
    ),
    "POST /api/staff/accounts/{account_id}/meters/{meter_id}/void": Access(Right.IMPORTS, AuditKind.CHANGE),
    "GET /api/staff/exports": Access(Right.EXPORTS),
    # What is asked for here changes no row: a worker does what tonight's schedule would do, or does it again.
    "POST /api/staff/exports": Access(Right.EXPORTS, AuditKind.READ),
    "POST /api/staff/exports/{export_id}/again": Access(Right.EXPORTS, AuditKind.READ),
    "GET /api/staff/exports/{export_id}/file": Access(Right.EXPORTS, AuditKind.READ),
    # The rows name months and counts; a form to upload by changes nothing.
    "GET /api/staff/gis": Access(Right.EXPORTS),
    "POST /api/staff/gis": Access(Right.EXPORTS),
    "POST /api/staff/gis/{fill_id}/start": Access(Right.EXPORTS, AuditKind.CHANGE),
    "GET /api/staff/gis/{fill_id}/file": Access(Right.EXPORTS, AuditKind.READ),
    # States and counts; a form to upload by changes nothing: the file is taken with its check.
    "GET /api/staff/imports": Access(Right.IMPORTS),
    "POST /api/staff/imports": Access(Right.IMPORTS),
    "GET /api/staff/imports/{import_id}": Access(Right.IMPORTS),
    "GET /api/staff/imports/{import_id}/preview": Access(Right.IMPORTS, AuditKind.READ),
    "GET /api/staff/imports/{import_id}/report": Access(Right.IMPORTS, AuditKind.READ),
    "POST /api/staff/imports/{import_id}/check": Access(Right.IMPORTS, AuditKind.CHANGE),
    "POST /api/staff/imports/{import_id}/apply": Access(Right.IMPORTS, AuditKind.CHANGE),
    "POST /api/staff/imports/{import_id}/undo": Access(Right.IMPORTS, AuditKind.CHANGE, needs_code=True),
    # What follows from the bank's answer is the bank's doing, as when reconciliation asks.
    "POST /api/staff/orders/{order_id}/ask": Access(Right.MONEY, AuditKind.READ),
    "POST /api/staff/orders/{order_id}/settle": Access(Right.MONEY, AuditKind.CHANGE, needs_code=True),
    "POST /api/staff/orders/{order_id}/refunds": Access(Right.MONEY, AuditKind.CHANGE, needs_code=True),
    "POST /api/staff/orders/{order_id}/refunds/{refund_id}/approve": Access(
        Right.MONEY, AuditKind.CHANGE, needs_code=True
    ),
    "POST /api/staff/orders/{order_id}/refunds/{refund_id}/reject": Access(Right.MONEY, AuditKind.CHANGE),
    # Order numbers, sums and reasons: nothing of a resident.
    "GET /api/staff/refund-approvals": Access(Right.MONEY),
    "GET /api/staff/totals": Access(Right.MONEY),
    "GET /api/staff/contracts": Access(Right.MONEY),
    "POST /api/staff/bank-registers": Access(Right.MONEY, AuditKind.READ),
    "GET /api/staff/autopay-failures": Access(Right.MONEY, AuditKind.READ),
}


def rights_of(member: Member) -> list[Right]:
    """Return what a person may do, in the table's order."""
    held = frozenset[Right]().union(*(RIGHTS[role] for role in member.roles))
    return [right for right in Right if right in held]


def role_for(member: Member, right: Right) -> Role | None:
    """Return by which role the person has a right; None when by none."""
    return next((role for role in Role if role in member.roles and right in RIGHTS[role]), None)
