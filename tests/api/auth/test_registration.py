"""Registration: the form, the link, the addresses that are taken."""

import base64
import hashlib
import io
import uuid
import wave
from typing import Any

import pytest
import time_machine

from cabinet import limits
from cabinet.core.errors import ServiceUnavailable
from cabinet.identity import registration_browser
from tests.support import auth_client
from tests.support.app_client import AppClient
from tests.support.auth_client import EMAIL, PASSWORD, emails, form, register, sign_in, solved, token_of
from tests.support.aws import Aws


def codes(answer: Any) -> set[str]:
    return {error["code"] for error in answer.json()["errors"]}


def users(aws: Aws) -> list[dict[str, Any]]:
    return [row for row in aws.rows("USERS_TABLE") if row["sk"] == "PROFILE"]


def test_the_consent_is_shown_with_the_hash_of_its_text(client: AppClient) -> None:
    shown = client.get("/api/auth/consent").json()
    assert hashlib.sha256(shown["text"].encode()).hexdigest() == shown["sha256"]
    assert "персональных данных" in shown["title"]


@pytest.mark.parametrize(("set_to", "shown"), [(None, False), ("false", False), ("true", True)])
def test_the_password_is_asked_twice_where_the_installation_wants_it(
    client: AppClient, monkeypatch: pytest.MonkeyPatch, set_to: str | None, shown: bool
) -> None:
    if set_to is not None:
        monkeypatch.setenv("REPEAT_PASSWORD", set_to)
    assert client.get("/api/auth/consent").json()["repeat_password"] is shown


def test_a_captcha_can_be_seen_and_heard(client: AppClient) -> None:
    made = client.post("/api/auth/captchas")
    assert made.status_code == 201
    image = base64.b64decode(made.json()["image"].removeprefix("data:image/png;base64,"))
    assert image.startswith(b"\x89PNG")
    sound = base64.b64decode(made.json()["audio"].removeprefix("data:audio/wav;base64,"))
    with wave.open(io.BytesIO(sound)) as voice:
        assert 2 < voice.getnframes() / voice.getframerate() < 60
    assert "12345" not in made.json()["challenge"]


def test_a_resident_registers_activates_and_signs_in(client: AppClient, local: Aws) -> None:
    assert client.post("/api/auth/registrations", json=form(client)).status_code == 202
    assert users(local) == []
    answer = auth_client.browser().post("/api/auth/activations", json=followed(local))
    assert answer.status_code == 204
    assert answer.headers.get_list("set-cookie") == [], "another device is let in by the password alone"
    signed_in = sign_in(client)
    assert signed_in.status_code == 201
    assert signed_in.json()["email"] == EMAIL
    assert users(local)[0]["phone"] == "+79001234567"
    cookie = signed_in.headers["set-cookie"]
    assert "__Host-session=" in cookie
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()


def followed(aws: Aws) -> dict[str, str]:
    """The body of a link that is followed."""
    return {"token": token_of(aws, "activation")}


def names_of(client: AppClient) -> set[str]:
    return {cookie.name for cookie in client.cookies.jar}


def test_the_link_signs_in_where_the_form_was_filled_in(client: AppClient, local: Aws) -> None:
    client.post("/api/auth/registrations", json=form(client))
    assert names_of(client) == {"__Host-registered"}
    answer = client.post("/api/auth/activations", json=followed(local))
    assert (answer.status_code, answer.content) == (204, b"")
    assert names_of(client) == {"__Host-session", "__Host-device"}
    assert client.get("/api/profile").json()["email"] == EMAIL
    assert len(client.get("/api/profile/sessions").json()["items"]) == 1


def test_the_registrations_cookie_opens_nothing_by_itself(client: AppClient, local: Aws) -> None:
    client.post("/api/auth/registrations", json=form(client))
    auth_client.browser().post("/api/auth/activations", json=followed(local))
    assert client.post("/api/auth/activations", json=followed(local)).status_code == 422
    assert client.get("/api/profile").status_code == 401


def test_anothers_link_signs_nobody_in(client: AppClient, local: Aws) -> None:
    client.post("/api/auth/registrations", json=form(client))
    stranger = auth_client.browser()
    stranger.post("/api/auth/registrations", json=form(stranger, email="stranger@example.ru"))
    theirs = token_of(local, "activation", "stranger@example.ru")
    assert client.post("/api/auth/activations", json={"token": theirs}).status_code == 204
    assert client.get("/api/profile").status_code == 401


