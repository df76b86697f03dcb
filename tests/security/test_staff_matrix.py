"""Every route of the desk, by every role, for the own and another supplier, and without a session.

The rights are listed here once more, by hand: a right given to a role by mistake fails.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from cabinet.core import clock
from cabinet.staff.model import Role
from cabinet.staff.rights_rules import ROUTES
from tests.support import all_apps, auth_client, desk_scenarios
from tests.support.auth_client import register, sign_in
from tests.support.desk import Desk, Person, browser
from tests.support.desk_fixtures import desk
from tests.support.desk_scenarios import OTHER, SCENARIOS, SUPPLIER, DeskCall, send
from tests.support.memory_tables import Snapshot

__all__ = ["desk"]

DESK = sorted(str(route) for route in all_apps.routes() if route.function == "staff")
NOBODY = "nobody"
EVERYBODY = {*Role}
OWNER = {Role.OWNER}
OPERATOR = {Role.OPERATOR}
ENGINEER = {Role.ENGINEER}
ACCOUNTANT = {Role.ACCOUNTANT}
MAY: dict[str, set[Role] | str] = {
    "POST /api/staff/sessions": NOBODY,
    "POST /api/staff/invitations/accept": NOBODY,
    "POST /api/staff/invitations/confirm": NOBODY,
    "GET /api/staff/me": EVERYBODY,
    "DELETE /api/staff/sessions/current": EVERYBODY,
    "POST /api/staff/sessions/current/code": EVERYBODY,
    "POST /api/staff/sessions/passkey/challenge": NOBODY,
    "POST /api/staff/sessions/passkey": NOBODY,
    "POST /api/staff/sessions/current/passkey/challenge": EVERYBODY,
    "POST /api/staff/sessions/current/passkey": EVERYBODY,
    "GET /api/staff/passkeys": EVERYBODY,
    "POST /api/staff/passkeys/challenge": EVERYBODY,
    "POST /api/staff/passkeys": EVERYBODY,
    "PATCH /api/staff/passkeys/{passkey_id}": EVERYBODY,
    "DELETE /api/staff/passkeys/{passkey_id}": EVERYBODY,
    "GET /api/staff/staff": OWNER,
    "POST /api/staff/staff": OWNER,
    "PUT /api/staff/staff/{staff_id}/roles": OWNER,
    "DELETE /api/staff/staff/{staff_id}": OWNER,
    "GET /api/staff/audit": OWNER,
    "GET /api/staff/residents": OPERATOR,
    "GET /api/staff/holder-changes": OPERATOR,
    "GET /api/staff/accounts/{account_id}": OPERATOR,
    "GET /api/staff/accounts/{account_id}/summary": OPERATOR,
    "GET /api/staff/accounts/{account_id}/services": OPERATOR,
    "GET /api/staff/accounts/{account_id}/charges": OPERATOR,
    "GET /api/staff/accounts/{account_id}/payments": OPERATOR,
    "GET /api/staff/accounts/{account_id}/meters": OPERATOR,
    "GET /api/staff/accounts/{account_id}/meters/{meter_id}/readings": OPERATOR,
    "GET /api/staff/accounts/{account_id}/readings/form": OPERATOR,
    "POST /api/staff/accounts/{account_id}/readings": OPERATOR,
    "POST /api/staff/users/{user_id}/activation-mail": OPERATOR,
    "DELETE /api/staff/accounts/{account_id}/bindings/{user_id}": OPERATOR,
    "GET /api/staff/requests": OPERATOR,
    "GET /api/staff/requests/assignees": OPERATOR,
    "GET /api/staff/requests/{request_id}": OPERATOR,
    "GET /api/staff/requests/{request_id}/attachments/{file_id}": OPERATOR,
    "POST /api/staff/requests/{request_id}/attachments": OPERATOR,
    "POST /api/staff/requests/{request_id}/messages": OPERATOR,
    "POST /api/staff/requests/{request_id}/assign": OPERATOR,
    "GET /api/staff/orders": ACCOUNTANT,
    "GET /api/staff/orders/{order_id}": ACCOUNTANT,
    "GET /api/staff/suppliers": EVERYBODY,
    "GET /api/staff/today": EVERYBODY,
    "GET /api/staff/mail": ENGINEER,
    "POST /api/staff/mail/{mail_id}/retry": ENGINEER,
    "DELETE /api/staff/suppressions/{address_hash}": ENGINEER,
    "GET /api/staff/houses": OPERATOR,
    "POST /api/staff/notices/reach": OPERATOR,
    "GET /api/staff/notices": OPERATOR,
    "POST /api/staff/notices": OPERATOR,
    "GET /api/staff/notices/{notice_id}": OPERATOR,
    "POST /api/staff/notices/{notice_id}/end": OPERATOR,
    "GET /api/staff/branding-preview": ENGINEER,
    "GET /api/staff/suppliers/{supplier_id}": ENGINEER,
    "GET /api/staff/suppliers/{supplier_id}/versions/{revision}": ENGINEER,
    "PUT /api/staff/suppliers/{supplier_id}": ENGINEER,
    "GET /api/staff/suppliers/{supplier_id}/check-bank": ENGINEER,
    "POST /api/staff/suppliers/{supplier_id}/check-bank": ENGINEER,
    "GET /api/staff/webhooks/{supplier_id}": ENGINEER,
    "GET /api/staff/webhooks/{supplier_id}/deliveries": ENGINEER,
    "POST /api/staff/webhooks/{supplier_id}/deliveries/{delivery_id}/replay": ENGINEER,
    "POST /api/staff/webhooks/{supplier_id}/pause": ENGINEER,
    "POST /api/staff/webhooks/{supplier_id}/resume": ENGINEER,
    "GET /api/staff/accounts/{account_id}/rows": ENGINEER,
    "POST /api/staff/accounts/{account_id}/receipts/{receipt_id}/void": ENGINEER,
    "POST /api/staff/accounts/{account_id}/payments/{payment_id}/void": ENGINEER,
    "POST /api/staff/accounts/{account_id}/meters/{meter_id}/void": ENGINEER,
    "GET /api/staff/exports": ACCOUNTANT,
    "POST /api/staff/exports": ACCOUNTANT,
    "POST /api/staff/exports/{export_id}/again": ACCOUNTANT,
    "GET /api/staff/exports/{export_id}/file": ACCOUNTANT,
    "GET /api/staff/gis": ACCOUNTANT,
    "POST /api/staff/gis": ACCOUNTANT,
    "POST /api/staff/gis/{fill_id}/start": ACCOUNTANT,
    "GET /api/staff/gis/{fill_id}/file": ACCOUNTANT,
    "GET /api/staff/imports": ENGINEER,
    "POST /api/staff/imports": ENGINEER,
    "GET /api/staff/imports/{import_id}": ENGINEER,
    "GET /api/staff/imports/{import_id}/preview": ENGINEER,
    "GET /api/staff/imports/{import_id}/report": ENGINEER,
    "POST /api/staff/imports/{import_id}/check": ENGINEER,
    "POST /api/staff/imports/{import_id}/apply": ENGINEER,
    "POST /api/staff/imports/{import_id}/undo": ENGINEER,
    "PATCH /api/staff/notices/{notice_id}": OPERATOR,
    "GET /api/staff/notices/{notice_id}/reads": OPERATOR,
    "GET /api/staff/notices/{notice_id}/unreached": OPERATOR,
    "POST /api/staff/orders/{order_id}/ask": ACCOUNTANT,
    "POST /api/staff/orders/{order_id}/settle": ACCOUNTANT,
    "POST /api/staff/orders/{order_id}/refunds": ACCOUNTANT,
    "POST /api/staff/orders/{order_id}/refunds/{refund_id}/approve": ACCOUNTANT,
    "POST /api/staff/orders/{order_id}/refunds/{refund_id}/reject": ACCOUNTANT,
    "GET /api/staff/refund-approvals": ACCOUNTANT,
    "GET /api/staff/totals": ACCOUNTANT,
    "GET /api/staff/contracts": ACCOUNTANT,
    "POST /api/staff/bank-registers": ACCOUNTANT,
    "GET /api/staff/autopay-failures": ACCOUNTANT,
}
"""`NOBODY`: it asks for no session."""
WITH_SESSION = [route for route in DESK if MAY.get(route) != NOBODY]


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "") if answer.content else ""


def prepared(
    desk: Desk, route: str, *roles: Role, suppliers: tuple[str, ...], confirmed: bool = True
) -> tuple[Person, DeskCall]:
    """Somebody who has entered a code again, and a call that would succeed with the right to it.

    The world with this person is made once: a thousand tests begin with one of twenty.
    """
    key = (roles, suppliers, confirmed)
    if key in _beginnings:
        person = _beginnings[key].begin_again(desk)
    else:
        desk_scenarios.world()
        person = desk.signed_in(*roles, suppliers=suppliers)
        if confirmed:
            desk.confirm_code(person)
        _beginnings[key] = Beginning(desk.aws.tables.snapshot(), clock.now(), person)
    return person, SCENARIOS[route](desk, person)


@dataclass(frozen=True)
class Beginning:
    """The tables' content, and the time, after somebody of the staff has signed in."""

    tables: Snapshot
    moment: datetime
    person: Person

    def begin_again(self, desk: Desk) -> Person:
        """Put it back; return the person with the same session in another browser."""
        desk.aws.tables.restore(self.tables)
        desk.wait(seconds=(self.moment - clock.now()).total_seconds())
        again = replace(self.person, browser=browser())
        again.browser.cookies.update(self.person.browser.cookies)
        return again


