"""Entry of `staff`: the desk's sessions, colleagues, the audit log, requests, residents, money, notices."""

from cabinet.web.app import create_app
from staff import (
    audit_log,
    colleagues,
    invitations,
    notices,
    orders,
    own_suppliers,
    residents,
    service_requests,
    sessions,
)

app = create_app(
    "staff", sessions.router, invitations.router, colleagues.router, audit_log.router,
    service_requests.router, residents.router, orders.router, own_suppliers.router, notices.router,
)  # fmt: skip
