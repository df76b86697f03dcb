"""Ten thousand guesses; and whether the work of an answer tells who has a cabinet."""

import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import argon2
import pytest

from cabinet import limits
from cabinet.aws import dynamo, queues
from cabinet.aws.dynamo.serialization import serialize_item
from cabinet.core import clock
from cabinet.core.errors import DomainError
from cabinet.identity import passwords, trusted_devices
from cabinet.identity.session_start import ClientInfo
from cabinet.identity.sign_in import SignInAttempt, sign_in
from tests.support import auth_client
from tests.support.app_client import AppClient
from tests.support.aws import Aws, clear_caches
from tests.support.fake_dynamo import Memory

GUESSES = 10_000
KNOWN = [f"known{number}@example.ru" for number in range(20)]
UNKNOWN = [f"unknown{number}@example.ru" for number in range(180)]


def add_user(aws: Aws, email: str) -> str:
    """A user who is simply there."""
    user_id = email.split("@", 1)[0]
    table = aws.table("USERS_TABLE")
    table.put_item(Item={"pk": f"EMAIL#{email}", "sk": "OWNER", "user_id": user_id})
    profile = {
        "user_id": user_id,
        "email": email,
        "password_hash": passwords.hash_password(auth_client.PASSWORD),
    }
    profile |= {"credentials": 0, "entries": 1, "reset_tokens": []}
    table.put_item(Item={"pk": f"USER#{user_id}", "sk": "PROFILE"} | profile)
    return user_id


def guess(email: str, address: str, typed: str = "wrong", device: str | None = None) -> str:
    """Try to sign in and return what came of it."""
    entry = ClientInfo(address, "x", trusted_devices.trusted_device(device))
    try:
        sign_in(SignInAttempt(email, typed, None, entry), clock.now())
    except DomainError as refused:
        return type(refused).__name__ if refused.status != 422 else "captcha_required"
    return "in"


def test_ten_thousand_guesses_meet_the_limits_and_the_owner_still_gets_in(
    local: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory()
    user_ids = {email: add_user(local, email) for email in KNOWN}
    for row in local.rows("USERS_TABLE"):
        memory.items[row["pk"], row["sk"]] = serialize_item(json.loads(json.dumps(row, default=int)))
    monkeypatch.setattr(dynamo.client, "dynamodb_client", lambda: memory)
    homes = {email: trusted_devices.device_token(user_id, None) for email, user_id in user_ids.items()}
    chance = random.Random(5)
    compared: Counter[str] = Counter()
    by_address: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for number in range(GUESSES):
        email = chance.choice(KNOWN + UNKNOWN)
        address = f"198.51.{number % 97}.{chance.randrange(5)}"
        outcome = guess(email, address)
        found[outcome] += 1
        if outcome == "BadCredentials":
            compared[email] += 1
            by_address[address] += 1
        if number % 500 == 499:
            owner = KNOWN[number // 500 % len(KNOWN)]
            assert guess(owner, address, auth_client.PASSWORD, homes[owner]) == "in"
    assert found["in"] == 0
    assert max(compared.values()) <= 2 * limits.FAILURES_BY_EMAIL_BEFORE_CAPTCHA
    assert max(by_address.values()) <= 2 * limits.FAILURES_BY_IP_BEFORE_CAPTCHA
    # Beyond what is forgiven to everybody together, a captcha is due whoever asks.
    everybody = limits.CAPTCHA_AFTER_TOTAL_FAILURES
    assert found["BadCredentials"] <= 4 * everybody.count * limits.SHARDS
    assert found["captcha_required"] + found["TooManyRequests"] > 0.8 * GUESSES


@pytest.mark.parametrize("is_known_device", [False, True])
def test_right_passwords_are_never_refused_and_few_of_them_write_once(
    local: Aws, client: AppClient, is_known_device: bool
) -> None:
    """Attempts stay counted up to a few; those beyond are taken back, however often somebody signs in."""
    user_id = add_user(local, KNOWN[0])
    device = trusted_devices.device_token(user_id, None) if is_known_device else None
    rows = 1 if is_known_device else 2
    stay_counted = (
        limits.COUNTED_SUCCESSES_BY_DEVICE if is_known_device else limits.COUNTED_SUCCESSES_BY_EMAIL
    )
    for number in range(30):
        calls = calls_of(lambda: guess(KNOWN[0], "203.0.113.7", auth_client.PASSWORD, device))
        written = calls.count("UpdateItem")
        assert (written == rows) == (number < stay_counted), (number, calls)
    assert guess(KNOWN[0], "203.0.113.7", auth_client.PASSWORD, device) == "in"
    misses = [guess(KNOWN[0], "203.0.113.7", "wrong", device) for _ in range(12)]
    told = "TooManyRequests" if is_known_device else "captcha_required"
    assert misses.index(told) >= (10 - stay_counted if is_known_device else 2)


def test_known_and_unknown_addresses_cost_the_same_hashing(
    local: Aws, client: AppClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it comes to in milliseconds: bench/password_time.py."""
    monkeypatch.delenv("ARGON2_MEMORY_KIB")
    monkeypatch.delenv("ARGON2_PASSES")
    clear_caches()
    add_user(local, KNOWN[0])
    spent: list[tuple[argon2.Parameters, str]] = []
    genuine = argon2.PasswordHasher.verify

    def noted(hasher: argon2.PasswordHasher, stored: str, password: str) -> bool:
        spent.append((argon2.extract_parameters(stored), password))
        return genuine(hasher, stored, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", noted)
    for email in (KNOWN[0], UNKNOWN[0]):
        assert auth_client.sign_in(client, email, "wrong").status_code == 401
    known, unknown = spent
    assert known == unknown
    assert (known[0].memory_cost, known[0].time_cost) == (19 * 1024, 2)


def calls_of(act: Callable[[], Any]) -> list[str]:
    """The calls of AWS that `act` makes, in order."""
    made: list[str] = []

    def note(model: Any, **_: Any) -> None:
        made.append(model.name)

    events = [dynamo.dynamodb_client().meta.events, queues.sqs_client().meta.events]
    for each in events:
        each.register("before-call", note)
    try:
        act()
    finally:
        for each in events:
            each.unregister("before-call", note)
    return made


def test_known_and_unknown_addresses_cost_the_same_calls(client: AppClient, local: Aws) -> None:
    add_user(local, KNOWN[0])

    def enter(email: str) -> Callable[[], Any]:
        return lambda: auth_client.sign_in(client, email, "wrong")

    def ask(email: str) -> Callable[[], Any]:
        body = {"email": email, "captcha": auth_client.solved(client)}
        return lambda: client.post("/api/auth/password-resets", json=body)

    auth_client.sign_in(client, "warm@example.ru", "wrong")
    signing_in = [calls_of(enter(email)) for email in (KNOWN[0], UNKNOWN[0])]
    assert signing_in[0] == signing_in[1]
    assert len(signing_in[0]) > 5
    resetting = [calls_of(ask(email)) for email in (KNOWN[0], UNKNOWN[0])]
    assert resetting[0] == resetting[1]
    assert "SendMessage" in "".join(resetting[0])
