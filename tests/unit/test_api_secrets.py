"""The set of signing keys: what a text says, which key signs, what each proves, what an unknown id costs."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import time_machine

from cabinet import signed_tokens
from cabinet.api_secrets import FIRST_KEY, SIGNS_AFTER, ApiSecrets, SigningKey
from cabinet.core.errors import ServiceUnavailable
from cabinet.signed_tokens import Purpose, TokenInvalid, is_keyed_hash, keyed_hash, sign, verify
from infra.cli.rotation.key_rotation import SIGNING_KEY_POLICY, Change
from tests.support.aws import Aws
from tests.support.aws_calls import heard_by
from tests.support.processes import Process
from tests.support.secret_reads import Reads

START = datetime(2026, 3, 1, 10, 5, tzinfo=UTC)
DAY, YEAR = timedelta(days=1), timedelta(days=365)


@pytest.fixture
def clock(aws: Aws) -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as moved:
        yield moved


@pytest.fixture
def reads(clock: Any) -> Iterator[Reads]:
    listener = Reads()
    with heard_by(listener):
        yield listener


def name(aws: Aws) -> str:
    return aws.environment["SIGNING_KEY_SECRET"]


def stored(aws: Aws) -> ApiSecrets:
    found = aws.client("secretsmanager").get_secret_value(SecretId=name(aws))
    return ApiSecrets.parse(found["SecretString"])


def put(aws: Aws, changed: Change) -> ApiSecrets:
    assert changed.secrets is not None
    aws.client("secretsmanager").put_secret_value(SecretId=name(aws), SecretString=changed.secrets.dump())
    return changed.secrets


def rotate(aws: Aws) -> ApiSecrets:
    return put(aws, SIGNING_KEY_POLICY.rotate(stored(aws), datetime.now(UTC)))


def revoke(aws: Aws) -> ApiSecrets:
    return put(aws, SIGNING_KEY_POLICY.revoke(stored(aws), datetime.now(UTC)))


def kid(token: str) -> Any:
    return jwt.get_unverified_header(token)["kid"]


def test_a_plain_string_is_a_set_of_one_and_its_old_tokens_count() -> None:
    secrets = ApiSecrets.parse("a-plain-string")
    assert secrets.keys == (SigningKey(FIRST_KEY, "a-plain-string"),)
    assert secrets.signing(START) == secrets.keys[0]
    assert secrets.origin_hashes is None
    assert ApiSecrets.parse(secrets.dump()) == secrets


def test_a_token_made_before_keys_had_names_survives_a_rotation(aws: Aws, clock: Any) -> None:
    """What is deployed today signs by the plain string and names no key."""
    claims = {"sub": "u", "aud": "session", "iat": int(START.timestamp())}
    claims["exp"] = claims["iat"] + 12 * 3600
    old = jwt.encode(claims, signed_tokens.signing_key(Purpose.SESSION), algorithm="HS256")
    rotate(aws)
    clock.shift(SIGNS_AFTER)
    assert verify(Purpose.SESSION, old)["sub"] == "u"
    revoke(aws)
    clock.shift(SIGNS_AFTER)
    with pytest.raises(TokenInvalid):
        verify(Purpose.SESSION, old)


@pytest.mark.parametrize(
    "text",
    [
        "{", "{}", '{"keys": []}', '{"keys": [{"id": "1"}]}', '{"keys": [{"id": "x", "secret": "s"}]}',
        '{"keys": [{"id": "1", "secret": ""}]}', '{"keys": 1}', '{"keys": ["1"]}',
        '{"keys": [{"id": "1", "secret": "s"}], "origin_hashes": 5}',
    ],
)  # fmt: skip
def test_a_text_that_cannot_serve_is_no_set(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the parser's contract
        ApiSecrets.parse(text)


def test_a_new_key_signs_when_every_process_has_read_it(aws: Aws, clock: Any) -> None:
    process = Process(name(aws))
    with process.working():
        first = sign(Purpose.SESSION, {}, DAY)
        newest = rotate(aws).keys[-1]
        clock.shift(SIGNS_AFTER - timedelta(seconds=1))
        assert kid(sign(Purpose.SESSION, {}, DAY)) == kid(first) == FIRST_KEY
        clock.shift(timedelta(seconds=1))
        assert kid(sign(Purpose.SESSION, {}, DAY)) == newest.id
        verify(Purpose.SESSION, first)


def test_a_retired_key_verifies_only_what_it_may_have_signed(aws: Aws, clock: Any) -> None:
    long = timedelta(days=900)
    made = {
        purpose: sign(purpose, {}, long) for purpose in (Purpose.SESSION, Purpose.UNSUBSCRIBE, Purpose.DEVICE)
    }
    answer = keyed_hash(Purpose.CAPTCHA_ANSWER, "12345")
    rotate(aws)
    clock.shift(SIGNS_AFTER + DAY - timedelta(seconds=1))
    for purpose, token in made.items():
        verify(purpose, token)
    assert is_keyed_hash(Purpose.CAPTCHA_ANSWER, "12345", answer)
    assert not is_keyed_hash(Purpose.CAPTCHA_ANSWER, "54321", answer)
    clock.shift(timedelta(seconds=1))
    with pytest.raises(TokenInvalid):
        verify(Purpose.SESSION, made[Purpose.SESSION])
    assert not is_keyed_hash(Purpose.CAPTCHA_ANSWER, "12345", answer)
    verify(Purpose.UNSUBSCRIBE, made[Purpose.UNSUBSCRIBE])
    clock.shift(timedelta(days=180))
    with pytest.raises(TokenInvalid):
        verify(Purpose.UNSUBSCRIBE, made[Purpose.UNSUBSCRIBE])
    verify(Purpose.DEVICE, made[Purpose.DEVICE])
    assert FIRST_KEY in {key.id for key in rotate(aws).keys}
    clock.shift(YEAR)
    assert FIRST_KEY not in {key.id for key in rotate(aws).keys}, "nothing is left for it to prove"


def test_a_captcha_answer_hashed_before_keys_had_names_counts(aws: Aws, clock: Any) -> None:
    _, _, digest = keyed_hash(Purpose.CAPTCHA_ANSWER, "12345").rpartition(".")
    assert is_keyed_hash(Purpose.CAPTCHA_ANSWER, "12345", digest)
    assert not is_keyed_hash(Purpose.CAPTCHA_ANSWER, "12346", digest)


def test_a_process_that_meets_an_unknown_key_reads_the_set_at_once(
    aws: Aws, clock: Any, reads: Reads
) -> None:
    """After a leak the new key signs at once, in processes that have read it."""
    other = Process(name(aws))
    with other.working():
        sign(Purpose.SESSION, {}, DAY)
    clock.shift(timedelta(minutes=3))
    revoke(aws)
    clock.shift(timedelta(seconds=59))
    with Process(name(aws)).working():
        token = sign(Purpose.SESSION, {"sub": "u"}, DAY)
    with other.working():
        before = reads.count
        assert verify(Purpose.SESSION, token)["sub"] == "u"
        assert reads.count == before + 1


def forged(key_id: str) -> str:
    return jwt.encode({"aud": "session"}, "x" * 32, algorithm="HS256", headers={"kid": key_id})


@pytest.mark.parametrize(
    ("key_id", "most"),
    [
        ("guess", 0), ("", 0), ("1-abcdef", 0), ("9" * 400, 0), ("9999999999-abcdef", 0), ("²", 0),
        (f"{int(START.timestamp()) - 60}-abcdef", 0), ("now", 60),
    ],
)  # fmt: skip
def test_forged_ids_do_not_keep_a_process_reading(
    aws: Aws, clock: Any, reads: Reads, key_id: str, most: int
) -> None:
    """Twenty a second for a minute; only one that names this very second is worth a read, one a second."""
    sign(Purpose.SESSION, {}, DAY)
    before = reads.count
    for _ in range(60):
        for number in range(20):
            now = int(datetime.now(UTC).timestamp())
            with pytest.raises(TokenInvalid):
                verify(Purpose.SESSION, forged(f"{now}-{number:06x}" if key_id == "now" else key_id))
        clock.shift(1)
    assert reads.count - before <= most


def test_a_genuine_new_key_is_found_beside_forged_ids(aws: Aws, clock: Any) -> None:
    sign(Purpose.SESSION, {}, DAY)
    clock.shift(2)
    with pytest.raises(TokenInvalid):
        verify(Purpose.SESSION, forged("1-abcdef"))
    revoke(aws)
    with Process(name(aws)).working():
        token = sign(Purpose.SESSION, {"sub": "u"}, DAY)
    assert verify(Purpose.SESSION, token)["sub"] == "u"


def test_an_unknown_key_is_no_refusal_while_the_set_cannot_be_read(
    aws: Aws, clock: Any, reads: Reads
) -> None:
    sign(Purpose.SESSION, {}, DAY)
    clock.shift(2)
    revoke(aws)
    with Process(name(aws)).working():
        token = sign(Purpose.SESSION, {"sub": "u"}, DAY)
    reads.is_down = True
    with pytest.raises(ServiceUnavailable):
        verify(Purpose.SESSION, token)


def test_a_second_run_adds_and_revokes_nothing_more(aws: Aws, clock: Any) -> None:
    rotated = rotate(aws)
    assert SIGNING_KEY_POLICY.rotate(rotated, START + timedelta(minutes=59)).secrets is None
    assert SIGNING_KEY_POLICY.rotate(rotated, START + timedelta(minutes=60)).secrets is not None
    revoked = revoke(aws)
    assert len(revoked.keys) == 1
    assert rotated.keys[-1].id not in {key.id for key in revoked.keys}, "a new key may have leaked as well"
    assert SIGNING_KEY_POLICY.revoke(revoked, START + timedelta(minutes=9)).secrets is None
    assert SIGNING_KEY_POLICY.revoke(revoked, START + timedelta(minutes=10)).secrets is not None


def test_what_is_put_keeps_the_origin_tokens(aws: Aws, clock: Any) -> None:
    kept = ApiSecrets((SigningKey(FIRST_KEY, "s"),), ("a" * 64,))
    for change in (SIGNING_KEY_POLICY.rotate(kept, START), SIGNING_KEY_POLICY.revoke(kept, START)):
        assert change.secrets is not None
        assert ApiSecrets.parse(change.secrets.dump()).origin_hashes == ("a" * 64,)
        assert json.loads(change.secrets.dump())["origin_hashes"] == ["a" * 64]
