"""Every route that is described: without a session, after its end, without our header, with another's ids.

A route that is added is walked too, and must ask for a session unless it is named in `OPEN` of the walk.
"""

import re
from typing import Any

import pytest

from cabinet.core.correlation import HEADER
from tests.support import all_apps, auth_client
from tests.support.app_client import AppClient
from tests.support.auth_client import register, sign_in
from tests.support.aws import Aws
from tests.support.route_walk import FOREIGN_ACCOUNT, OPEN, PRIVATE, ROUTES, ROUTES_WITH_IDS, UNSAFE, send


@pytest.fixture
def visitor(local: Aws, monkeypatch: pytest.MonkeyPatch) -> AppClient:
    """A browser before every function."""
    monkeypatch.setattr(auth_client, "site", all_apps.site())
    return auth_client.browser()


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
def test_a_method_that_a_path_lacks_is_told_which_ones_it_has(visitor: AppClient, path: str) -> None:
    at = re.sub(r"{\w+}", "0", path)
    found = [route for route in ROUTES if re.fullmatch(re.sub(r"{\w+}", "[^/]+", route.path), at) is not None]
    here = {route.method for route in found}
    # «/form» is not «/{reading_id}», though a DELETE of the latter finds no reading of that name.
    named = {route.method for route in found if len(route.names) == min(len(each.names) for each in found)}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - here:
        answer = visitor.request(method, at)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed"), method
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.headers["allow"].split(", ")) == named


def bind_to_another(visitor: AppClient, aws: Aws) -> None:
    """An account that exists, and is bound by another user."""
    other = auth_client.browser()
    register(other, aws, email="olga@example.ru")
    user_id = sign_in(other, "olga@example.ru").json()["user_id"]
    supplier = {"supplier_id": "chelyabinsk", "name": "УК", "inn": "7736520080", "payees": [PAYEE]}
    address = {"city": "", "street": "УЛ. КЫШТЫМСКАЯ", "house": "10", "flat": "1010"}
    account = {
        "account_id": FOREIGN_ACCOUNT, "supplier_id": "chelyabinsk", "number": "1", "holder": "Иванова О.",
        "address": address, "unaccounted": {},
    }  # fmt: skip
    accounts = aws.table("ACCOUNTS_TABLE")
    accounts.put_item(Item={"pk": "SUPPLIER#chelyabinsk", "sk": "PROFILE"} | supplier)
    accounts.put_item(Item={"pk": "ACCOUNT#chelyabinsk#1", "sk": "ACCOUNT"} | account)
    binding = {"account_id": FOREIGN_ACCOUNT, "bound_account": FOREIGN_ACCOUNT, "bound_at": "2026-01-01"}
    aws.table("USERS_TABLE").put_item(
        Item={"pk": f"USER#{user_id}", "sk": f"BINDING#{FOREIGN_ACCOUNT}"} | binding
    )
    assert other.get(f"/api/accounts/{FOREIGN_ACCOUNT}/summary").status_code == 200


PAYEE = {
    "name": "ООО «УК Тест»", "inn": "7736520080", "account": "40702810800000012345",
    "bank_name": "ПАО «ЧЕЛЯБИНВЕСТБАНК»", "bic": "047501779",
    "correspondent_account": "30101810400000000779",
}  # fmt: skip


def problems(answers: dict[str, Any]) -> dict[str, tuple[int, str]]:
    return {route: (answer.status_code, answer.json().get("code")) for route, answer in answers.items()}


def test_the_walk_sees_the_routes() -> None:
    assert len(ROUTES) > 50
    assert {str(route) for route in ROUTES} >= OPEN
    assert {route.function for route in ROUTES} >= {
        "auth",
        "subscriber_profile",
        "queries",
        "cart",
        "notices",
    }


def test_without_a_session_every_private_route_asks_to_sign_in(visitor: AppClient) -> None:
    answers = {str(route): send(visitor, route) for route in PRIVATE}
    assert problems(answers) == {str(route): (401, "unauthenticated") for route in PRIVATE}
    assert {answer.headers["content-type"] for answer in answers.values()} == {"application/problem+json"}


def test_after_signing_out_every_private_route_asks_to_sign_in(visitor: AppClient, local: Aws) -> None:
    register(visitor, local)
    sign_in(visitor)
    session = visitor.cookies["__Host-session"]
    visitor.delete("/api/auth/sessions/current")
    answers = {}
    for route in PRIVATE:
        again = auth_client.browser(Cookie=f"__Host-session={session}")
        answers[str(route)] = send(again, route)
    assert problems(answers) == {str(route): (401, "unauthenticated") for route in PRIVATE}


def test_without_our_header_or_from_another_site_nothing_unsafe_is_done(visitor: AppClient) -> None:
    bare = {str(route): send(auth_client.browser(**{"X-Requested-With": ""}), route) for route in UNSAFE}
    foreign = {
        str(route): send(auth_client.browser(Origin="https://evil.example"), route) for route in UNSAFE
    }
    assert problems(bare) == problems(foreign) == {str(route): (403, "csrf") for route in UNSAFE}


def test_with_anothers_identifiers_every_route_answers_as_if_they_did_not_exist(
    visitor: AppClient, local: Aws
) -> None:
    bind_to_another(visitor, local)
    register(visitor, local)
    sign_in(visitor)
    visitor.headers[HEADER] = "one-and-the-same"
    answers = {str(route): send(visitor, route) for route in ROUTES_WITH_IDS}
    assert problems(answers) == {str(route): (404, "not_found") for route in ROUTES_WITH_IDS}
    assert len({answer.content for answer in answers.values()}) == 1


def test_no_route_breaks_on_what_is_not_json_or_not_an_object(visitor: AppClient, local: Aws) -> None:
    register(visitor, local)
    broken: dict[str, int] = {}
    for route in UNSAFE:
        assert sign_in(visitor).status_code == 201
        session = visitor.cookies["__Host-session"]
        path = route.path.format(**dict.fromkeys(route.names, "x"))
        for body in (b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"a":' * 3000):
            again = auth_client.browser(
                Cookie=f"__Host-session={session}", **{"Content-Type": "application/json"}
            )
            again.headers["Idempotency-Key"] = "k"
            status = again.request(route.method, path, content=body).status_code
            if status >= 500:
                broken[f"{route} {body[:8]!r}"] = status
    assert broken == {}
