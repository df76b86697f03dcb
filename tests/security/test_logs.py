"""Nothing that is a person's or a secret gets into the logs, whatever happens in a whole run."""

import json
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cabinet.aws import dynamo
from cabinet.core import clock
from cabinet.core.logging import logger
from cabinet.identity.access_token_rules import build_access_token, parse_access_token
from tests.support import all_apps, auth_client, openapi_guard
from tests.support.app_client import AppClient
from tests.support.auth_client import emails, register, sign_in, solved, token_of
from tests.support.aws import Aws

EMAIL, NEW_EMAIL = "canary.kenar@example.ru", "canary.second@example.ru"
PASSWORD, NEW_PASSWORD, WRONG = "canary-lilac-73-a", "canary-river-58-b", "canary-wrong-11-c"
PHONE = "+79995550133"
ADDRESS = "203.0.113.77"
SURNAME = "Канарейкина"
STREET = "УЛ. КАНАРЕЕЧНАЯ"


class Everything(logging.Handler):
    """Keeps whatever any logger says, with all that rides along."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        self.lines.append(json.dumps({**record.__dict__, "trace": trace}, default=str, ensure_ascii=False))


@pytest.fixture
def logs() -> Iterator[Everything]:
    """What the product and everything under it logs at the level that is deployed."""
    kept = Everything()
    product = logging.getLogger(logger.name)
    for each in (logging.getLogger(), product):
        each.addHandler(kept)
    yield kept
    for each in (logging.getLogger(), product):
        each.removeHandler(kept)


def live(visitor: AppClient, aws: Aws) -> set[str]:
    """A whole life of a cabinet, with what goes wrong in one; returns the secrets that were about."""
    secrets = set()
    register(visitor, aws, EMAIL, PASSWORD)
    sign_in(visitor, EMAIL, WRONG)
    sign_in(visitor, EMAIL, PASSWORD)
    secrets |= {visitor.cookies["__Host-session"], visitor.cookies["__Host-device"]}
    user_id = visitor.get("/api/profile").json()["user_id"]
    visitor.patch("/api/profile", json={"phone": PHONE})
    visitor.post("/api/profile/email-changes", json={"email": NEW_EMAIL, "password": PASSWORD})
    secrets.add(token_of(aws, "email_change"))
    visitor.post("/api/profile/email-changes/confirm", json={"token": token_of(aws, "email_change")})
    visitor.post("/api/auth/password-resets", json={"email": NEW_EMAIL, "captcha": solved(visitor)})
    secrets.add(token_of(aws, "password_reset"))
    body = {"token": token_of(aws, "password_reset"), "password": NEW_PASSWORD}
    visitor.post("/api/auth/password-resets/confirm", json=body)
    sign_in(visitor, NEW_EMAIL, NEW_PASSWORD)
    secrets.add(visitor.cookies["__Host-session"])
    bind(aws, user_id)
    for path in ("summary", "services", "payments", "meters", "readings/form"):
        assert visitor.get(f"/api/accounts/uk:1/{path}").status_code in (200, 404)
    wrong = {"account_number": "1", "house": "10", "surname": SURNAME, "candidate": "x", "primary": True}
    visitor.post("/api/bindings/search", json=wrong)
    visitor.post("/api/bindings", json=wrong)
    visitor.post("/api/guest/readings/lookup", json=wrong)
    token, calendar = opened_to_programs(visitor)
    secrets |= {token, calendar}
    break_down(visitor, token, calendar)
    answer = visitor.request("DELETE", "/api/profile", json={"password": NEW_PASSWORD})
    assert answer.status_code == 204
    return secrets


def bind(aws: Aws, user_id: str) -> None:
    address = {"city": "", "street": STREET, "house": "10", "flat": "7"}
    account = {
        "account_id": "uk:1", "supplier_id": "uk", "number": "1", "holder": f"{SURNAME} Ольга",
        "address": address, "unaccounted": {},
    }  # fmt: skip
    payee = {
        "name": "УК", "inn": "7736520080", "account": "40702810800000012345", "bank_name": "Банк",
        "bic": "047501779", "correspondent_account": "30101810400000000779",
    }  # fmt: skip
    supplier = {"supplier_id": "uk", "name": "УК", "inn": "7736520080", "payees": [payee]}
    table = aws.table("ACCOUNTS_TABLE")
    table.put_item(Item={"pk": "ACCOUNT#uk#1", "sk": "ACCOUNT"} | account)
    table.put_item(Item={"pk": "SUPPLIER#uk", "sk": "PROFILE"} | supplier)
    binding = {"account_id": "uk:1", "bound_account": "uk:1", "bound_at": "2026-01-01"}
    aws.table("USERS_TABLE").put_item(Item={"pk": f"USER#{user_id}", "sk": "BINDING#uk:1"} | binding)


def opened_to_programs(visitor: AppClient) -> tuple[str, str]:
    """A program's token and a calendar's secret address, both used, and both used wrongly."""
    ends = (clock.now() + timedelta(days=30)).date().isoformat()
    form = {"name": "canary", "scopes": ["read:debts"], "expires_on": ends}
    token: str = visitor.post("/api/profile/tokens", json=form).json()["token"]
    calendar: str = (
        visitor.post("/api/profile/calendar").json()["url"].rpartition("/")[2].removesuffix(".ics")
    )
    assert program(token).get("/api/accounts/uk:1/summary").status_code == 200
    assert program(token).get("/api/home").status_code == 403
    assert program(f"{token}0").get("/api/accounts/uk:1/summary").status_code == 401
    assert program(token).get(f"/api/calendar/{calendar}.ics").status_code == 200
    assert program(token).get(f"/api/calendar/{calendar}0.ics").status_code == 404
    return token, calendar


def program(token: str) -> AppClient:
    return AppClient(
        auth_client.site, base_url="https://127.0.0.1:8000", raise_server_exceptions=False,
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip


def break_down(visitor: AppClient, token: str, calendar: str) -> None:
    """A failure whose message quotes the request, as botocore's do."""

    def fail(params: dict[str, Any], **_: Any) -> None:
        raise ClientError({"Error": {"Code": "ValidationException", "Message": str(params)}}, "x")

    events = dynamo.dynamodb_client().meta.events
    events.register("before-call.dynamodb", fail)
    try:
        with openapi_guard.allow_internal_errors():
            assert sign_in(visitor, NEW_EMAIL, NEW_PASSWORD).status_code == 500
            assert visitor.patch("/api/profile", json={"phone": PHONE}).status_code == 500
            assert program(token).get("/api/accounts/uk:1/summary").status_code == 500
            assert program(token).get(f"/api/calendar/{calendar}.ics").status_code == 500
    finally:
        events.unregister("before-call.dynamodb", fail)


