"""Identity under rivals, on a local AWS whose transactions are real: each key turns once."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from cabinet import limits
from cabinet.core import clock
from cabinet.identity import consent
from tests.support import auth_client
from tests.support.app_client import AppClient
from tests.support.auth_client import EMAIL, PASSWORD, form, register, sign_in, solved, token_of
from tests.support.aws import clear_caches
from tests.support.local_aws import LocalAws

RIVALS = 20
NEW = "lantern-river-58"


@pytest.fixture
def local(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    """The local AWS with the local stack's settings and cheap passwords."""
    cheap = {"LOCAL_STACK": "true", "ARGON2_MEMORY_KIB": "64", "ARGON2_PASSES": "1"}
    for name, value in cheap.items():
        monkeypatch.setenv(name, value)
    clear_caches()
    # Rivals that straddle the end of a window would be counted in two.
    genuine = clock.now
    left = timedelta(seconds=300 - clock.epoch(genuine()) % 300)
    ahead = left if left < timedelta(seconds=20) else timedelta()
    monkeypatch.setattr(clock, "now", lambda: genuine() + ahead)
    return local_aws


@pytest.fixture
def client(local: LocalAws) -> AppClient:
    return auth_client.browser()


def race(act: Callable[[int], Any], rivals: int = RIVALS) -> Counter[int]:
    """Run `act` by rivals that start together and count the answers' statuses."""
    gate = threading.Barrier(rivals)

    def run(number: int) -> int:
        gate.wait()
        return int(act(number).status_code)

    with ThreadPoolExecutor(rivals) as pool:
        return Counter(pool.map(run, range(rivals)))


def rows(aws: LocalAws, prefix: str) -> list[dict[str, Any]]:
    return [row for row in aws.table("USERS_TABLE").scan()["Items"] if row["sk"].startswith(prefix)]


@contextmanager
def before_first_transaction(act: Callable[[], Any]) -> Iterator[None]:
    """Run a rival once, just before the next transaction leaves the process."""
    from cabinet.aws import dynamo

    events, waiting = dynamo.dynamodb_client().meta.events, [act]

    def interrupt(**_: Any) -> None:
        if waiting:
            waiting.pop()()

    events.register("before-call.dynamodb.TransactWriteItems", interrupt, unique_id="rival")
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", unique_id="rival")
    assert not waiting, "no transaction was made"


def test_an_activation_link_that_is_raced_makes_one_user(client: AppClient, local: LocalAws) -> None:
    client.post("/api/auth/registrations", json=form(client))
    token = token_of(local, "activation")
    found = race(lambda _: auth_client.browser().post("/api/auth/activations", json={"token": token}))
    assert found == {204: 1, 422: RIVALS - 1}
    assert len(rows(local, "PROFILE")) == 1


def test_of_links_of_one_address_raced_one_makes_a_user(client: AppClient, local: LocalAws) -> None:
    tokens = []
    for _ in range(3):
        client.post("/api/auth/registrations", json=form(client))
        tokens.append(token_of(local, "activation"))
    found = race(
        lambda number: auth_client.browser().post("/api/auth/activations", json={"token": tokens[number % 3]})
    )
    assert found[204] == 1
    assert sum(found.values()) - 1 == found[422] + found[409]
    assert len(rows(local, "PROFILE")) == 1


def test_a_captcha_that_is_raced_serves_one_request(client: AppClient, local: LocalAws) -> None:
    captcha = solved(client)
    body = {"email": EMAIL, "captcha": captcha}
    assert race(lambda _: auth_client.browser().post("/api/auth/password-resets", json=body)) == {
        202: 1, 422: RIVALS - 1,
    }  # fmt: skip


def test_a_password_link_that_is_raced_sets_one_password(client: AppClient, local: LocalAws) -> None:
    register(client, local)
    client.post("/api/auth/password-resets", json={"email": EMAIL, "captcha": solved(client)})
    token = token_of(local, "password_reset")

    def confirm(number: int) -> Any:
        body = {"token": token, "password": f"{NEW}-{number}"}
        return auth_client.browser().post("/api/auth/password-resets/confirm", json=body)

    assert race(confirm) == {204: 1, 422: RIVALS - 1}
    assert rows(local, "PROFILE")[0]["credentials"] == 1


def test_an_email_link_that_is_raced_changes_the_address_once(client: AppClient, local: LocalAws) -> None:
    register(client, local)
    sign_in(client)
    client.post("/api/profile/email-changes", json={"email": "new@example.ru", "password": PASSWORD})
    body = {"token": token_of(local, "email_change")}
    found = race(lambda _: auth_client.browser().post("/api/profile/email-changes/confirm", json=body))
    assert found == {204: 1, 422: RIVALS - 1}
    owners = [row for row in rows(local, "OWNER") if row["pk"].startswith("EMAIL#")]
    assert [row["pk"] for row in owners] == ["EMAIL#new@example.ru"]


