"""One call of each route of the desk that succeeds with the right to it; a new route needs its own here."""

import itertools
import json
from collections.abc import Callable
from datetime import date
from typing import Any

from cabinet.accounts.store import get_account_and_supplier
from cabinet.aws.dynamo import Transaction
from cabinet.core import clock
from cabinet.core.contacts import recipient_hash
from cabinet.identity import registration, users
from cabinet.identity.registration import Registration
from cabinet.metering.model import Meter, ZoneReading
from cabinet.notifications import outbox_store
from cabinet.notifications.suppression import Report, suppress_addresses
from cabinet.outbox.emails import Email, enqueue, outbox_key
from cabinet.service_requests import store
from cabinet.service_requests.model import Kind, SubscriberRequest
from cabinet.staff import notices
from cabinet.staff.invitations import invite
from cabinet.staff.model import Role
from cabinet.web.app import lambda_handler
from infra.build.openapi import application
from staff.notice_schemas import NewNotice
from tests.support.desk import COMMAND, HEADERS, PASSWORD, Desk, Person, browser, token_of
from tests.support.desk_call import OTHER, SUPPLIER, DeskCall
from tests.support.desk_exports import EXPORT_SCENARIOS
from tests.support.desk_gis import GIS_SCENARIOS
from tests.support.desk_imports import IMPORT_SCENARIOS
from tests.support.desk_order_calls import ORDER_SCENARIOS
from tests.support.desk_passkeys import PASSKEY_SCENARIOS
from tests.support.desk_rows import ROW_SCENARIOS
from tests.support.desk_suppliers import SUPPLIER_SCENARIOS
from tests.support.desk_webhooks import WEBHOOK_SCENARIOS
from tests.support.factories import bound_accounts
from tests.support.lambda_context import Context

__all__ = ["OTHER", "SUPPLIER", "DeskCall"]

JSON = dict[str, Any]


def world() -> None:
    """Two suppliers, of which the one owns everything that the scenarios name."""
    for supplier_id in (SUPPLIER, OTHER):
        bound_accounts.supplier(supplier_id)
    bound_accounts.user("u1", bound_accounts.account())


def _colleague(desk: Desk) -> str:
    return desk.person(Role.OPERATOR, suppliers=(SUPPLIER,)).staff_id


def _invitation(desk: Desk) -> str:
    email = f"invited-{len(desk.audit())}@example.ru"
    return token_of(invite(COMMAND, email, [Role.OPERATOR], [SUPPLIER], clock.now()).link)


def _invitation_call(desk: Desk, person: Person) -> DeskCall:
    form = {"token": _invitation(desk), "name": "Петрова Анна", "password": PASSWORD}
    return DeskCall("/api/staff/invitations/accept", form)


def _confirmation_call(desk: Desk, person: Person) -> DeskCall:
    form = {"token": _invitation(desk), "name": "Петрова Анна", "password": PASSWORD}
    seed = browser().post("/api/staff/invitations/accept", json=form).json()["totp_uri"]
    secret = seed.partition("secret=")[2].partition("&")[0]
    code = Person("", "", secret, []).code()
    return DeskCall("/api/staff/invitations/confirm", {"token": form["token"], "code": code})


def _sign_in_call(desk: Desk, person: Person) -> DeskCall:
    form = {"email": person.email, "password": PASSWORD, "code": person.code()}
    return DeskCall("/api/staff/sessions", form)


ACCOUNT = f"{SUPPLIER}:1234567899"
REQUEST = f"{SUPPLIER}:260302-00001"
FILE_ID = "f" * 16
FILE = {
    "file_id": FILE_ID, "name": "a.jpg", "content_type": "image/jpeg", "size": 5, "key": "requests/1/f",
}  # fmt: skip
_NUMBERS = itertools.count(1)


def a_request(number: str = "260302-00001", **changes: Any) -> SubscriberRequest:
    """A request of the resident's, sent some days before the test's day."""
    fields: JSON = {
        "request_id": f"20260225100000000000-{number}", "number": number, "supplier_id": SUPPLIER,
        "account_id": ACCOUNT, "user_id": "u1", "kind": Kind.APPEAL, "text": "В подъезде темно",
        "contact_phone": "+7 900 000-00-00", "created_at": "2026-02-25T10:00:00.000000+00:00",
        "answer_by": date(2026, 3, 12),
        "files": [FILE],
    }  # fmt: skip
    request = SubscriberRequest.model_validate(fields | changes)
    account, supplier = get_account_and_supplier(request.account_id)
    store.create(request, account, supplier, lambda transaction: None)
    return request


