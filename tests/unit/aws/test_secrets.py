"""A secret as a process keeps it: how often it is read, and what serves while it cannot be."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from cabinet.aws.secrets import MAX_AGE, MAX_STALE_AGE, CachedSecret, SecretUnreadable
from tests.support.aws import Aws
from tests.support.aws_calls import heard_by
from tests.support.secret_reads import Reads

SECOND = timedelta(seconds=1)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel("2026-03-01T10:05:00Z", tick=False) as moved:
        yield moved


@pytest.fixture
def reads(aws: Aws, clock: Any) -> Iterator[Reads]:
    listener = Reads()
    with heard_by(listener):
        yield listener


def put(aws: Aws, text: str) -> None:
    manager = aws.client("secretsmanager")
    if any(each["Name"] == "test" for each in manager.list_secrets()["SecretList"]):
        manager.put_secret_value(SecretId="test", SecretString=text)
    else:
        manager.create_secret(Name="test", SecretString=text)


def secret() -> CachedSecret[Any]:
    return CachedSecret("test", json.loads)


def test_a_secret_is_read_when_first_needed_and_again_when_old(aws: Aws, clock: Any, reads: Reads) -> None:
    put(aws, "1")
    cached = secret()
    assert reads.count == 0
    for _ in range(20):
        assert cached.get() == 1
    put(aws, "2")
    clock.shift(MAX_AGE - SECOND)
    assert (cached.get(), reads.count) == (1, 1)
    clock.shift(SECOND)
    assert (cached.get(), reads.count) == (2, 2)
    assert timedelta(minutes=5) > MAX_AGE


def test_a_clock_that_was_set_back_does_not_keep_an_old_value(aws: Aws, clock: Any) -> None:
    put(aws, "1")
    cached = secret()
    cached.get()
    put(aws, "2")
    clock.shift(timedelta(days=-1))
    assert cached.get() == 2


@pytest.mark.parametrize("fault", ["down", "text"])
def test_while_a_secret_cannot_be_read_the_last_value_serves_for_an_hour(
    aws: Aws, clock: Any, reads: Reads, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    put(aws, "1")
    cached = secret()
    cached.get()
    clock.shift(MAX_AGE)
    if fault == "down":
        reads.is_down = True
    else:
        put(aws, "{ not JSON")
    for _ in range(20):
        assert cached.get() == 1
    assert reads.count == 2, "asked once, not by each request"
    (line,) = [vars(entry) for entry in caplog.records if entry.message == "secret_unreadable"]
    assert line["secret"] == "test"
    assert line["code"] == ("InternalServiceError" if fault == "down" else "JSONDecodeError")
    clock.shift(15 * SECOND)
    assert (cached.get(), reads.count) == (1, 3)
    clock.shift(MAX_STALE_AGE - MAX_AGE - 15 * SECOND)
    with pytest.raises(SecretUnreadable):
        cached.get()
    reads.is_down = False
    put(aws, "2")
    clock.shift(15 * SECOND)
    assert cached.get() == 2


def test_a_secret_that_is_not_there_is_told_each_time(aws: Aws, clock: Any) -> None:
    cached = secret()
    for _ in range(2):
        with pytest.raises(SecretUnreadable):
            cached.get()
    put(aws, "1")
    assert cached.get() == 1


def test_a_newer_value_is_asked_for_no_oftener_than_the_interval(aws: Aws, clock: Any, reads: Reads) -> None:
    put(aws, "1")
    cached = secret()
    cached.get()
    put(aws, "2")
    assert cached.get_newer(SECOND) is None
    clock.shift(SECOND)
    assert cached.get_newer(SECOND) == 2
    assert cached.get_newer(SECOND) is None
    assert reads.count == 2
