"""A program's token opens what its scopes name and nothing else, walked over every route."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from cabinet.accounts.keys import binding_key
from cabinet.core import clock
from cabinet.identity.access_token_rules import SCOPES, Scope
from cabinet.web import access_scopes
from cabinet.web.access_scopes import token_scopes
from cabinet.web.rate_limit import InProcessRateLimit
from infra.build.openapi import application
from tests.support import all_apps, auth_client
from tests.support.all_apps import Route
from tests.support.app_client import AppClient
from tests.support.auth_client import register, sign_in
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.route_walk import PRIVATE, send

OPEN_BY: dict[str, set[str]] = {
    "GET /api/bindings": set(SCOPES),
    "GET /api/accounts/{account_id}/summary": {"read:debts"},
    "GET /api/accounts/{account_id}/services": {"read:debts"},
    "GET /api/accounts/{account_id}/charges": {"read:debts"},
    "GET /api/accounts/{account_id}/payments": {"read:debts"},
    "GET /api/accounts/{account_id}/meters": {"read:meters"},
    "GET /api/accounts/{account_id}/meters/{meter_id}/readings": {"read:meters"},
    "GET /api/accounts/{account_id}/consumption": {"read:meters"},
    "GET /api/accounts/{account_id}/consumption.csv": {"read:meters"},
    "GET /api/accounts/{account_id}/green-button.xml": {"read:meters"},
    "GET /api/accounts/{account_id}/readings/form": {"read:meters"},
    "POST /api/accounts/{account_id}/readings": {"write:readings"},
}
# The desk's routes know no subscriber: tests/security/test_staff_matrix.py.
OWN = [route for route in PRIVATE if route.function != "staff"]
SUMMARY = "/api/accounts/uk-test:1234567899/summary"


@pytest.fixture
def owner(local: Aws, monkeypatch: pytest.MonkeyPatch) -> AppClient:
    """The browser of a resident with an account."""
    monkeypatch.setattr(auth_client, "site", all_apps.site())
    monkeypatch.setattr(access_scopes, "_requests", InProcessRateLimit())
    client = auth_client.browser()
    register(client, local)
    user_id = sign_in(client).json()["user_id"]
    bound_accounts.supplier()
    account = bound_accounts.account()
    pk, sk = binding_key(user_id, account.account_id)
    row = {"account_id": account.account_id, "bound_account": account.account_id, "bound_at": "2026-01-01"}
    local.table("USERS_TABLE").put_item(Item={"pk": pk, "sk": sk} | row)
    return client


def made(owner: AppClient, *scopes: Scope, days: int = 30) -> str:
    ends = (clock.now() + timedelta(days=days)).date().isoformat()
    answer = owner.post("/api/profile/tokens", json={"name": "п", "scopes": scopes, "expires_on": ends})
    token: str = answer.json()["token"]
    return token


def program(token: str, **headers: str) -> AppClient:
    """What a program sends: no cookie, none of our site's headers."""
    return AppClient(
        auth_client.site, base_url="https://127.0.0.1:8000", raise_server_exceptions=False,
        headers={"Authorization": f"Bearer {token}"} | headers,
    )  # fmt: skip


def answer_of(route: Route, token: str) -> tuple[int, str | None]:
    answer: Any = send(program(token), route)
    return answer.status_code, answer.json().get("code") if answer.content else None


def test_the_routes_that_are_open_to_programs_are_those_of_the_contract() -> None:
    declared = {}
    for route in all_apps.routes():
        for served in application(route.function).routes:
            if getattr(served, "path", "") == route.path and route.method in getattr(served, "methods", ()):
                declared[str(route)] = set(token_scopes(served.endpoint))  # type: ignore[attr-defined]
    assert {route: scopes for route, scopes in declared.items() if scopes} == OPEN_BY


@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_opens_the_routes_of_its_scope_alone(owner: AppClient, scope: Scope) -> None:
    token = made(owner, scope)
    refused = {}
    for route in OWN:
        status, code = answer_of(route, token)
        if scope in OPEN_BY.get(str(route), set()):
            # The account of the walk is another's: as if it did not exist.
            assert (status, code) in {(200, None), (404, "not_found")}, route
        else:
            refused[str(route)] = status, code
    assert set(refused.values()) == {(403, "scope_missing")}, refused
    assert len(refused) > 50


def test_a_program_reads_what_its_owner_reads_and_the_use_is_shown(owner: AppClient) -> None:
    token = made(owner, "read:debts")
    assert program(token).get(SUMMARY).json() == owner.get(SUMMARY).json()
    assert program(token).get("/api/bindings").json() == owner.get("/api/bindings").json()
    (shown,) = owner.get("/api/profile/tokens").json()["items"]
    assert shown["last_used_at"] is not None


def test_a_program_needs_no_header_of_our_site_to_hand_in_readings(owner: AppClient) -> None:
    body = {"taken_on": "2026-03-01", "readings": [{"meter_id": "none", "value": "1"}]}
    path = "/api/accounts/uk-test:1234567899/readings"
    answer = program(made(owner, "write:readings"), **{"Idempotency-Key": "k"}).post(path, json=body)
    assert answer.json()["code"] not in {"csrf", "scope_missing", "unauthenticated"}, answer.text


def test_what_is_revoked_ended_or_made_up_opens_nothing(owner: AppClient) -> None:
    token, ends_soon = made(owner, "read:debts"), made(owner, "read:debts", days=1)
    swapped = token[:4] + ("a" if token[4] != "a" else "b") + token[5:]
    for bad in (swapped, token.lower(), token + "0", "cab_", "cab_" + "0" * 70, ends_soon[:-1]):
        answer = program(bad).get(SUMMARY)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    newest = owner.get("/api/profile/tokens").json()["items"][-1]["token_id"]
    owner.delete(f"/api/profile/tokens/{newest}")
    with time_machine.travel(clock.now() + timedelta(days=3), tick=True):
        assert program(ends_soon).get(SUMMARY).status_code == 401
    statuses = {program(each).get(SUMMARY).status_code for each in (token, ends_soon)}
    assert statuses == {200, 401}


def test_a_genuine_form_with_anothers_hash_opens_nothing(owner: AppClient, local: Aws) -> None:
    token = made(owner, "read:debts")
    (row,) = [row for row in local.rows("USERS_TABLE") if row["sk"].startswith("ACCESS#")]
    local.table("USERS_TABLE").put_item(Item=row | {"token_hash": "0" * 64})
    assert program(token).get(SUMMARY).status_code == 401


def test_a_token_outdoes_the_cookie_so_that_no_other_site_can_lend_it(owner: AppClient) -> None:
    session = owner.cookies["__Host-session"]
    lent = program(made(owner, "read:debts"), Cookie=f"__Host-session={session}")
    answer = lent.patch("/api/profile", json={"phone": "+79127654321"})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    made_up = program("cab_x", Cookie=f"__Host-session={session}")
    assert made_up.patch("/api/profile", json={"phone": "+79127654321"}).status_code == 401


def test_a_program_that_asks_without_end_is_refused_and_others_are_not(
    owner: AppClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_scopes, "ACCESS_TOKEN_REQUESTS_PER_MINUTE", 3)
    busy, quiet = made(owner, "read:debts"), made(owner, "read:debts")
    statuses = [program(busy).get(SUMMARY).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert program(quiet).get(SUMMARY).status_code == 200