def _request_call(method_path: str, body: JSON | None = None) -> Callable[[Desk, Person], DeskCall]:
    def call(desk: Desk, person: Person) -> DeskCall:
        number = f"260302-{next(_NUMBERS):05d}"
        a_request(number)
        given = {name: person.staff_id if value == "ME" else value for name, value in (body or {}).items()}
        path = f"/api/staff/requests/{SUPPLIER}:{number}{method_path}"
        return DeskCall(path, given if body is not None else None, names_subject=True)

    return call


def _end_of_binding_call(desk: Desk, person: Person) -> DeskCall:
    number = f"77{next(_NUMBERS):06d}"
    account = bound_accounts.account(number)
    user_id = f"u{number}"
    bound_accounts.user(user_id, account, email=f"{user_id}@example.ru")
    path = f"/api/staff/accounts/{account.account_id}/bindings/{user_id}"
    return DeskCall(path, {"reason": "Сменился собственник"}, names_subject=True)


def meter_of(account_id: str, meter_id: str = "34230774") -> Meter:
    """A water meter that showed 36 on the 20th of February."""
    last = ZoneReading(
        reading_id="r2", value="36.000", taken_on=date(2026, 2, 20), source="billing", period="2026-02",
        delta="2.000",
    )  # fmt: skip
    monthly = {"T1": {f"2025-{month:02d}": "2.000" for month in range(9, 13)}}
    made = Meter(
        meter_id=meter_id, number=meter_id, service="ГВС С/У", place="С/У", unit="м3", monthly=monthly,
        last={"T1": last},
    )  # fmt: skip
    return bound_accounts.meter(account_id, made)


def _account_with_meter() -> str:
    number = f"66{next(_NUMBERS):06d}"
    account = bound_accounts.account(number)
    bound_accounts.user(f"u{number}", account, email=f"u{number}@example.ru")
    meter_of(account.account_id)
    return account.account_id


def _sheet_call(path: str) -> Callable[[Desk, Person], DeskCall]:
    return lambda desk, person: DeskCall(
        f"/api/staff/accounts/{_account_with_meter()}{path}", names_subject=True
    )


def _readings_call(desk: Desk, person: Person) -> DeskCall:
    form = {
        "taken_on": "2026-03-01", "readings": [{"meter_id": "34230774", "value": "38"}],
        "reason": "Продиктовано по телефону",
    }  # fmt: skip
    path = f"/api/staff/accounts/{_account_with_meter()}/readings"
    return DeskCall(path, form, names_subject=True, headers={"Idempotency-Key": f"k{next(_NUMBERS)}"})


def awaits_activation(email: str) -> str:
    """A registration whose link was not followed yet; its id."""
    registration.register(Registration(email, "hash", "+79001112233", "2026-01", "198.51.100.7"), clock.now())
    asked = registration.pending_registration(users.email_ownership(email))
    assert asked is not None
    return str(asked["user_id"])


def _activation_call(desk: Desk, person: Person) -> DeskCall:
    email = f"pending-{next(_NUMBERS)}@example.ru"
    return DeskCall(f"/api/staff/users/{awaits_activation(email)}/activation-mail", {"email": email})


def notice_body(**changes: Any) -> JSON:
    """A notice for the house of the resident's account, and what is changed in it."""
    fields: JSON = {
        "supplier_id": SUPPLIER, "kind": "emergency", "title": "Нет воды", "text": "Авария на вводе.",
        "where": {"kind": "accounts", "accounts": ["1234567899"]},
    }  # fmt: skip
    return fields | changes


def _reach_call(desk: Desk, person: Person) -> DeskCall:
    body = {name: notice_body()[name] for name in ("supplier_id", "kind", "where")}
    return DeskCall("/api/staff/notices/reach", body, names_subject=True)


def _new_notice_call(desk: Desk, person: Person) -> DeskCall:
    key = {"Idempotency-Key": f"key-{next(_NUMBERS)}"}
    return DeskCall("/api/staff/notices", notice_body(), names_subject=True, headers=key)


