"""The set of push keys: derived, found by id, replaced without losing what the former one serves."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from cabinet.api_secrets import FIRST_KEY, SIGNS_AFTER, ApiSecrets, SigningKey
from cabinet.web_push.encryption import from_base64url
from cabinet.web_push.push_keys import current_push_key, derive_push_key, find_push_key
from cabinet.web_push.vapid import authorization, claims_of
from infra.cli.rotation.key_rotation import SIGNING_KEY_POLICY

START = datetime(2026, 3, 1, 10, 5, tzinfo=UTC)
NAME = "cabinet/push"

pytestmark = pytest.mark.usefixtures("aws")


def put(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PUSH_KEY_SECRET", NAME)
    monkeypatch.setenv("SECRETS_SOURCE", "environment")
    monkeypatch.setenv("SECRET_CABINET_PUSH", text)


def test_one_secret_gives_one_pair_and_another_gives_another() -> None:
    first = derive_push_key(SigningKey("0", "text of the stack"))
    assert first.public == derive_push_key(SigningKey("1", "text of the stack")).public
    assert first.public != derive_push_key(SigningKey("0", "another text")).public
    assert len(from_base64url(first.public)) == 65


def test_the_pair_signs_what_its_public_key_proves() -> None:
    key = derive_push_key(SigningKey("0", "text of the stack"))
    header = authorization("https://push.example.net/1", "https://lk.example.ru", key.private, START)
    assert claims_of(header)["sub"] == "https://lk.example.ru"
    assert header.endswith(f"k={key.public}")


def test_the_text_made_with_the_stack_is_the_first_key(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, "text of the stack")
    assert current_push_key().id == FIRST_KEY
    assert current_push_key().public == derive_push_key(SigningKey(FIRST_KEY, "text of the stack")).public


def test_after_a_rotation_old_browsers_are_still_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with time_machine.travel(START, tick=False) as clock:
        changed = SIGNING_KEY_POLICY.rotate(ApiSecrets.parse("text of the stack"), START).secrets
        assert changed is not None
        put(monkeypatch, changed.dump())
        assert current_push_key().id == FIRST_KEY, "not every process knows the new one yet"
        clock.move_to(START + SIGNS_AFTER)
        assert current_push_key().id == changed.keys[-1].id
        old = find_push_key(FIRST_KEY)
        assert old is not None
        assert old.public != current_push_key().public


def test_a_key_that_was_revoked_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(START + timedelta(days=1), tick=False):
        changed = SIGNING_KEY_POLICY.revoke(ApiSecrets.parse("text of the stack"), START).secrets
        assert changed is not None
        put(monkeypatch, changed.dump())
        assert find_push_key(FIRST_KEY) is None
