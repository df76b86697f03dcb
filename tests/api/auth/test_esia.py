"""Госуслуги: signing in, linking, newcomers, and every answer that must not be believed."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import time_machine

from cabinet.identity.esia.settings import provider
from infra.simulators.esia.app import create_app
from infra.simulators.esia.keys import CLIENT_ID, Keys, new_pem, public_pem, secret
from tests.support import auth_client, loopback_server
from tests.support.app_client import AppClient
from tests.support.auth_client import EMAIL, PASSWORD, emails, register, sign_in, token_of
from tests.support.aws import Aws, clear_caches
from tests.support.identity_fixtures import rows

IVANOV, PETROVA, SIDOROV, KUZNETSOVA = (f"100030000{number}" for number in (1, 2, 3, 4))


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys(esia=new_pem(), cabinet=new_pem())


@pytest.fixture(scope="module")
def simulator(keys: Keys) -> Iterator[str]:
    """The simulator on a free port of loopback."""
    with loopback_server.serving(create_app(keys)) as origin:
        yield origin


@pytest.fixture
def esia(local: Aws, simulator: str, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> str:
    """The cabinet knows the simulator."""
    local.client("secretsmanager").create_secret(Name="cabinet/esia", SecretString=secret(keys))
    for name, value in {
        "ESIA_URL": simulator, "ESIA_CLIENT_ID": CLIENT_ID, "ESIA_SECRETS": "cabinet/esia",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    clear_caches()
    httpx.post(f"{simulator}/faults", json={"faults": []})
    return simulator


def test_a_secret_that_could_not_be_read_once_does_not_switch_the_way_in_off(
    esia: str, keys: Keys, local: Aws
) -> None:
    secrets = local.client("secretsmanager")
    secrets.delete_secret(SecretId="cabinet/esia", ForceDeleteWithoutRecovery=True)
    assert provider() is None
    secrets.create_secret(Name="cabinet/esia", SecretString=secret(keys))
    assert provider() is not None
    assert provider() is provider()


def leave_for_esia(client: AppClient, path: str = "login") -> dict[str, str]:
    """Go to the sign-in page there and return what it was asked."""
    away = client.get(f"/api/auth/esia/{path}")
    assert away.status_code == 302, away.text
    page = httpx.get(away.headers["location"])
    assert page.status_code == 200, page.text
    assert "имитация" in page.text
    return {name: values[0] for name, values in parse_qs(urlsplit(away.headers["location"]).query).items()}


def way_back(simulator: str, asked: dict[str, str], oid: str) -> str:
    """Choose whom to be and return the path to which the browser is sent back."""
    back = httpx.post(f"{simulator}/aas/oauth2/v2/enter", data=asked | {"oid": oid})
    there = urlsplit(back.headers["location"])
    return f"{there.path}?{there.query}"


def return_as(client: AppClient, simulator: str, oid: str, path: str = "login") -> Any:
    return client.get(way_back(simulator, leave_for_esia(client, path), oid))


def departures(client: AppClient) -> dict[str, str]:
    """The cookies of windows that have left and not returned yet."""
    return {name: value for name, value in client.cookies.items() if name.startswith("__Host-esia-")}


def error_of(answer: Any) -> str:
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)["error"][0]


def agree(client: AppClient) -> Any:
    version = client.get("/api/auth/consent").json()["version"]
    return client.post("/api/auth/esia/registrations", json={"consent": {"version": version}})


def test_a_newcomer_agrees_first_and_then_has_a_cabinet(client: AppClient, local: Aws, esia: str) -> None:
    back = return_as(client, esia, IVANOV)
    assert back.headers["location"] == "/esia-consent"
    assert rows(local, "PROFILE") == []
    shown = client.get("/api/auth/esia/registrations/current").json()
    assert shown == {"email": "ivanov.esia@example.ru", "phone": "+79127654321"}
    assert agree(client).status_code == 201
    profile = client.get("/api/profile").json()
    assert (profile["esia_linked"], profile["has_password"]) == (True, False)
    assert rows(local, "AGREED#")[0]["address"] == "198.51.100.7"
    again = auth_client.browser()
    assert return_as(again, esia, IVANOV).headers["location"] == "/"
    assert again.get("/api/profile").json()["user_id"] == profile["user_id"]


def test_a_newcomer_must_agree_to_the_text_in_force_and_only_once(client: AppClient, esia: str) -> None:
    return_as(client, esia, PETROVA)
    outdated = {"consent": {"version": "1999"}}
    assert client.post("/api/auth/esia/registrations", json=outdated).json()["code"] == "consent_outdated"
    newcomer = client.cookies["__Host-newcomer"]
    assert agree(client).status_code == 201
    client.cookies.set("__Host-newcomer", newcomer)
    assert agree(client).json()["code"] == "token_invalid"


def test_a_cabinet_without_address_keeps_its_only_way_in(client: AppClient, esia: str) -> None:
    return_as(client, esia, PETROVA)
    agree(client)
    assert client.get("/api/profile").json()["email"] is None
    assert client.delete("/api/profile/esia").json()["code"] == "last_sign_in_method"


def test_esia_only_user_can_set_email_and_delete_account(client: AppClient, local: Aws, esia: str) -> None:
    return_as(client, esia, PETROVA)
    agree(client)
    assert client.post("/api/profile/email-changes", json={"email": EMAIL}).status_code == 202
    assert client.post(
        "/api/profile/email-changes/confirm", json={"token": token_of(local, "email_change")}
    ).status_code == 204  # fmt: skip
    assert client.post("/api/profile/password", json={"new": PASSWORD}).status_code == 204
    assert sign_in(auth_client.browser()).status_code == 201
    assert client.delete("/api/profile/esia").status_code == 204
    assert client.request("DELETE", "/api/profile", json={"password": PASSWORD}).status_code == 204


def test_a_linked_account_signs_in_and_an_unlinked_one_does_not(
    signed_in: AppClient, local: Aws, esia: str
) -> None:
    back = return_as(signed_in, esia, IVANOV, "link")
    assert back.headers["location"] == "/settings?esia=linked"
    assert signed_in.get("/api/profile").json()["esia_linked"] is True
    assert emails(local, EMAIL)[-1]["params"]["what"] == "Привязана учётная запись Госуслуг."
    other = auth_client.browser()
    return_as(other, esia, IVANOV)
    assert other.get("/api/profile").json()["email"] == EMAIL
    assert signed_in.delete("/api/profile/esia").status_code == 204
    stranger = auth_client.browser()
    assert return_as(stranger, esia, IVANOV).headers["location"] == "/esia-consent"


def test_one_account_of_esia_opens_one_cabinet(signed_in: AppClient, local: Aws, esia: str) -> None:
    return_as(signed_in, esia, IVANOV, "link")
    other = auth_client.browser()
    register(other, local, email="olga@example.ru")
    sign_in(other, "olga@example.ru")
    assert error_of(return_as(other, esia, IVANOV, "link")) == "esia_taken"
    assert error_of(return_as(signed_in, esia, PETROVA, "link")) == "esia_taken"


def test_linking_needs_the_session_from_which_it_began(signed_in: AppClient, esia: str) -> None:
    assert auth_client.browser().get("/api/auth/esia/link").status_code == 401
    asked = leave_for_esia(signed_in, "link")
    signed_in.delete("/api/auth/sessions/current")
    assert error_of(signed_in.get(way_back(esia, asked, IVANOV))) == "unauthenticated"


def test_an_address_that_has_a_cabinet_is_never_merged(client: AppClient, local: Aws, esia: str) -> None:
    register(client, local, email="ivanov.esia@example.ru")
    assert error_of(return_as(client, esia, IVANOV)) == "email_taken"


def test_a_rival_registration_of_the_email_wins_over_the_consent(
    client: AppClient, local: Aws, esia: str
) -> None:
    return_as(client, esia, IVANOV)
    register(auth_client.browser(), local, email="ivanov.esia@example.ru")
    assert agree(client).json()["code"] == "email_taken"
    assert len(rows(local, "PROFILE")) == 1


@pytest.mark.parametrize(
    ("oid", "error"), [(SIDOROV, "esia_not_trusted"), (KUZNETSOVA, "esia_email_not_trusted")]
)
def test_unconfirmed_people_and_addresses_are_refused(
    client: AppClient, esia: str, oid: str, error: str
) -> None:
    assert error_of(return_as(client, esia, oid)) == error


def test_whoever_changes_their_mind_comes_back_as_they_were(client: AppClient, esia: str) -> None:
    assert error_of(return_as(client, esia, "")) == "esia_denied"


@pytest.mark.parametrize(
    "fault",
    ["nonce", "audience", "issuer", "expired", "foreign_key", "algorithm_none", "no_oid"],
)
def test_an_id_token_that_is_wrong_in_anything_is_refused(client: AppClient, esia: str, fault: str) -> None:
    assert httpx.post(f"{esia}/faults", json={"faults": [fault]}).status_code == 200
    assert error_of(return_as(client, esia, IVANOV)) == "esia_failed"
    assert client.get("/api/profile").status_code == 401


def test_a_silent_provider_is_told_apart(client: AppClient, esia: str) -> None:
    httpx.post(f"{esia}/faults", json={"faults": ["silent"]})
    assert error_of(return_as(client, esia, IVANOV)) == "esia_unavailable"


def test_a_return_without_the_cookie_with_another_state_or_twice_is_refused(
    client: AppClient, esia: str
) -> None:
    back = way_back(esia, leave_for_esia(client), IVANOV)
    assert error_of(auth_client.browser().get(back)) == "esia_failed"
    (departed,) = departures(client).items()
    assert error_of(client.get(back.replace("state=", "state=x"))) == "esia_failed"
    # The beginning of the state finds the cookie; the whole of it must match.
    assert error_of(client.get(re.sub(r"(state=[\w-]{16})[\w-]*", r"\1", back))) == "esia_failed"
    client.cookies.set(*departed)
    assert client.get(back).headers["location"] == "/esia-consent"
    client.cookies.set(*departed)
    assert error_of(client.get(back)) == "esia_failed"


@pytest.mark.parametrize("first_back", [0, 1])
def test_two_windows_may_both_return(signed_in: AppClient, esia: str, first_back: int) -> None:
    """One links, the other signs in; whichever returns first leaves the other its cookie."""
    ways = [way_back(esia, leave_for_esia(signed_in, path), IVANOV) for path in ("link", "login")]
    assert len(departures(signed_in)) == 2
    there = [signed_in.get(ways[first_back]), signed_in.get(ways[1 - first_back])]
    assert departures(signed_in) == {}
    met = {answer.headers["location"] for answer in there}
    # Before the link this account of Госуслуги is a newcomer.
    assert met == (
        {"/settings?esia=linked", "/"} if first_back == 0 else {"/esia-consent", "/settings?esia=linked"}
    )


@pytest.mark.parametrize("stray", ["", "state=another", "code=x&state=another", "error=access_denied&state="])
def test_stale_return_keeps_newer_state_cookie(client: AppClient, esia: str, stray: str) -> None:
    older = way_back(esia, leave_for_esia(client), IVANOV)
    (gone,) = departures(client)
    client.cookies.delete(gone)
    newer = way_back(esia, leave_for_esia(client), IVANOV)
    assert error_of(client.get(f"/api/auth/esia/callback?{stray}")) == "esia_failed"
    assert error_of(client.get(older)) == "esia_failed"
    assert client.get(newer).headers["location"] == "/esia-consent"


def test_windows_that_never_return_make_room_for_later_ones(client: AppClient, esia: str) -> None:
    with time_machine.travel(time.time(), tick=False) as clock:
        asked = []
        for _ in range(7):
            asked.append(leave_for_esia(client))
            clock.shift(1)
        assert len(departures(client)) == 4
        assert error_of(client.get(way_back(esia, asked[2], IVANOV))) == "esia_failed"
        assert client.get(way_back(esia, asked[3], IVANOV)).headers["location"] == "/esia-consent"


def test_cookies_of_no_departure_are_no_trouble(esia: str) -> None:
    odd = "; ".join(f"__Host-esia-{name}=x" for name in ("a b", "", "x" * 16, "(" * 16))
    browser = auth_client.browser(Cookie=odd)
    assert browser.get("/api/auth/esia/login").headers["location"].startswith(esia)
    assert error_of(browser.get("/api/auth/esia/callback?state=((((((((((((((((")) == "esia_failed"


def test_the_secret_may_hold_the_old_and_the_new_key(
    client: AppClient, esia: str, keys: Keys, local: Aws
) -> None:
    told = json.loads(secret(keys))
    both = public_pem(keys.cabinet) + told["id_token_key"]
    local.client("secretsmanager").create_secret(
        Name="cabinet/esia-both", SecretString=json.dumps(told | {"id_token_key": both})
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ESIA_SECRETS", "cabinet/esia-both")
        clear_caches()
        assert return_as(client, esia, IVANOV).headers["location"] == "/esia-consent"


def test_a_code_is_good_once_even_for_another_departure(client: AppClient, esia: str) -> None:
    first = parse_qs(urlsplit(way_back(esia, leave_for_esia(client), IVANOV)).query)["code"][0]
    second = leave_for_esia(client)
    # A stolen code in another browser's return: PKCE and the nonce do not match.
    answer = client.get(f"/api/auth/esia/callback?code={first}&state={second['state']}")
    assert error_of(answer) == "esia_failed"


def test_without_settings_the_way_in_is_off(client: AppClient) -> None:
    assert error_of(client.get("/api/auth/esia/login")) == "esia_unavailable"


def test_who_leaves_too_often_comes_back_to_the_site_with_a_word(
    client: AppClient, esia: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cabinet import limits

    monkeypatch.setattr(limits, "ESIA_BY_IP", replace(limits.ESIA_BY_IP, count=1))
    assert client.get("/api/auth/esia/login").headers["location"].startswith(esia)
    assert error_of(client.get("/api/auth/esia/login")) == "too_many_requests"


def test_leaving_frees_the_account_of_esia(client: AppClient, local: Aws, esia: str) -> None:
    return_as(client, esia, PETROVA)
    agree(client)
    assert client.request("DELETE", "/api/profile", json={}).status_code == 204
    assert not [row for row in rows(local) if row["pk"].startswith("ESIA#")]
    assert return_as(auth_client.browser(), esia, PETROVA).headers["location"] == "/esia-consent"


def test_a_sign_in_under_way_does_not_outrun_the_unlinking(
    signed_in: AppClient, local: Aws, esia: str
) -> None:
    from cabinet.aws import dynamo

    return_as(signed_in, esia, IVANOV, "link")
    thief = auth_client.browser()
    back = way_back(esia, leave_for_esia(thief), IVANOV)
    waiting = [signed_in]

    def unlink(params: dict[str, object], **_: object) -> None:
        if waiting and "next_entries" in str(params):
            assert waiting.pop().delete("/api/profile/esia").status_code == 204

    events = dynamo.dynamodb_client().meta.events
    events.register("before-call.dynamodb.TransactWriteItems", unlink)
    try:
        assert error_of(thief.get(back)) == "bad_credentials"
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", unlink)
    assert not waiting
    assert thief.get("/api/profile").status_code == 401