_beginnings: dict[tuple[Any, ...], Beginning] = {}


def test_every_route_stands_in_every_table() -> None:
    assert DESK == sorted(ROUTES) == sorted(MAY) == sorted(SCENARIOS)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", WITH_SESSION)
def test_each_role_may_what_the_table_says(desk: Desk, route: str, role: Role) -> None:
    person, call = prepared(desk, route, role, suppliers=(SUPPLIER,))
    answer = send(person, route, call)
    if role in MAY[route]:
        assert answer.status_code < 300, answer.text
    else:
        assert problem(answer) == (403, "role_missing")


@pytest.mark.parametrize("route", WITH_SESSION)
def test_anothers_supplier_is_not_there(desk: Desk, route: str) -> None:
    person, call = prepared(desk, route, *Role, suppliers=(OTHER,))
    answer = send(person, route, call)
    if call.names_subject:
        assert problem(answer) == (404, "not_found")
    elif answer.status_code == 200:
        own = [entry for entry in answer.json().get("items", []) if SUPPLIER in str(entry)]
        assert own == []


@pytest.mark.parametrize("route", WITH_SESSION)
def test_without_a_session_nothing_is_done(desk: Desk, route: str) -> None:
    person, call = prepared(desk, route, *Role, suppliers=(SUPPLIER,))
    before = len(desk.audit())
    stranger = Person(person.staff_id, person.email, person.seed, [])
    assert problem(send(stranger, route, call)) == (401, "unauthenticated")
    assert len(desk.audit()) == before


