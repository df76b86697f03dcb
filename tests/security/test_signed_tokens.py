"""Every kind of signed token: expired, of another purpose, forged in each known way — refused plainly."""

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa

from cabinet import signed_tokens
from cabinet.signed_tokens import Purpose, TokenInvalid
from tests.support import auth_client
from tests.support.app_client import AppClient
from tests.support.auth_client import EMAIL, register, sign_in
from tests.support.aws import Aws

PURPOSES = [purpose for purpose in Purpose if purpose is not Purpose.CAPTCHA_ANSWER]
NOW = "2026-03-01T10:00:00Z"
MINUTE = timedelta(minutes=1)


def claims(purpose: Purpose) -> dict[str, Any]:
    return {"sub": "u", "aud": purpose.value, "iat": 1772359200, "exp": 1772359260}


def alg_none(purpose: Purpose) -> str:
    return jwt.encode(claims(purpose), "", algorithm="none")


def wrong_key(purpose: Purpose) -> str:
    return jwt.encode(claims(purpose), "x" * 32, algorithm="HS256")


def public_key_as_secret(purpose: Purpose) -> str:
    """RS256 by a key of the attacker's own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(claims(purpose), key, algorithm="RS256")


def another_hash(purpose: Purpose) -> str:
    return jwt.encode(claims(purpose), signed_tokens.signing_key(purpose), algorithm="HS512")


def without_expiry(purpose: Purpose) -> str:
    kept = {name: value for name, value in claims(purpose).items() if name != "exp"}
    return jwt.encode(kept, signed_tokens.signing_key(purpose), algorithm="HS256")


def wrong_audience(purpose: Purpose) -> str:
    return jwt.encode(
        claims(purpose) | {"aud": "another"}, signed_tokens.signing_key(purpose), algorithm="HS256"
    )


def altered(purpose: Purpose) -> str:
    head, body, signature = signed_tokens.sign(purpose, {"sub": "u"}, MINUTE).split(".")
    told = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = base64.urlsafe_b64encode(json.dumps(told | {"sub": "v"}).encode()).decode().rstrip("=")
    return f"{head}.{changed}.{signature}"


def truncated(purpose: Purpose) -> str:
    return signed_tokens.sign(purpose, {"sub": "u"}, MINUTE)[:-2]


def nothing(_: Purpose) -> str:
    return ""


def not_ascii(_: Purpose) -> str:
    return "ключ.от.квартиры"


FORGERIES = [
    alg_none, wrong_key, public_key_as_secret, another_hash, without_expiry, wrong_audience, altered,
    truncated, nothing, not_ascii,
]  # fmt: skip


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_forged_token_is_refused_for_every_purpose(aws: Aws, forge: Any) -> None:
    with time_machine.travel(NOW, tick=False):
        for purpose in PURPOSES:
            with pytest.raises(TokenInvalid):
                signed_tokens.verify(purpose, forge(purpose))


def test_a_token_serves_its_own_purpose_alone(aws: Aws) -> None:
    with time_machine.travel(NOW, tick=False):
        for purpose in PURPOSES:
            token = signed_tokens.sign(purpose, {"sub": "u"}, MINUTE)
            assert signed_tokens.verify(purpose, token)["sub"] == "u"
            for other in set(PURPOSES) - {purpose}:
                with pytest.raises(TokenInvalid):
                    signed_tokens.verify(other, token)


def test_a_token_ends_at_its_second(aws: Aws) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        made = {purpose: signed_tokens.sign(purpose, {}, MINUTE) for purpose in PURPOSES}
        clock.shift(59)
        assert all(signed_tokens.verify(purpose, token) for purpose, token in made.items())
        clock.shift(1)
        for purpose, token in made.items():
            with pytest.raises(TokenInvalid):
                signed_tokens.verify(purpose, token)


@pytest.mark.parametrize("forge", FORGERIES)
def test_forged_tokens_meet_a_plain_refusal_wherever_they_are_shown(client: AppClient, forge: Any) -> None:
    session = forge(Purpose.SESSION).encode("ascii", "ignore").decode()
    browser = auth_client.browser(Cookie=f"__Host-session={session}")
    assert browser.get("/api/profile").status_code == 401
    captcha = {"challenge": forge(Purpose.CAPTCHA) or "x", "answer": "12345"}
    refused = client.post("/api/auth/password-resets", json={"email": EMAIL, "captcha": captcha})
    assert (refused.status_code, refused.json()["code"]) == (422, "captcha_wrong")
    departed = forge(Purpose.ESIA_STATE).encode("ascii", "ignore").decode()
    state = "x" * 16
    returning = auth_client.browser(Cookie=f"__Host-esia-{state}={departed}")
    location = returning.get(f"/api/auth/esia/callback?code=x&state={state}").headers["location"]
    assert location == "/?error=esia_failed"


def test_the_session_of_one_user_does_not_open_another_users_cabinet(client: AppClient, local: Aws) -> None:
    """A genuine token names user and session together; mixing them needs our key."""
    register(client, local)
    register(client, local, email="olga@example.ru")
    sign_in(client)
    mine = signed_tokens.verify(Purpose.SESSION, client.cookies["__Host-session"])
    other = auth_client.browser()
    theirs_id = sign_in(other, "olga@example.ru").json()["user_id"]
    mixed = signed_tokens.sign(Purpose.SESSION, {"sub": theirs_id, "sid": mine["sid"]}, MINUTE)
    assert auth_client.browser(Cookie=f"__Host-session={mixed}").get("/api/profile").status_code == 401


def test_a_forged_device_cookie_gives_no_count_of_its_own(client: AppClient, local: Aws) -> None:
    register(client, local)
    for forge in FORGERIES:
        device = forge(Purpose.DEVICE).encode("ascii", "ignore").decode()
        found = sign_in(auth_client.browser(Cookie=f"__Host-device={device}"), password="wrong").status_code
    assert found == 422, "after three misses of the address a captcha is due, devices or not"


def test_opening_a_link_by_get_changes_nothing(client: AppClient, local: Aws) -> None:
    client.post("/api/auth/registrations", json=auth_client.form(client))
    token = auth_client.token_of(local, "activation")
    before = local.rows("USERS_TABLE")
    for path in (
        "/api/auth/activations", "/api/auth/password-resets/confirm", "/api/profile/email-changes/confirm",
    ):  # fmt: skip
        assert client.get(path, params={"token": token}).status_code in (404, 405)
    assert local.rows("USERS_TABLE") == before
    assert client.post("/api/auth/activations", json={"token": token}).status_code == 204