def a_notice(**changes: Any) -> str:
    """Publish a notice and return the desk's id of it."""
    draft = NewNotice.model_validate(notice_body(**changes)).draft()
    supplier = notices.supplier_with_notices(SUPPLIER)
    made = notices.publish(COMMAND, supplier, draft, f"key-{next(_NUMBERS)}", clock.now())
    return f"{SUPPLIER}:{made.publication_id}"


def _notice_call(method_path: str, body: JSON | None = None) -> Callable[[Desk, Person], DeskCall]:
    def call(desk: Desk, person: Person) -> DeskCall:
        return DeskCall(f"/api/staff/notices/{a_notice()}{method_path}", body, names_subject=True)

    return call


def a_dead_letter(number: str, account_id: str | None = ACCOUNT) -> str:
    """Let a letter die and return the desk's id of it."""
    address = f"dead{number}@example.ru"
    email = Email("security_event", address, {"what": "x"}, number, "u1", account_id=account_id)
    transaction = Transaction()
    enqueue(transaction, email)
    transaction.commit()
    pk, sk = outbox_key(email)
    (queued,) = outbox_store.list_for_recipient(pk, sk.partition("#")[0])
    claimed = outbox_store.claim(queued, "c")
    outbox_store.move_to_dead_letters(claimed, "c", "MessageRejected")
    return f"{queued.address_hash}~{number}"


def _retry_call(desk: Desk, person: Person) -> DeskCall:
    mail_id = a_dead_letter(f"{next(_NUMBERS):05d}")
    return DeskCall(f"/api/staff/mail/{mail_id}/retry", names_subject=True)


def _suppression_call(desk: Desk, person: Person) -> DeskCall:
    number = f"88{next(_NUMBERS):06d}"
    email = f"{number}@example.ru"
    bound_accounts.user(f"u{number}", bound_accounts.account(number), email=email)
    suppress_addresses(Report("bounce", (email,), "", f"u{number}"))
    path = f"/api/staff/suppressions/{recipient_hash(email)}"
    return DeskCall(path, {"reason": "Житель исправил ящик"}, names_subject=True)


