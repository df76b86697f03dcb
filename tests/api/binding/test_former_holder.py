"""A changed holder: residents bound under the former one get nothing without the new surname."""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.routing import APIRoute

from cabinet.accounts import paperless
from cabinet.accounts.holders import holder_key
from cabinet.accounts.keys import account_key, binding_key, supplier_key
from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Merchant
from cabinet.autopay import consent as autopay_consent
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Table
from cabinet.billing.model import AccountPayment, Amounts, Receipt, ServiceLine
from cabinet.core import clock
from cabinet.notices import store
from cabinet.notices.model import account_board
from infra.build.openapi import http_functions
from infra.build.template import Template
from serve.functions import application
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.factories.next_holders import ACCOUNT_ID, import_next_months
from tests.support.factories.notices import publication

NOT_OF_THE_ACCOUNT = {
    # The way back, and the way out.
    ("POST", "/api/bindings/{account_id}/confirmation"),
    ("DELETE", "/api/bindings/{account_id}"),
    # The subscriber's own list and consents.
    ("PUT", "/api/bindings/{account_id}/primary"),
    ("PUT", "/api/profile/mailings/{account_id}"),
    # Their own rule about their own card: what it did, and the ways out of it.
    ("GET", "/api/autopay/{account_id}/history"),
    ("POST", "/api/autopay/{account_id}/skip"),
    ("DELETE", "/api/autopay/{account_id}"),
    # All accounts together, each by the same rules (tests/api/queries/test_home.py).
    ("GET", "/api/home"),
}
BODIES: dict[str, Any] = {
    "/api/accounts/{account_id}/readings": {
        "taken_on": "2026-10-20", "readings": [{"meter_id": "1", "value": "5"}],
    },
    "/api/accounts/{account_id}/requests": {"kind": "appeal", "text": "Здравствуйте"},
    "/api/accounts/{account_id}/requests/read-all": None,
    "/api/accounts/{account_id}/requests/{request_id}/messages": {"text": "Когда ответят?"},
    "/api/accounts/{account_id}/requests/{request_id}/rating": {"stars": 5},
    "/api/accounts/{account_id}/requests/{request_id}/reopen": {"text": "Снова течёт"},
    "/api/autopay/{account_id}": {
        "enabled": True, "saved_card_id": "c1", "limit": 100_00, "when": "receipt",
        "consent_version": autopay_consent.VERSION,
    },
    "/api/accounts/{account_id}/requests/attachments": {
        "name": "a.pdf", "content_type": "application/pdf", "size": 10,
    },
    "/api/bindings/{account_id}/paperless": {"enabled": False},
    "/api/cart/receipts": {"account_ids": [ACCOUNT_ID]},
    "/api/cart/items": {"account_id": ACCOUNT_ID, "receipt_id": "2026-09-zhku", "with_preliminary": False},
}  # fmt: skip


def every_route() -> Iterator[tuple[str, str, str, bool]]:
    """Function, method and path of every route, and whether path, query or body name an account."""
    for name in http_functions(Template.load()):
        described = application(name).openapi()
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
                model = schema.get("schema", {}).get("$ref", "").rpartition("/")[2]
                fields = described.get("components", {}).get("schemas", {}).get(model, {})
                named = {parameter["name"] for parameter in operation.get("parameters", [])}
                named |= set(fields.get("properties", {}))
                yield name, method.upper(), path, bool(named & {"account_id", "account_ids"})


ROUTES = sorted(
    (name, method, path)
    for name, method, path, is_of_an_account in every_route()
    # The desk knows no subscriber: tests/security/test_staff_matrix.py.
    if is_of_an_account and name != "staff" and (method, path) not in NOT_OF_THE_ACCOUNT
)
REQUEST_ID = re.compile(r"urn:cabinet:request:\w+")
"""Random, so that any digits may occur in it."""
ELSEWHERE = sorted(
    (name, method, path) for name, method, path, _ in every_route() if (name, method, path) not in ROUTES
)


