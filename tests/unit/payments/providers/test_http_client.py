"""The channel to a bank: the breaker, and what counts as an answer."""

import pytest

from cabinet.payments.providers.base import NoUsableAnswer, ProviderConnectionError
from cabinet.payments.providers.http_client import Answer, CircuitBreaker, circuit_breaker_for, post_form


def test_the_breaker_opens_after_five_failures_and_lets_one_through_later() -> None:
    breaker = CircuitBreaker()
    for _ in range(4):
        breaker.record(0.0, answered=False)
    assert not breaker.is_open(1.0)
    breaker.record(0.0, answered=False)
    assert breaker.is_open(29.0)
    assert not breaker.is_open(30.0)
    breaker.record(30.0, answered=False)
    assert breaker.is_open(31.0)
    breaker.record(61.0, answered=True)
    assert not breaker.is_open(61.0)


def test_a_dead_bank_is_asked_five_times_and_then_left_alone() -> None:
    url = "http://127.0.0.1:9/dead"
    for _ in range(5):
        with pytest.raises(ProviderConnectionError):
            post_form(url, "x", {})
    assert circuit_breaker_for(url).failures == 5
    with pytest.raises(ProviderConnectionError, match="breaker"):
        post_form(url, "x", {})
    assert circuit_breaker_for(url).failures == 5
    circuit_breaker_for.cache_clear()


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"\xff", b"1"])
def test_what_is_not_an_object_is_no_answer(body: bytes) -> None:
    with pytest.raises(NoUsableAnswer):
        Answer(200, {}, body).json()
