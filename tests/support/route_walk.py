"""Every route with what must be sent to it, for the tests that walk them all."""

from typing import Any

from tests.support import all_apps
from tests.support.all_apps import Route
from tests.support.app_client import AppClient

OPEN = {
    # who has no session yet
    "GET /api/auth/consent", "POST /api/auth/captchas", "POST /api/auth/registrations",
    "POST /api/auth/activations", "POST /api/auth/sessions", "POST /api/auth/password-resets",
    "POST /api/auth/password-resets/confirm", "GET /api/auth/esia/login", "GET /api/auth/esia/callback",
    "GET /api/auth/esia/registrations/current", "POST /api/auth/esia/registrations",
    # a letter may be opened on a device that is not signed in; the token proves it
    "POST /api/profile/email-changes/confirm",
    "GET /api/notices/unsubscribe", "POST /api/notices/unsubscribe",
    "GET /api/autopay/off", "POST /api/autopay/off", "GET /api/autopay/skip", "POST /api/autopay/skip",
    # readings without registration, as the manual has them
    "POST /api/guest/readings/lookup", "POST /api/guest/readings",
    # anyone may pay anyone's receipt; the state of a payment opens by its token
    "POST /api/guest/payments/lookup", "POST /api/guest/payments/methods", "POST /api/guest/payments",
    "GET /api/guest/payments/{order_token}", "POST /api/guest/payments/{order_token}/payment",
    # what the site shows before the sign-in
    "GET /api/site",
    # what a supplier shows: a picture, a text
    "GET /api/suppliers/{supplier_id}/logo/{name}", "GET /api/suppliers/{supplier_id}/help",
    # a calendar program has the secret address alone
    "GET /api/calendar/{secret}.ics",
    # banks prove themselves by signatures
    "GET /api/payments/rbs/callback", "POST /api/payments/rbs/callback",
    "GET /api/payments/gorod/callback", "POST /api/payments/gorod/callback",
    "POST /api/payments/raiffeisen/callback",
    # the desk: without a session yet
    "POST /api/staff/sessions",
    "POST /api/staff/sessions/passkey/challenge", "POST /api/staff/sessions/passkey",
    "POST /api/staff/invitations/accept", "POST /api/staff/invitations/confirm",
}  # fmt: skip
CALLED_BY_OTHERS = {
    "POST /api/notices/unsubscribe", "POST /api/payments/rbs/callback", "POST /api/payments/gorod/callback",
    "POST /api/payments/raiffeisen/callback",
}  # fmt: skip

BODIES: dict[str, dict[str, Any]] = {
    "PATCH /api/cart/items/{item_id}": {"amount": 100},
    "POST /api/cart/items": {
        "account_id": "chelyabinsk:1", "receipt_id": "2019-09-main", "with_preliminary": False,
    },
    "PUT /api/profile/mailings/{account_id}": {"receipts": True, "reminders": True, "notices": True},
    "POST /api/accounts/{account_id}/readings": {
        "taken_on": "2026-03-01", "readings": [{"meter_id": "1", "value": "1"}],
    },
    "POST /api/accounts/{account_id}/requests": {"kind": "appeal", "text": "Прошу перерасчёт"},
    "PUT /api/autopay/{account_id}": {
        "saved_card_id": "1", "limit": 100, "when": "receipt", "consent_version": "1",
    },
    "PUT /api/bindings/{account_id}/paperless": {"enabled": False, "statement_version": "1"},
    "POST /api/bindings/{account_id}/confirmation": {"surname": "Иванова"},
}  # fmt: skip
"""What must be sent before the ids are looked at; elsewhere they are looked at first."""

ROUTES = all_apps.routes()
PRIVATE = [route for route in ROUTES if str(route) not in OPEN]
UNSAFE = [route for route in ROUTES if route.method != "GET" and str(route) not in CALLED_BY_OTHERS]
# The desk's routes know no subscriber: tests/security/test_staff_matrix.py.
ROUTES_WITH_IDS = [
    route
    for route in PRIVATE
    if route.function != "staff" and (route.names or str(route) == "POST /api/cart/items")
]
FOREIGN_ACCOUNT = "chelyabinsk:1"


def send(browser: AppClient, route: Route, **kwargs: Any) -> Any:
    """Send a request whose identifiers are another's."""
    names = {"account_id": FOREIGN_ACCOUNT, "document_id": "2019-09-main"}
    path = route.path.format(**{name: names.get(name, "0" * 32) for name in route.names})
    headers = {"Idempotency-Key": "k"} if route.needs_idempotency_key else {}
    body = None if route.method == "GET" else BODIES.get(str(route), {})
    return browser.request(route.method, path, json=body, headers=headers, **kwargs)
