"""«Доступ для программ»: tokens made, listed, revoked; never more than twenty, and each announced by mail."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cabinet.identity import access_tokens
from cabinet.identity.access_token_rules import MAX_TOKENS, access_token_hash
from tests.support.app_client import AppClient
from tests.support.auth_client import EMAIL, emails
from tests.support.aws import Aws
from tests.support.identity_fixtures import rows
from tests.support.rivals import elsewhere

WANTED: dict[str, Any] = {"name": "Умный дом", "scopes": ["read:debts"], "expires_on": "2026-12-31"}


def make(client: AppClient, **changes: Any) -> Any:
    return client.post("/api/profile/tokens", json=WANTED | changes)


def listed(client: AppClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get("/api/profile/tokens").json()["items"]
    return items


def test_a_token_is_shown_once_and_kept_as_its_hash(signed_in: AppClient, local: Aws) -> None:
    made = make(signed_in)
    assert made.status_code == 201
    token = made.json()["token"]
    (row,) = rows(local, "ACCESS#")
    assert token not in str(row)
    assert row["token_hash"] == access_token_hash(token)
    (shown,) = listed(signed_in)
    assert shown == {key: value for key, value in made.json().items() if key != "token"}
    assert shown | WANTED | {"last_used_at": None} == shown
    assert emails(local, EMAIL)[-1]["params"]["what"] == "Создан токен доступа для программы."
    events = signed_in.get("/api/profile/security-events").json()["items"]
    assert events[0]["what"] == "Создан токен доступа для программы"


def test_a_revoked_token_is_gone_and_journalled(signed_in: AppClient, local: Aws) -> None:
    token_id = make(signed_in).json()["token_id"]
    for expected in (204, 404):
        assert signed_in.delete(f"/api/profile/tokens/{token_id}").status_code == expected
    assert listed(signed_in) == rows(local, "ACCESS#") == []
    events = signed_in.get("/api/profile/security-events").json()["items"]
    assert events[0]["what"] == "Отозван токен доступа программы"


def test_each_mistake_of_the_form_is_named(signed_in: AppClient) -> None:
    answer = make(signed_in, name=" ", scopes=[], expires_on="2026-03-01")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["name", "scopes", "expires_on"]
    assert make(signed_in, scopes=["write:money"]).json()["errors"][0]["field"] == "scopes[0]"
    assert listed(signed_in) == []


def test_there_is_no_twenty_first_but_one_that_has_ended_makes_room(signed_in: AppClient, local: Aws) -> None:
    for number in range(MAX_TOKENS):
        ends = "2026-03-02" if number == 4 else "2026-12-31"
        assert make(signed_in, name=str(number), expires_on=ends).status_code == 201
    refused = make(signed_in)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_tokens")
    # Its row is still there: the engine deletes in its own time, and an ended one counts as absent.
    (ended,) = [row for row in rows(local, "ACCESS#") if row["name"] == "4"]
    local.table("USERS_TABLE").put_item(Item=ended | {"expires_at": ended["expires_at"] - 10 * 86400})
    assert len(listed(signed_in)) == MAX_TOKENS - 1
    assert make(signed_in, name="new").status_code == 201
    assert {row["name"] for row in rows(local, "ACCESS#") if row["sk"] == ended["sk"]} == {"new"}


def test_two_requests_at_once_make_two_tokens(
    signed_in: AppClient, local: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = access_tokens.build_access_token
    rivals: list[Any] = []

    def build_after_the_rival(*args: Any) -> str:
        monkeypatch.setattr(access_tokens, "build_access_token", genuine)
        rivals.append(elsewhere(lambda: make(signed_in, name="соперник")))
        return genuine(*args)

    monkeypatch.setattr(access_tokens, "build_access_token", build_after_the_rival)
    assert make(signed_in, name="первый").status_code == 201
    assert [rival.status_code for rival in rivals] == [201]
    assert {row["sk"]: row["name"] for row in rows(local, "ACCESS#")} == {
        "ACCESS#00": "соперник", "ACCESS#01": "первый",
    }  # fmt: skip


def test_the_last_day_is_whole(signed_in: AppClient, local: Aws) -> None:
    make(signed_in, expires_on="2026-03-05")
    (row,) = rows(local, "ACCESS#")
    assert row["expires_at"] == datetime(2026, 3, 6, tzinfo=UTC).timestamp()