@pytest.mark.parametrize("route", [route for route in DESK if not route.startswith("GET ")])
def test_another_sites_page_does_nothing(desk: Desk, route: str) -> None:
    person, call = prepared(desk, route, *Role, suppliers=(SUPPLIER,))
    before = len(desk.audit())
    cookie = f"__Host-staff={person.browser.cookies.get('__Host-staff')}"
    for headers in ({"X-Requested-With": ""}, {"Origin": "https://evil.example"}):
        foreign = browser(Cookie=cookie, **headers)
        method = route.partition(" ")[0]
        assert problem(foreign.request(method, call.path, json=call.body)) == (403, "csrf")
    assert len(desk.audit()) == before


@pytest.mark.parametrize("route", [route for route, access in ROUTES.items() if access.needs_code])
def test_what_needs_a_code_is_refused_without_one(desk: Desk, route: str) -> None:
    person, call = prepared(desk, route, *Role, suppliers=(SUPPLIER,), confirmed=False)
    answer = send(person, route, call)
    assert problem(answer) == (403, "code_required")


def test_a_residents_cookie_opens_no_route_of_the_desk_and_the_reverse(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth_client, "site", all_apps.site())
    monkeypatch.setenv("LOCAL_STACK", "true")
    resident = auth_client.browser()
    register(resident, desk.aws)
    assert sign_in(resident).status_code == 201
    desk_scenarios.world()
    person = desk.signed_in(*Role, suppliers=(SUPPLIER,))
    session, staff_session = resident.cookies["__Host-session"], person.browser.cookies["__Host-staff"]
    for name in ("__Host-session", "__Host-staff"):
        stolen = browser(Cookie=f"{name}={session}")
        for route in WITH_SESSION:
            call = SCENARIOS[route](desk, person)
            method = route.partition(" ")[0]
            assert problem(stolen.request(method, call.path, json=call.body)) == (401, "unauthenticated")
    for name in ("__Host-session", "__Host-staff"):
        reverse = auth_client.browser(Cookie=f"{name}={staff_session}")
        for path in ("/api/home", "/api/profile", "/api/bindings", "/api/cart", "/api/orders"):
            assert problem(reverse.get(path)) == (401, "unauthenticated")