def test_two_links_void_each_other_when_they_are_raced(client: AppClient, local: LocalAws) -> None:
    register(client, local)
    sign_in(client)
    client.post("/api/profile/email-changes", json={"email": "new@example.ru", "password": PASSWORD})
    client.post("/api/auth/password-resets", json={"email": EMAIL, "captcha": solved(client)})
    email, reset = token_of(local, "email_change"), token_of(local, "password_reset")

    def follow(number: int) -> Any:
        if number % 2:
            return auth_client.browser().post("/api/profile/email-changes/confirm", json={"token": email})
        body = {"token": reset, "password": NEW}
        return auth_client.browser().post("/api/auth/password-resets/confirm", json=body)

    assert race(follow) == {204: 1, 422: RIVALS - 1}


def test_rival_sign_ins_all_enter_and_keep_to_the_most_devices(client: AppClient, local: LocalAws) -> None:
    from cabinet.identity.session_start import MAX_SESSIONS

    register(client, local)
    sign_in(client)
    device = client.cookies["__Host-device"]

    def enter(_: int) -> Any:
        browser = auth_client.browser()
        browser.cookies.set("__Host-device", device)
        return sign_in(browser)

    # Never more at once than the device's limit leaves beside those that stay counted; who meets too many
    # rivals is asked to come again.
    rivals = limits.SIGN_IN_BY_DEVICE.count - limits.COUNTED_SUCCESSES_BY_DEVICE
    found = sum((race(enter, rivals) for _ in range(4)), Counter())
    assert found[201] + found[503] == 4 * rivals
    assert found[201] > MAX_SESSIONS
    assert len(rows(local, "SESSION#")) == MAX_SESSIONS


def test_parallel_guesses_are_all_counted(client: AppClient, local: LocalAws) -> None:
    register(client, local)
    found = race(lambda _: sign_in(auth_client.browser(), password="wrong"))
    assert found[401] == 3
    assert found[422] == 7
    assert found[429] == 10


def test_a_sign_in_that_slips_in_before_a_password_change_is_ended_by_it(
    client: AppClient, local: LocalAws
) -> None:
    register(client, local)
    sign_in(client)
    thief = auth_client.browser()
    with before_first_transaction(lambda: sign_in(thief)):
        body = {"current": PASSWORD, "new": NEW}
        assert client.post("/api/profile/password", json=body).status_code == 204
    assert "__Host-session" in thief.cookies
    assert thief.get("/api/profile").status_code == 401
    assert client.get("/api/profile").status_code == 200


def test_a_password_change_that_slips_in_before_a_sign_in_refuses_it(
    client: AppClient, local: LocalAws
) -> None:
    register(client, local)
    sign_in(client)
    thief = auth_client.browser()

    def change() -> None:
        client.post("/api/profile/password", json={"current": PASSWORD, "new": NEW})

    with before_first_transaction(change):
        assert sign_in(thief).status_code == 401
    assert len(rows(local, "SESSION#")) == 1


def test_leaving_against_a_rival_sign_in_leaves_nothing(client: AppClient, local: LocalAws) -> None:
    register(client, local)
    sign_in(client)
    rival = auth_client.browser()
    with before_first_transaction(lambda: sign_in(rival)):
        answer = client.request("DELETE", "/api/profile", json={"password": PASSWORD})
        assert answer.status_code == 204
    assert rival.get("/api/profile").status_code == 401
    kept = {row["sk"] for row in rows(local, "") if row["pk"].startswith("USER#")}
    assert kept == {f"AGREED#{consent.VERSION}"}


def test_a_lost_answer_of_an_activation_is_no_failure(client: AppClient, local: LocalAws) -> None:
    from cabinet.aws import dynamo

    client.post("/api/auth/registrations", json=form(client))
    lost = iter([True])

    events = dynamo.dynamodb_client().meta.events
    events.register("needs-retry.dynamodb.TransactWriteItems", _retry_once(lost), unique_id="lost")
    try:
        answer = client.post("/api/auth/activations", json={"token": token_of(local, "activation")})
    finally:
        events.unregister("needs-retry.dynamodb.TransactWriteItems", unique_id="lost")
    assert answer.status_code == 204
    assert next(lost, None) is None
    assert len(rows(local, "PROFILE")) == 1


def _retry_once(lost: Iterator[bool]) -> Callable[..., float | None]:
    """Make botocore send the call again although it was done: what it does when an answer is lost."""

    def again(**_: Any) -> float | None:
        return 0 if next(lost, False) else None

    return again