def test_after_a_day_the_link_signs_nobody_in(client: AppClient, local: Aws) -> None:
    with time_machine.travel("2026-03-01T09:00:00Z", tick=False) as now:
        client.post("/api/auth/registrations", json=form(client))
        kept = client.cookies["__Host-registered"]
        now.shift(24 * 3600)
        late = client.post(
            "/api/auth/activations", json=followed(local), headers={"Cookie": f"__Host-registered={kept}"}
        )
        assert late.status_code == 204
        assert not any(each.startswith("__Host-session") for each in late.headers.get_list("set-cookie"))


def test_a_link_followed_in_an_open_cabinet_leaves_its_session(client: AppClient, local: Aws) -> None:
    auth_client.register(client, local)
    sign_in(client)
    other = form(client, email="second@example.ru", phone="+7 900 123-45-68")
    client.post("/api/auth/registrations", json=other)
    link = {"token": token_of(local, "activation", "second@example.ru")}
    assert client.post("/api/auth/activations", json=link).status_code == 204
    assert client.get("/api/profile").json()["email"] == EMAIL


def test_who_cannot_be_let_in_at_once_has_a_cabinet_all_the_same(
    client: AppClient, local: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ServiceUnavailable

    client.post("/api/auth/registrations", json=form(client))
    with monkeypatch.context() as patched:
        patched.setattr(registration_browser, "start_session", refuse)
        assert client.post("/api/auth/activations", json=followed(local)).status_code == 204
    assert client.get("/api/profile").status_code == 401
    assert sign_in(client).status_code == 201


def test_the_consent_is_recorded_with_hash_version_time_and_address(client: AppClient, local: Aws) -> None:
    register(client, local)
    shown = client.get("/api/auth/consent").json()
    rows = local.rows("USERS_TABLE")
    (record,) = [row for row in rows if row["sk"].startswith("AGREED#")]
    assert (record["text_sha256"], record["version"]) == (shown["sha256"], shown["version"])
    assert record["address"] == "198.51.100.7"
    assert record["agreed_at"]


def test_unactivated_sign_in_reveals_state_only_to_right_password(
    client: AppClient,
) -> None:
    client.post("/api/auth/registrations", json=form(client))
    right, wrong = sign_in(client), sign_in(client, password="another-password")
    assert (right.status_code, right.json()["code"]) == (403, "not_activated")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "bad_credentials")


def test_a_taken_address_is_told_in_the_manuals_words_however_it_is_spelt(
    client: AppClient, local: Aws
) -> None:
    register(client, local)
    answer = client.post("/api/auth/registrations", json=form(client, email="Ivan.PETROV@Example.RU"))
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    assert answer.json()["detail"] == "Пользователь с таким email уже существует"


def test_of_two_registrations_the_last_alone_can_be_activated(client: AppClient, local: Aws) -> None:
    client.post("/api/auth/registrations", json=form(client, password="the-first-password"))
    first = token_of(local, "activation")
    client.post("/api/auth/registrations", json=form(client))
    assert client.post("/api/auth/activations", json={"token": first}).status_code == 422
    last = token_of(local, "activation")
    assert client.post("/api/auth/activations", json={"token": last}).status_code == 204
    assert sign_in(client, password="the-first-password").status_code == 401
    assert sign_in(client).status_code == 201


def test_a_link_works_once_and_two_days_long(client: AppClient, local: Aws) -> None:
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False) as clock:
        client.post("/api/auth/registrations", json=form(client))
        token = token_of(local, "activation")
        clock.shift(48 * 3600)
        late = client.post("/api/auth/activations", json={"token": token})
        assert (late.status_code, late.json()["code"]) == (422, "token_invalid")
    register(client, local)
    again = client.post("/api/auth/activations", json={"token": token_of(local, "activation")})
    assert (again.status_code, again.json()["code"]) == (422, "token_invalid")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"email": "not an address"}, "email_invalid"),
        ({"password": "gfhjkm12"}, "password_weak"),
        ({"phone": "12"}, "phone_invalid"),
        ({"consent": {"version": "1999"}}, "consent_outdated"),
    ],
)
def test_a_wrong_field_is_named(client: AppClient, changed: dict[str, Any], code: str) -> None:
    answer = client.post("/api/auth/registrations", json=form(client) | changed)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_all_wrong_fields_are_named_at_once(client: AppClient) -> None:
    wrong = {"email": "x", "password": "y", "phone": "z", "consent": {"version": "1"}}
    answer = client.post("/api/auth/registrations", json=form(client) | wrong)
    assert codes(answer) == {"email_invalid", "password_weak", "phone_invalid", "consent_outdated"}


