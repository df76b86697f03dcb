"""Signing in: limits, captcha after misses, known devices, sessions that end."""

import unicodedata
from typing import Any

import pytest
import time_machine
from botocore.exceptions import EndpointConnectionError

from cabinet.aws import dynamo
from cabinet.core.correlation import HEADER
from cabinet.identity import passwords
from tests.support import auth_client
from tests.support.app_client import AppClient
from tests.support.auth_client import EMAIL, emails, register, sign_in, solved
from tests.support.aws import Aws, clear_caches
from tests.support.identity_fixtures import rows


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code")


def test_unknown_and_known_addresses_answer_alike(client: AppClient, local: Aws) -> None:
    register(client, local)
    client.headers[HEADER] = "one-and-the-same"
    known, unknown = sign_in(client, password="wrong"), sign_in(client, "nobody@example.ru", "wrong")
    assert known.status_code == unknown.status_code == 401
    assert known.json() == unknown.json()
    assert set(known.headers) == set(unknown.headers)


def test_after_misses_a_captcha_is_asked_for_and_then_the_limit_holds(client: AppClient, local: Aws) -> None:
    register(client, local)
    misses = [code(sign_in(client, password="wrong")) for _ in range(4)]
    assert misses == [(401, "bad_credentials")] * 3 + [(422, "captcha_required")]
    with_captcha = [code(sign_in(client, password="wrong", captcha=solved(client))) for _ in range(7)]
    assert with_captcha == [(401, "bad_credentials")] * 6 + [(429, "too_many_requests")]
    # Even the right password and a right captcha, from an unknown device, after the limit.
    assert sign_in(client, captcha=solved(client)).status_code == 429


def test_the_owner_gets_in_from_a_known_device_during_a_siege(client: AppClient, local: Aws) -> None:
    register(client, local)
    assert sign_in(client).status_code == 201
    attacker = auth_client.browser()
    for _ in range(12):
        sign_in(attacker, password="wrong")
    assert sign_in(attacker).status_code == 429
    assert sign_in(client).status_code == 201


def test_the_device_of_one_user_is_no_device_of_another(client: AppClient, local: Aws) -> None:
    register(client, local)
    register(client, local, email="olga@example.ru")
    sign_in(client, "olga@example.ru")
    misses = [sign_in(client, password="wrong").status_code for _ in range(4)]
    assert misses[-1] == 422


def test_a_known_device_may_not_guess_without_end(client: AppClient, local: Aws) -> None:
    register(client, local)
    sign_in(client)
    assert [sign_in(client, password="wrong").status_code for _ in range(11)] == [401] * 10 + [429]


def test_an_address_that_tries_many_emails_meets_its_limit(client: AppClient) -> None:
    found = [sign_in(client, f"user{i}@example.ru", "wrong").status_code for i in range(22)]
    assert found == [401] * 20 + [422, 422]


def test_right_passwords_are_not_counted(client: AppClient, local: Aws) -> None:
    register(client, local)
    assert [sign_in(auth_client.browser()).status_code for _ in range(12)] == [201] * 12


def test_sign_in_rotates_the_session_and_a_thirteenth_ends_the_oldest(client: AppClient, local: Aws) -> None:
    register(client, local)
    browsers = [auth_client.browser() for _ in range(13)]
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False) as clock:
        for each in browsers:
            assert sign_in(each).status_code == 201
            clock.shift(1)
        assert len(rows(local, "SESSION#")) == 12
        assert browsers[0].get("/api/profile").status_code == 401
        assert browsers[1].get("/api/profile").status_code == 200
    assert len({each.cookies["__Host-session"] for each in browsers}) == 13


def test_a_session_idles_for_an_hour_and_lives_for_half_a_day(client: AppClient, local: Aws) -> None:
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False) as clock:
        register(client, local)
        sign_in(client)
        for _ in range(23):
            clock.shift(1800)
            assert client.get("/api/profile").status_code == 200
        clock.shift(1800)
        assert client.get("/api/profile").status_code == 401
        sign_in(client)
        clock.shift(3600)
        assert client.get("/api/profile").status_code == 401


COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "чайник-ёж-73-окно") for form in ("NFC", "NFD"))
MIXED = DECOMPOSED[:4] + COMPOSED[3:]


@pytest.mark.parametrize("typed", [COMPOSED, DECOMPOSED, MIXED])
@pytest.mark.parametrize("chosen", [COMPOSED, DECOMPOSED, MIXED])
def test_a_password_is_one_however_its_letters_are_composed(
    client: AppClient, local: Aws, chosen: str, typed: str
) -> None:
    register(client, local, password=chosen)
    assert sign_in(client, password=typed).status_code == 201
    change = {"current": typed, "new": "другой-чайник-74"}
    assert client.post("/api/profile/password", json=change).status_code == 204


@pytest.mark.parametrize("typed", [COMPOSED, DECOMPOSED])
@pytest.mark.parametrize("stored", [COMPOSED, DECOMPOSED])
def test_a_hash_of_a_password_as_typed_still_opens_and_is_made_anew(
    client: AppClient, local: Aws, stored: str, typed: str
) -> None:
    """Hashes of before, made without composing the letters."""
    register(client, local)
    (profile,) = rows(local, "PROFILE")
    old = passwords.password_hasher().hash(stored)
    local.table("USERS_TABLE").put_item(Item=profile | {"password_hash": old})
    assert sign_in(client, password=typed + "!").status_code == 401
    assert sign_in(client, password=typed).status_code == 201
    kept = rows(local, "PROFILE")[0]["password_hash"]
    assert passwords.password_hasher().verify(kept, COMPOSED)
    assert (kept == old) is (stored == COMPOSED)


def test_a_dearer_hash_is_made_at_the_next_sign_in(
    client: AppClient, local: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(client, local)
    monkeypatch.setenv("ARGON2_MEMORY_KIB", "128")
    clear_caches()
    assert sign_in(client).status_code == 201
    assert "m=128," in rows(local, "PROFILE")[0]["password_hash"]
    assert sign_in(client).status_code == 201


def test_a_new_device_is_told_of_by_mail_but_the_first_of_all_is_not(client: AppClient, local: Aws) -> None:
    register(client, local)
    sign_in(client)
    assert [email["template"] for email in emails(local, EMAIL)] == ["activation"]
    sign_in(client)
    sign_in(auth_client.browser(**{"User-Agent": "another browser"}))
    told = emails(local, EMAIL)[1:]
    assert [email["params"]["what"] for email in told] == ["Вход с нового устройства."]
    assert told[0]["params"]["device"] == "another browser"


@pytest.mark.parametrize("cookie", ["", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4Iiwic2lkIjoieSJ9."])
def test_a_forged_cookie_opens_nothing(client: AppClient, cookie: str) -> None:
    client.cookies.set("__Host-session", cookie)
    assert client.get("/api/profile").status_code == 401


def test_rows_of_idle_sessions_do_not_gather(client: AppClient, local: Aws) -> None:
    register(client, local)
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False) as clock:
        for _ in range(11):
            sign_in(client)
            clock.shift(3600)
        sign_in(client)
        assert len(rows(local, "SESSION#")) == 1


def test_an_attempt_that_cannot_be_counted_is_refused(client: AppClient, local: Aws) -> None:
    register(client, local)

    def cut(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="dynamodb")

    events = dynamo.dynamodb_client().meta.events
    events.register("before-call.dynamodb.UpdateItem", cut)
    try:
        assert sign_in(client).status_code == 503
    finally:
        events.unregister("before-call.dynamodb.UpdateItem", cut)
    assert sign_in(client).status_code == 201
