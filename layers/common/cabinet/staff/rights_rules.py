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
    """Orders, refunds, banks' statements, totals."""
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
class RouteRule:
    """What a route asks for: a right (None: no session), a code entered again, and what it leaves behind."""

    right: Right | None
    audit: AuditKind = AuditKind.NOTHING
    needs_code: bool = False


ROUTES: dict[str, RouteRule] = {
    "POST /api/staff/sessions": RouteRule(None, AuditKind.CHANGE),
    "POST /api/staff/invitations/accept": RouteRule(None, AuditKind.CHANGE),
    "POST /api/staff/invitations/confirm": RouteRule(None, AuditKind.CHANGE),
    "GET /api/staff/me": RouteRule(Right.SIGNED_IN),
    "DELETE /api/staff/sessions/current": RouteRule(Right.SIGNED_IN, AuditKind.CHANGE),
    "POST /api/staff/sessions/current/code": RouteRule(Right.SIGNED_IN, AuditKind.CHANGE),
    # A challenge to sign changes nothing: its answer does.
    "POST /api/staff/sessions/passkey/challenge": RouteRule(None),
    "POST /api/staff/sessions/passkey": RouteRule(None, AuditKind.CHANGE),
    "POST /api/staff/sessions/current/passkey/challenge": RouteRule(Right.SIGNED_IN),
    "POST /api/staff/sessions/current/passkey": RouteRule(Right.SIGNED_IN, AuditKind.CHANGE),
    "GET /api/staff/passkeys": RouteRule(Right.SIGNED_IN),
    # Asks for a code and is audited, as its answer lets the person sign in later.
    "POST /api/staff/passkeys/challenge": RouteRule(Right.SIGNED_IN, AuditKind.CHANGE, needs_code=True),
    # No code once more: it answers what was asked for with one, in the same session, within five minutes.
    "POST /api/staff/passkeys": RouteRule(Right.SIGNED_IN, AuditKind.CHANGE),
    "PATCH /api/staff/passkeys/{passkey_id}": RouteRule(Right.SIGNED_IN, AuditKind.CHANGE),
    "DELETE /api/staff/passkeys/{passkey_id}": RouteRule(Right.SIGNED_IN, AuditKind.CHANGE, needs_code=True),
    "GET /api/staff/staff": RouteRule(Right.STAFF),
    "POST /api/staff/staff": RouteRule(Right.STAFF, AuditKind.CHANGE, needs_code=True),
    "PUT /api/staff/staff/{staff_id}/roles": RouteRule(Right.STAFF, AuditKind.CHANGE, needs_code=True),
    "DELETE /api/staff/staff/{staff_id}": RouteRule(Right.STAFF, AuditKind.CHANGE, needs_code=True),
    # It names accounts, and what was changed of them.
    "GET /api/staff/audit": RouteRule(Right.AUDIT, AuditKind.READ),
    # The list names no resident.
    "GET /api/staff/requests": RouteRule(Right.REQUESTS),
    "GET /api/staff/residents": RouteRule(Right.RESIDENTS, AuditKind.READ),
    "GET /api/staff/holder-changes": RouteRule(Right.RESIDENTS, AuditKind.READ),
    "GET /api/staff/accounts/{account_id}": RouteRule(Right.RESIDENTS, AuditKind.READ),
    "GET /api/staff/accounts/{account_id}/summary": RouteRule(Right.RESIDENTS, AuditKind.READ),
    "GET /api/staff/accounts/{account_id}/services": RouteRule(Right.RESIDENTS, AuditKind.READ),
    "GET /api/staff/accounts/{account_id}/charges": RouteRule(Right.RESIDENTS, AuditKind.READ),
    "GET /api/staff/accounts/{account_id}/payments": RouteRule(Right.RESIDENTS, AuditKind.READ),
    "GET /api/staff/accounts/{account_id}/meters": RouteRule(Right.RESIDENTS, AuditKind.READ),
    "GET /api/staff/accounts/{account_id}/meters/{meter_id}/readings": RouteRule(
        Right.RESIDENTS, AuditKind.READ
    ),
    "GET /api/staff/accounts/{account_id}/readings/form": RouteRule(Right.RESIDENTS, AuditKind.READ),
    "POST /api/staff/accounts/{account_id}/readings": RouteRule(Right.RESIDENTS, AuditKind.CHANGE),
    "POST /api/staff/users/{user_id}/activation-mail": RouteRule(Right.RESIDENTS, AuditKind.CHANGE),
    "DELETE /api/staff/accounts/{account_id}/bindings/{user_id}": RouteRule(
        Right.RESIDENTS, AuditKind.CHANGE
    ),
    "GET /api/staff/requests/assignees": RouteRule(Right.REQUESTS),
    "GET /api/staff/requests/{request_id}": RouteRule(Right.REQUESTS, AuditKind.READ),
    "GET /api/staff/requests/{request_id}/attachments/{file_id}": RouteRule(Right.REQUESTS, AuditKind.READ),
    # A form to upload by changes nothing: the file is taken with the message.
    "POST /api/staff/requests/{request_id}/attachments": RouteRule(Right.REQUESTS),
    "POST /api/staff/requests/{request_id}/messages": RouteRule(Right.REQUESTS, AuditKind.CHANGE),
    "POST /api/staff/requests/{request_id}/assign": RouteRule(Right.REQUESTS, AuditKind.CHANGE),
    "GET /api/staff/orders": RouteRule(Right.MONEY, AuditKind.READ),
    "GET /api/staff/orders/{order_id}": RouteRule(Right.MONEY, AuditKind.READ),
    "GET /api/staff/suppliers": RouteRule(Right.SIGNED_IN),
    # Numbers alone; each by the right that opens what it counts.
    "GET /api/staff/today": RouteRule(Right.SIGNED_IN),
    "GET /api/staff/mail": RouteRule(Right.MAIL, AuditKind.READ),
    "POST /api/staff/mail/{mail_id}/retry": RouteRule(Right.MAIL, AuditKind.CHANGE),
    "DELETE /api/staff/suppressions/{address_hash}": RouteRule(Right.MAIL, AuditKind.CHANGE),
    "GET /api/staff/houses": RouteRule(Right.NOTICES),
    # Counts, and changes nothing.
    "POST /api/staff/notices/reach": RouteRule(Right.NOTICES),
    "GET /api/staff/notices": RouteRule(Right.NOTICES),
    "POST /api/staff/notices": RouteRule(Right.NOTICES, AuditKind.CHANGE),
    "GET /api/staff/notices/{notice_id}": RouteRule(Right.NOTICES),
    "PATCH /api/staff/notices/{notice_id}": RouteRule(Right.NOTICES, AuditKind.CHANGE),
    # Numbers alone.
    "GET /api/staff/notices/{notice_id}/reads": RouteRule(Right.NOTICES),
    "GET /api/staff/notices/{notice_id}/unreached": RouteRule(Right.NOTICES, AuditKind.READ),
    "POST /api/staff/notices/{notice_id}/end": RouteRule(Right.NOTICES, AuditKind.CHANGE),
    "GET /api/staff/branding-preview": RouteRule(Right.SUPPLIERS),
    "GET /api/staff/suppliers/{supplier_id}": RouteRule(Right.SUPPLIERS),
    "GET /api/staff/suppliers/{supplier_id}/versions/{revision}": RouteRule(Right.SUPPLIERS),
    # Where the payees' money goes, among others.
    "PUT /api/staff/suppliers/{supplier_id}": RouteRule(Right.SUPPLIERS, AuditKind.CHANGE, needs_code=True),
    "GET /api/staff/suppliers/{supplier_id}/check-bank": RouteRule(Right.SUPPLIERS),
    "POST /api/staff/suppliers/{supplier_id}/check-bank": RouteRule(Right.SUPPLIERS, AuditKind.CHANGE),
    # Accounts by number, and sums.
    "GET /api/staff/webhooks/{supplier_id}": RouteRule(Right.SUPPLIERS, AuditKind.READ),
    "GET /api/staff/webhooks/{supplier_id}/deliveries": RouteRule(Right.SUPPLIERS, AuditKind.READ),
    "POST /api/staff/webhooks/{supplier_id}/deliveries/{delivery_id}/replay": RouteRule(
        Right.SUPPLIERS, AuditKind.CHANGE
    ),
    "POST /api/staff/webhooks/{supplier_id}/pause": RouteRule(Right.SUPPLIERS, AuditKind.CHANGE),
    "POST /api/staff/webhooks/{supplier_id}/resume": RouteRule(Right.SUPPLIERS, AuditKind.CHANGE),
    "GET /api/staff/accounts/{account_id}/rows": RouteRule(Right.IMPORTS, AuditKind.READ),
    "POST /api/staff/accounts/{account_id}/receipts/{receipt_id}/void": RouteRule(
        Right.IMPORTS, AuditKind.CHANGE
    ),
    "POST /api/staff/accounts/{account_id}/payments/{payment_id}/void": RouteRule(
        Right.IMPORTS, AuditKind.CHANGE
    ),
    "POST /api/staff/accounts/{account_id}/meters/{meter_id}/void": RouteRule(
        Right.IMPORTS, AuditKind.CHANGE
    ),
    "GET /api/staff/exports": RouteRule(Right.EXPORTS),
    # What is asked for here changes no row: a worker does what tonight's schedule would do, or does it again.
    "POST /api/staff/exports": RouteRule(Right.EXPORTS, AuditKind.READ),
    "POST /api/staff/exports/{export_id}/again": RouteRule(Right.EXPORTS, AuditKind.READ),
    "GET /api/staff/exports/{export_id}/file": RouteRule(Right.EXPORTS, AuditKind.READ),
    # The rows name months and counts; a form to upload by changes nothing.
    "GET /api/staff/gis": RouteRule(Right.EXPORTS),
    "POST /api/staff/gis": RouteRule(Right.EXPORTS),
    "POST /api/staff/gis/{fill_id}/start": RouteRule(Right.EXPORTS, AuditKind.CHANGE),
    "GET /api/staff/gis/{fill_id}/file": RouteRule(Right.EXPORTS, AuditKind.READ),
    # States and counts; a form to upload by changes nothing: the file is taken with its check.
    "GET /api/staff/imports": RouteRule(Right.IMPORTS),
    "POST /api/staff/imports": RouteRule(Right.IMPORTS),
    "GET /api/staff/imports/{import_id}": RouteRule(Right.IMPORTS),
    "GET /api/staff/imports/{import_id}/preview": RouteRule(Right.IMPORTS, AuditKind.READ),
    "GET /api/staff/imports/{import_id}/report": RouteRule(Right.IMPORTS, AuditKind.READ),
    "POST /api/staff/imports/{import_id}/check": RouteRule(Right.IMPORTS, AuditKind.CHANGE),
    "POST /api/staff/imports/{import_id}/apply": RouteRule(Right.IMPORTS, AuditKind.CHANGE),
    "POST /api/staff/imports/{import_id}/undo": RouteRule(Right.IMPORTS, AuditKind.CHANGE, needs_code=True),
    # What follows from the bank's answer is the bank's doing, as when reconciliation asks.
    "POST /api/staff/orders/{order_id}/ask": RouteRule(Right.MONEY, AuditKind.READ),
    "POST /api/staff/orders/{order_id}/settle": RouteRule(Right.MONEY, AuditKind.CHANGE, needs_code=True),
    "POST /api/staff/orders/{order_id}/refunds": RouteRule(Right.MONEY, AuditKind.CHANGE, needs_code=True),
    "POST /api/staff/orders/{order_id}/refunds/{refund_id}/approve": RouteRule(
        Right.MONEY, AuditKind.CHANGE, needs_code=True
    ),
    "POST /api/staff/orders/{order_id}/refunds/{refund_id}/reject": RouteRule(Right.MONEY, AuditKind.CHANGE),
    # Order numbers, sums and reasons: nothing of a resident.
    "GET /api/staff/refund-approvals": RouteRule(Right.MONEY),
    "GET /api/staff/totals": RouteRule(Right.MONEY),
    "GET /api/staff/contracts": RouteRule(Right.MONEY),
    "POST /api/staff/bank-registers": RouteRule(Right.MONEY, AuditKind.READ),
    "GET /api/staff/autopay-failures": RouteRule(Right.MONEY, AuditKind.READ),
}


def rights_of(member: Member) -> list[Right]:
    """Return what a person may do, in the table's order."""
    held = frozenset[Right]().union(*(RIGHTS[role] for role in member.roles))
    return [right for right in Right if right in held]


def role_for(member: Member, right: Right) -> Role | None:
    """Return by which role the person has a right; None when by none."""
    return next((role for role in Role if role in member.roles and right in RIGHTS[role]), None)