def test_the_walk_knows_the_sheets_the_readings_the_requests_and_the_cart() -> None:
    assert {name for name, _, _ in ROUTES} >= {
        "queries", "receipts", "readings", "subscriber_requests", "binding", "cart",
    }  # fmt: skip
    assert len(ROUTES) >= 19
    served = {
        (method, route.path)
        for name in http_functions(Template.load())
        for route in application(name).routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    assert served == {(method, path) for _, method, path in (*ROUTES, *ELSEWHERE)}


@pytest.fixture
def token(aws: Aws) -> str:
    bound_accounts.supplier(
        merchant=Merchant(contract="c", dialect="rbs", base_url="http://127.0.0.1:1", secret="s")
    )
    account = bound_accounts.account()
    lines = [ServiceLine(service="ХВС", payee_inn=bound_accounts.PAYEE.inn, charged=100, total=100)]
    receipt = Receipt(
        kind="zhku",
        kind_title="ЖКУ",
        period="2026-09",
        main=Amounts(charged=100, total=100),
        penalty=Amounts(total=0),
        services=lines,
    )
    bound_accounts.receipt(account.account_id, receipt)
    return bound_accounts.user("u1", account)


def change(**attributes: Any) -> None:
    """Change the account as an import would."""
    row = dynamo.get(Table.ACCOUNTS, account_key(ACCOUNT_ID)) or {}
    dynamo.put(Table.ACCOUNTS, row | attributes, condition=IS_PRESENT, on_conflict=AssertionError)  # type: ignore[arg-type]


def call(name: str, method: str, path: str, token: str) -> Any:
    where = path.replace("{account_id}", ACCOUNT_ID)
    for parameter in ("document_id", "meter_id", "reading_id", "request_id", "file_id"):
        where = where.replace(f"{{{parameter}}}", "2026-09-zhku")
    body = BODIES[path] if method in ("POST", "PUT") else None
    browser = bound_accounts.browser(application(name), token)
    return browser.request(method, where, json=body, headers={"Idempotency-Key": "key-1"})


def confirm(token: str, surname: str) -> Any:
    browser = bound_accounts.browser(application("binding"), token)
    return browser.post(f"/api/bindings/{ACCOUNT_ID}/confirmation", json={"surname": surname})


@pytest.mark.parametrize(("name", "method", "path"), ROUTES)
def test_every_route_is_refused_until_the_surname_is_given(
    token: str, name: str, method: str, path: str
) -> None:
    before = call(name, method, path, token)
    assert before.status_code != 403, before.text
    change(holder="Петрова Анна Сергеевна")
    for _ in range(2):
        refused = call(name, method, path, token)
        assert (refused.status_code, refused.json()["code"]) == (403, "surname_needed")
        assert refused.json()["account_id"] == ACCOUNT_ID
        assert "Петров" not in refused.text
    assert confirm(token, "Иванов").json()["code"] == "check_failed"
    assert call(name, method, path, token).status_code == 403
    assert confirm(token, "петрова").json()["needs_surname"] is False
    assert call(name, method, path, token).status_code != 403


HISTORY = {
    f"/api/accounts/{{account_id}}/{sheet}"
    for sheet in ("services", "charges", "explanation", "spending", "payments")
}


def keep_history(is_kept: bool = True) -> None:
    """Two changes after the first holder; each had seen the receipts of up to a month."""
    key = supplier_key("uk-test")
    row = dynamo.get(Table.ACCOUNTS, key) or {}
    row |= {"former_holder_sees_history": is_kept}
    dynamo.put(Table.ACCOUNTS, row, condition=IS_PRESENT, on_conflict=AssertionError)  # type: ignore[arg-type]
    ends = {"Иванов": ("2026-10-05", "2026-09"), "Петрова": ("2026-11-05", "2026-10")}
    change(
        holder="Сидоров Пётр",
        residents=4,
        former_holders={
            holder_key(ACCOUNT_ID, holder): {"ended_on": ended_on, "last_period": last_period}
            for holder, (ended_on, last_period) in ends.items()
        },
    )


def test_the_past_stays_with_the_former_holder_where_the_supplier_says_so(token: str) -> None:
    import_next_months()
    keep_history()
    browser = bound_accounts.browser(application("queries"), token)
    services = browser.get(f"/api/accounts/{ACCOUNT_ID}/services").json()
    assert (services["period"], services["next_period"]) == ("2026-09", None)
    assert [receipt["total"]["total"] for receipt in services["receipts"]] == [100]
    assert browser.get(f"/api/accounts/{ACCOUNT_ID}/charges").json()["next_period"] is None
    for sheet in ("services", "charges"):
        later = browser.get(f"/api/accounts/{ACCOUNT_ID}/{sheet}?period=2026-10")
        assert (later.status_code, later.json()["code"]) == (403, "surname_needed")
    payments = browser.get(f"/api/accounts/{ACCOUNT_ID}/payments").json()["items"]
    assert [paid["received_on"] for paid in payments] == ["2026-10-04", "2026-09-10"]
    (item,) = bound_accounts.browser(application("binding"), token).get("/api/bindings").json()["items"]
    assert (item["needs_surname"], item["history_until"]) == (True, "2026-10-05")
    keep_history(is_kept=False)
    for path in HISTORY:
        assert call("queries", "GET", path, token).status_code == 403


@pytest.mark.parametrize(("name", "method", "path"), ROUTES)
def test_beyond_the_past_every_route_stays_refused(token: str, name: str, method: str, path: str) -> None:
    import_next_months()
    keep_history()
    answer = call(name, method, path, token)
    assert answer.status_code == (200 if path in HISTORY else 403)
    assert "77777" not in REQUEST_ID.sub("", answer.text)


def test_who_is_known_under_no_former_holder_keeps_no_past(token: str) -> None:
    """A change from before ends were kept, and a binding from before holders were."""
    keep_history()
    change(former_holders={}, holder_since="2026-10-05")
    assert call("queries", "GET", "/api/accounts/{account_id}/payments", token).status_code == 403
    key = binding_key("u1", ACCOUNT_ID)
    row = dynamo.get(Table.USERS, key) or {}
    del row["holder_key"]
    dynamo.put(Table.USERS, row, condition=IS_PRESENT, on_conflict=AssertionError)  # type: ignore[arg-type]
    assert call("queries", "GET", "/api/accounts/{account_id}/payments", token).status_code == 403


def test_a_page_from_before_the_change_does_not_go_on_after_it(token: str) -> None:
    for number in range(30):
        paid = AccountPayment(
            payment_id=f"{number:02}",
            kind="оплата",
            received_on=date(2026, 11, 1),
            amount=5,
            status="accounted",
        )
        bound_accounts.payment(ACCOUNT_ID, paid)
    browser = bound_accounts.browser(application("queries"), token)
    following = browser.get(f"/api/accounts/{ACCOUNT_ID}/payments").json()["next"]
    keep_history()
    stale = browser.get(f"/api/accounts/{ACCOUNT_ID}/payments", params={"cursor": following})
    assert stale.status_code == 422, stale.text


@pytest.mark.parametrize(
    "spelled", ["ИВАНОВ И.И.", "Иванов Пётр Петрович", "ИП Иванов Иван Иванович", "  Ивaнов  Иван"]
)
def test_another_spelling_of_the_surname_is_no_change(token: str, spelled: str) -> None:
    change(holder=spelled)
    assert call("queries", "GET", "/api/accounts/{account_id}/summary", token).status_code == 200


def test_a_corrected_registry_asks_nobody_for_the_surname(token: str) -> None:
    change(holder="-")
    assert call("queries", "GET", "/api/accounts/{account_id}/summary", token).status_code == 403
    assert confirm(token, "-").json()["code"] == "check_failed"
    change(holder="Иванов Иван Иванович")
    assert call("queries", "GET", "/api/accounts/{account_id}/summary", token).status_code == 200


def test_list_asks_for_the_surname_and_hides_the_new_holder(token: str) -> None:
    change(holder="Петрова Анна Сергеевна", closed_on=clock.now().date().isoformat())
    (item,) = bound_accounts.browser(application("binding"), token).get("/api/bindings").json()["items"]
    assert item["needs_surname"] is True
    assert (item["paperless"], item["closed_on"]) == ("unavailable", None)
    assert "Петрова" not in json.dumps(item, ensure_ascii=False)


def test_guessing_the_new_holder_ends_as_guessing_at_the_binding_does(token: str) -> None:
    change(holder="Петрова Анна Сергеевна")
    answers = [confirm(token, f"Сидоров{email}").status_code for email in "абвгдежзикл"]
    assert answers == [422] * 10 + [429]
    assert confirm(token, "Петрова").status_code == 429


def test_only_a_bound_account_is_confirmed(token: str) -> None:
    other = bound_accounts.user("u2", email="other@example.ru")
    assert confirm(other, "Иванов").status_code == 404
    assert confirm(token, "кто угодно").status_code == 200  # nothing is asked, nothing is told


def test_a_binding_older_than_holder_records_is_decided_by_its_day(token: str) -> None:
    key = binding_key("u1", ACCOUNT_ID)
    row = dynamo.get(Table.USERS, key) or {}
    del row["holder_key"]
    dynamo.put(Table.USERS, row, condition=IS_PRESENT, on_conflict=AssertionError)  # type: ignore[arg-type]
    summary = ("queries", "GET", "/api/accounts/{account_id}/summary", token)
    assert call(*summary).status_code == 200
    change(holder_since="2025-12-31")
    assert call(*summary).status_code == 200
    change(holder_since="2026-02-01")
    assert call(*summary).status_code == 403


def telling(token: str, marks: set[str], *methods: str) -> set[tuple[str, str]]:
    """Ask every route that names no account, and return those whose answers have one of the marks."""
    found = set()
    for name, method, path in ELSEWHERE:
        if method in methods:
            where = re.sub(r"\{\w+\}", ACCOUNT_ID, path)
            browser = bound_accounts.browser(application(name), token)
            body = {} if method == "POST" else None
            answer = browser.request(method, where, json=body, headers={"Idempotency-Key": "k"})
            assert answer.status_code < 500, (path, answer.text)
            said = REQUEST_ID.sub("", answer.text)
            if any(mark in said for mark in marks):
                found.add((method, path))
    return found


def test_no_route_that_names_no_account_tells_of_it(token: str) -> None:
    import_next_months()
    board = account_board(ACCOUNT_ID)
    store.publish(board, publication(board, "Долг", "Задолженность новая"))
    body = {"account_id": ACCOUNT_ID, "receipt_id": "2026-11-zhku", "with_preliminary": False}
    browser = bound_accounts.browser(application("cart"), token)
    assert browser.post("/api/cart/items", json=body).status_code == 201
    marks = {"77777", "Задолженность", "Петров"}
    assert telling(token, marks, "GET") == {
        ("GET", "/api/cart"), ("GET", "/api/cart/payment-methods"), ("GET", "/api/home"),
        ("GET", "/api/notices"),
    }  # fmt: skip
    change(holder="Петрова Анна Сергеевна")
    assert telling(token, marks, "GET", "POST") == set()


def test_the_cart_the_badges_and_the_notices_forget_what_is_anothers(token: str) -> None:
    assert call("cart", "POST", "/api/cart/items", token).status_code == 201
    board = account_board(ACCOUNT_ID)
    store.publish(board, publication(board, "Долг", "Ваш долг"))
    profile = bound_accounts.browser(application("subscriber_profile"), token)
    assert profile.get("/api/profile").json()["cart_count"] == 1
    notices = bound_accounts.browser(application("notices"), token)
    assert profile.get("/api/profile").json()["unread_notices"] == 1
    assert len(notices.get("/api/notices").json()["items"]) == 1
    change(holder="Петрова Анна Сергеевна")
    shown = profile.get("/api/profile").json()
    assert (shown["unread_notices"], shown["cart_count"]) == (0, 0)
    assert notices.get("/api/notices").json()["items"] == []
    cart = bound_accounts.browser(application("cart"), token)
    assert cart.get("/api/cart").json()["groups"] == []
    key = {"Idempotency-Key": "k"}
    assert cart.post("/api/cart/checkout", json={}, headers=key).json()["code"] == "cart_empty"


def test_the_new_holder_gets_paper_though_the_former_one_had_refused_it(token: str) -> None:
    binding = bound_accounts.browser(application("binding"), token)
    version = binding.get(f"/api/bindings/{ACCOUNT_ID}/paperless/statement").json()["version"]
    wish = {"enabled": True, "statement_version": version}
    assert binding.put(f"/api/bindings/{ACCOUNT_ID}/paperless", json=wish).json()["paperless"] == "on"
    change(holder="Петрова Анна Сергеевна")
    assert confirm(token, "Петрова").json()["paperless"] == "off"
    assert paperless.get_row(ACCOUNT_ID) is not None


@pytest.mark.parametrize(("name", "method", "path"), ROUTES)
def test_a_closed_account_is_read_for_a_year_and_then_gone(
    token: str, name: str, method: str, path: str
) -> None:
    today = clock.now().date()
    change(closed_on=(today - timedelta(days=300)).isoformat())
    answer = call(name, method, path, token)
    if method == "GET":
        assert answer.status_code in (200, 404, 409, 503), answer.text
        assert "account_closed" not in answer.text
    else:
        assert (answer.status_code, answer.json()["code"]) == (409, "account_closed")
    change(closed_on=(today - timedelta(days=366)).isoformat())
    assert call(name, method, path, token).json()["code"] == "not_found"


def test_a_closed_account_offers_no_payment_and_leaves_the_list_after_a_year(token: str) -> None:
    today = clock.now().date()
    change(closed_on=(today - timedelta(days=10)).isoformat())
    binding = bound_accounts.browser(application("binding"), token)
    (item,) = binding.get("/api/bindings").json()["items"]
    assert item["closed_on"] == (today - timedelta(days=10)).isoformat()
    summary = call("queries", "GET", "/api/accounts/{account_id}/summary", token).json()
    assert [receipt["can_pay"] for receipt in summary["receipts"]] == [False]
    change(closed_on=(today - timedelta(days=366)).isoformat())
    assert binding.get("/api/bindings").json() == {"items": []}
    search = {"account_number": "1234567899", "house": "10", "flat": "1010"}
    assert binding.post("/api/bindings/search", json=search).json() == {"candidates": []}


def test_a_guest_finds_no_closed_account(token: str) -> None:
    guest = bound_accounts.browser(application("readings"))
    search = {"account_number": "1234567899", "house": "10", "flat": "1010"}
    opened = guest.post("/api/guest/readings/lookup", json=search).json()
    change(closed_on=clock.now().date().isoformat())
    assert guest.post("/api/guest/readings/lookup", json=search).json()["code"] == "account_not_found"
    new = {"token": opened["token"], "taken_on": "2026-10-20", "readings": [{"meter_id": "1", "value": "5"}]}
    assert guest.post("/api/guest/readings", json=new).json()["code"] == "account_closed"


@pytest.fixture
def other(token: str) -> AppClient:
    return bound_accounts.browser(application("binding"), bound_accounts.user("u2", email="other@example.ru"))


def test_who_binds_by_the_new_name_is_not_asked_again(token: str, other: AppClient) -> None:
    change(holder="Петрова Анна Сергеевна")
    search = {"account_number": "1234567899", "house": "10", "flat": "1010"}
    (found,) = other.post("/api/bindings/search", json=search).json()["candidates"]
    bound = other.post("/api/bindings", json={"candidate": found["candidate"], "surname": "Петрова"})
    assert (bound.status_code, bound.json()["needs_surname"]) == (201, False)
    row = dynamo.get(Table.ACCOUNTS, account_key(ACCOUNT_ID))
    assert Account.model_validate(row).holder.startswith("Петрова")