SCENARIOS: dict[str, Callable[[Desk, Person], DeskCall]] = {
    "POST /api/staff/sessions": _sign_in_call,
    "POST /api/staff/invitations/accept": _invitation_call,
    "POST /api/staff/invitations/confirm": _confirmation_call,
    "GET /api/staff/me": lambda desk, person: DeskCall("/api/staff/me"),
    "DELETE /api/staff/sessions/current": lambda desk, person: DeskCall("/api/staff/sessions/current"),
    "POST /api/staff/sessions/current/code": lambda desk, person: DeskCall(
        "/api/staff/sessions/current/code", {"code": person.code()}
    ),
    "GET /api/staff/staff": lambda desk, person: DeskCall("/api/staff/staff"),
    "POST /api/staff/staff": lambda desk, person: DeskCall(
        "/api/staff/staff",
        {"email": f"new-{len(desk.audit())}@example.ru", "roles": ["operator"], "suppliers": [SUPPLIER]},
    ),
    "PUT /api/staff/staff/{staff_id}/roles": lambda desk, person: DeskCall(
        f"/api/staff/staff/{_colleague(desk)}/roles",
        {"roles": ["accountant"], "suppliers": list(person.suppliers)},
        names_subject=True,
    ),
    "DELETE /api/staff/staff/{staff_id}": lambda desk, person: DeskCall(
        f"/api/staff/staff/{_colleague(desk)}", names_subject=True
    ),
    "GET /api/staff/audit": lambda desk, person: DeskCall("/api/staff/audit"),
    "GET /api/staff/residents": lambda desk, person: DeskCall("/api/staff/residents?query=1234567899"),
    "GET /api/staff/accounts/{account_id}": lambda desk, person: DeskCall(
        f"/api/staff/accounts/{ACCOUNT}", names_subject=True
    ),
    "GET /api/staff/holder-changes": lambda desk, person: DeskCall("/api/staff/holder-changes"),
    "GET /api/staff/accounts/{account_id}/summary": _sheet_call("/summary"),
    "GET /api/staff/accounts/{account_id}/services": _sheet_call("/services"),
    "GET /api/staff/accounts/{account_id}/charges": _sheet_call("/charges"),
    "GET /api/staff/accounts/{account_id}/payments": _sheet_call("/payments"),
    "GET /api/staff/accounts/{account_id}/meters": _sheet_call("/meters"),
    "GET /api/staff/accounts/{account_id}/meters/{meter_id}/readings": _sheet_call(
        "/meters/34230774/readings"
    ),
    "GET /api/staff/accounts/{account_id}/readings/form": _sheet_call("/readings/form"),
    "POST /api/staff/accounts/{account_id}/readings": _readings_call,
    "POST /api/staff/users/{user_id}/activation-mail": _activation_call,
    "DELETE /api/staff/accounts/{account_id}/bindings/{user_id}": _end_of_binding_call,
    "GET /api/staff/requests": lambda desk, person: DeskCall("/api/staff/requests"),
    "GET /api/staff/requests/assignees": lambda desk, person: DeskCall("/api/staff/requests/assignees"),
    "GET /api/staff/requests/{request_id}": _request_call(""),
    "GET /api/staff/requests/{request_id}/attachments/{file_id}": _request_call(f"/attachments/{FILE_ID}"),
    "POST /api/staff/requests/{request_id}/attachments": _request_call(
        "/attachments", {"name": "a.jpg", "content_type": "image/jpeg", "size": 5}
    ),
    "POST /api/staff/requests/{request_id}/messages": _request_call("/messages", {"text": "Придёт электрик"}),
    "POST /api/staff/requests/{request_id}/assign": _request_call("/assign", {"staff_id": "ME"}),
    "GET /api/staff/suppliers": lambda desk, person: DeskCall("/api/staff/suppliers"),
    "GET /api/staff/today": lambda desk, person: DeskCall(
        f"/api/staff/today?supplier_id={SUPPLIER}", names_subject=True
    ),
    "GET /api/staff/mail": lambda desk, person: DeskCall("/api/staff/mail?state=dead"),
    "POST /api/staff/mail/{mail_id}/retry": _retry_call,
    "DELETE /api/staff/suppressions/{address_hash}": _suppression_call,
    "GET /api/staff/houses": lambda desk, person: DeskCall(
        f"/api/staff/houses?supplier_id={SUPPLIER}", names_subject=True
    ),
    "POST /api/staff/notices/reach": _reach_call,
    "GET /api/staff/notices": lambda desk, person: DeskCall(
        f"/api/staff/notices?supplier_id={SUPPLIER}", names_subject=True
    ),
    "POST /api/staff/notices": _new_notice_call,
    "GET /api/staff/notices/{notice_id}": _notice_call(""),
    "POST /api/staff/notices/{notice_id}/end": _notice_call("/end"),
    "PATCH /api/staff/notices/{notice_id}": _notice_call("", {"text": "Воду дадут к вечеру."}),
    "GET /api/staff/notices/{notice_id}/reads": _notice_call("/reads"),
    "GET /api/staff/notices/{notice_id}/unreached": _notice_call("/unreached"),
}
SCENARIOS |= ORDER_SCENARIOS | IMPORT_SCENARIOS | EXPORT_SCENARIOS | ROW_SCENARIOS | SUPPLIER_SCENARIOS
SCENARIOS |= WEBHOOK_SCENARIOS | PASSKEY_SCENARIOS | GIS_SCENARIOS


def send(person: Person, route: str, call: DeskCall) -> Any:
    """Make the call as a person."""
    method = route.partition(" ")[0]
    return person.browser.request(method, call.path, json=call.body, headers=call.headers)


def send_to_lambda(person: Person, route: str, call: DeskCall) -> Any:
    """Make the call as API Gateway does, in this very thread: what kills the process is seen here."""
    method = route.partition(" ")[0]
    path, _, query = call.path.partition("?")
    headers = {name.lower(): value for name, value in (HEADERS | call.headers).items()}
    headers |= {"host": "127.0.0.1:8000", "content-type": "application/json"}
    headers["cookie"] = f"__Host-staff={person.browser.cookies.get('__Host-staff')}"
    event = {
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": headers, "body": json.dumps(call.body or {}), "isBase64Encoded": False,
        "requestContext": {
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "198.51.100.9"},
            "requestId": "r", "stage": "$default",
        },
    }  # fmt: skip
    return lambda_handler(application("staff"))(event, Context())