def test_a_captcha_is_good_for_one_try_right_or_wrong(client: AppClient, local: Aws) -> None:
    captcha = solved(client)
    wrong = client.post("/api/auth/registrations", json=form(client, captcha=captcha | {"answer": "54321"}))
    assert codes(wrong) == {"captcha_wrong"}
    assert codes(client.post("/api/auth/registrations", json=form(client, captcha=captcha))) == {
        "captcha_wrong"
    }
    assert emails(local) == []


def test_a_captcha_is_good_for_five_minutes(client: AppClient) -> None:
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False) as clock:
        filled = form(client)
        clock.shift(300)
        assert codes(client.post("/api/auth/registrations", json=filled)) == {"captcha_wrong"}


def forms_without_captcha(client: AppClient, count: int, **changed: Any) -> list[Any]:
    """Answers to forms of different people that have no captcha."""
    bodies = [form(client, email=f"{uuid.uuid4().hex}@example.ru", **changed) for _ in range(count)]
    for body in bodies:
        del body["captcha"]
    return [client.post("/api/auth/registrations", json=body) for body in bodies]


@pytest.mark.parametrize(
    ("changed", "told"), [({}, 202), ({"phone": "1"}, 422), ({"consent": {"version": "0"}}, 422)]
)
def test_a_captcha_is_due_after_three_forms_of_a_network(
    client: AppClient, local: Aws, changed: dict[str, Any], told: int
) -> None:
    answers = forms_without_captcha(client, limits.REGISTRATIONS_BY_IP_BEFORE_CAPTCHA, **changed)
    assert {answer.status_code for answer in answers} == {told}
    (refused,) = forms_without_captcha(client, 1)
    assert refused.status_code == 422
    assert codes(refused) == {"captcha_required"}
    assert client.post("/api/auth/registrations", json=form(client)).status_code == 202
    elsewhere = auth_client.browser(**{"X-Forwarded-For": "203.0.113.5"})
    assert forms_without_captcha(elsewhere, 1)[0].status_code == 202


def test_a_captcha_is_due_from_everybody_while_forms_without_one_are_many(
    client: AppClient, local: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SHARDS", 1)
    most = limits.CAPTCHA_AFTER_TOTAL_REGISTRATIONS.count
    networks = [auth_client.browser(**{"X-Forwarded-For": f"203.0.113.{nth}"}) for nth in range(most + 1)]
    answers = [forms_without_captcha(network, 1)[0] for network in networks]
    assert [answer.status_code for answer in answers] == [202] * most + [422]
    assert codes(answers[-1]) == {"captcha_required"}
    assert networks[-1].post("/api/auth/registrations", json=form(networks[-1])).status_code == 202


@pytest.mark.parametrize(("set_to", "told"), [("true", 422), ("false", 202)])
def test_a_captcha_is_due_at_once_where_the_installation_wants_it(
    client: AppClient, local: Aws, monkeypatch: pytest.MonkeyPatch, set_to: str, told: int
) -> None:
    monkeypatch.setenv("CAPTCHA_AT_REGISTRATION", set_to)
    assert client.get("/api/auth/consent").json()["captcha_at_registration"] is (set_to == "true")
    (answer,) = forms_without_captcha(client, 1)
    assert answer.status_code == told


def test_a_wrong_captcha_is_refused_though_none_was_due(client: AppClient, local: Aws) -> None:
    wrong = form(client) | {"captcha": solved(client) | {"answer": "00000"}}
    assert codes(client.post("/api/auth/registrations", json=wrong)) == {"captcha_wrong"}
    assert emails(local) == []


def test_a_registration_costs_the_address_its_limit(client: AppClient) -> None:
    filled, most = form(client, email="x", phone="x"), limits.REGISTRATION_BY_IP.count
    answers = [client.post("/api/auth/registrations", json=filled) for _ in range(most + 1)]
    assert [answer.status_code for answer in answers] == [422] * most + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


def test_signing_out_ends_the_session_at_once(client: AppClient, local: Aws) -> None:
    register(client, local)
    sign_in(client)
    cookies = dict(client.cookies)
    assert client.delete("/api/auth/sessions/current").status_code == 204
    again = auth_client.browser()
    again.cookies.update(cookies)
    assert again.delete("/api/auth/sessions/current").status_code == 401
    assert PASSWORD
