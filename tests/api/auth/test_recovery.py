"""Password recovery: the link, what it ends, what it does not tell."""

from typing import Any

import time_machine

from tests.support import auth_client
from tests.support.app_client import AppClient
from tests.support.auth_client import EMAIL, emails, register, sign_in, solved, token_of
from tests.support.aws import Aws

NEW = "lantern-river-58"


def ask(client: AppClient, email: str = EMAIL) -> Any:
    return client.post("/api/auth/password-resets", json={"email": email, "captcha": solved(client)})


def confirm(client: AppClient, token: str, password: str = NEW) -> Any:
    return client.post("/api/auth/password-resets/confirm", json={"token": token, "password": password})


def test_the_answer_does_not_tell_whether_the_user_exists(client: AppClient, local: Aws) -> None:
    register(client, local)
    known, unknown = ask(client), ask(client, "nobody@example.ru")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"")
    assert [email["to"] for email in emails(local) if email["template"] == "password_reset"] == [EMAIL]


def test_a_new_password_ends_every_session_and_every_other_link(signed_in: AppClient, local: Aws) -> None:
    ask(signed_in)
    first = token_of(local, "password_reset")
    ask(signed_in)
    second = token_of(local, "password_reset")
    assert confirm(auth_client.browser(), first).status_code == 204
    assert signed_in.get("/api/profile").status_code == 401
    assert sign_in(signed_in).status_code == 401
    assert sign_in(signed_in, password=NEW).status_code == 201
    for used in (first, second):
        assert (confirm(auth_client.browser(), used).status_code) == 422


def test_a_link_is_void_after_the_password_was_changed_in_the_settings(
    signed_in: AppClient, local: Aws
) -> None:
    ask(signed_in)
    token = token_of(local, "password_reset")
    body = {"current": auth_client.PASSWORD, "new": "lantern-river-59"}
    assert signed_in.post("/api/profile/password", json=body).status_code == 204
    assert confirm(auth_client.browser(), token).json()["code"] == "token_invalid"


def test_a_weak_password_does_not_use_the_link_up(signed_in: AppClient, local: Aws) -> None:
    ask(signed_in)
    token = token_of(local, "password_reset")
    assert confirm(signed_in, token, "12345678").json()["code"] == "password_weak"
    assert confirm(signed_in, token).status_code == 204


def test_a_link_works_for_an_hour_and_no_link_serves_another_errand(client: AppClient, local: Aws) -> None:
    register(client, local)
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False) as clock:
        ask(client)
        token = token_of(local, "password_reset")
        for path in ("/api/auth/activations", "/api/profile/email-changes/confirm"):
            assert client.post(path, json={"token": token}).json()["code"] == "token_invalid"
        assert confirm(client, token[:-1]).json()["code"] == "token_invalid"
        clock.shift(3600)
        assert confirm(client, token).json()["code"] == "token_invalid"


def test_whoever_has_reset_the_password_is_let_in_during_a_siege(client: AppClient, local: Aws) -> None:
    register(client, local)
    for _ in range(12):
        sign_in(client, password="wrong")
    assert sign_in(client).status_code == 429
    ask(client)
    assert confirm(client, token_of(local, "password_reset")).status_code == 204
    assert sign_in(client, password=NEW).status_code == 201
