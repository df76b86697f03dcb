"""Entry of `staff`: the desk's own sessions, colleagues, the audit log, and what each role works on."""

from cabinet.web.app import create_app
from staff import (
    account_rows,
    account_sheets,
    audit_log,
    colleagues,
    exports,
    imports,
    invitations,
    mail,
    notices,
    orders,
    own_suppliers,
    residents,
    service_requests,
    sessions,
    suppliers,
    today,
)

app = create_app(
    "staff",
    sessions.router,
    invitations.router,
    colleagues.router,
    audit_log.router,
    service_requests.router,
    residents.router,
    account_sheets.router,
    orders.router,
    own_suppliers.router,
    notices.router,
    imports.router,
    exports.router,
    account_rows.router,
    suppliers.router,
    mail.router,
    today.router,
)