def test_a_canary_that_sings_is_heard(logs: Everything) -> None:
    logger.info("sings", extra={"email": EMAIL})
    assert EMAIL in "\n".join(logs.lines)


def test_a_token_that_leaks_into_a_log_is_found_whoever_it_is_of(logs: Everything) -> None:
    assert tokens_in("\n".join(logs.lines)) == set()
    token = build_access_token("u1", 3, bytes(range(30)))
    logger.info("leaks", extra={"header": f"Bearer {token}, again {token[:-1]}"})
    assert tokens_in("\n".join(logs.lines)) == {token}


def tokens_in(text: str) -> set[str]:
    """What a scanner of leaks finds: the fixed prefix, and a check sum that is right."""
    return {found for found in re.findall(r"cab_[0-9A-Za-z]+", text) if parse_access_token(found)}


def test_nothing_personal_or_secret_is_logged(
    local: Aws, logs: Everything, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth_client, "site", all_apps.site())
    visitor = auth_client.browser(**{"X-Forwarded-For": ADDRESS})
    secrets = live(visitor, local)
    logged = "\n".join(logs.lines)
    assert "request_failed" in logged, "the run must have logged something"
    assert "signed_in" in logged
    personal = {EMAIL, NEW_EMAIL, PASSWORD, NEW_PASSWORD, WRONG, PHONE, ADDRESS, SURNAME, STREET}
    personal |= {"canary", "kenar", SURNAME.upper(), "КАНАР", "9995550133"}
    found = {secret for secret in personal | secrets if secret.casefold() in logged.casefold()}
    assert found == set()
    assert tokens_in(logged) == set()
    assert "$argon2" not in logged
    assert all(email["to"] not in logged for email in emails(local))
