"""What happens beside a request: a rival in another process, a bank's answer that is lost."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import urllib3

from cabinet.payments.orders import checkout
from tests.support.payment_scenario import Answer


def elsewhere[T](request: Callable[[], T]) -> T:
    """Let another process serve a request while ours is paused."""

    def serve() -> T:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            return request()
        finally:
            loop.close()

    with ThreadPoolExecutor(1) as process:
        return process.submit(serve).result()


def rival_at_checkout(
    monkeypatch: pytest.MonkeyPatch, rival: Callable[[], Answer], *, before_reading: bool = False
) -> list[Answer]:
    """Let a rival's request be served when the next checkout has read what it decides by, or just before.

    Return where the rival's answer will be.
    """
    genuine = checkout.load_context
    answers: list[Answer] = []

    def disturbed(*args: Any, **more: Any) -> Any:
        monkeypatch.setattr(checkout, "load_context", genuine)
        context = None if before_reading else genuine(*args, **more)
        answers.append(elsewhere(rival))
        return context or genuine(*args, **more)

    monkeypatch.setattr(checkout, "load_context", disturbed)
    return answers


@contextmanager
def bank_answers_lost(count: int = 1) -> Iterator[None]:
    """Let the bank do its work and lose its answer, `count` times."""
    genuine = urllib3.PoolManager.request
    left = [count]

    def losing(self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = genuine(self, *args, **kwargs)
        if left[0]:
            left[0] -= 1
            # Given back to the pool, it would give the lost answer to the next request.
            answer.close()
            raise urllib3.exceptions.ProtocolError("connection reset")
        return answer

    urllib3.PoolManager.request = losing  # type: ignore[method-assign]
    try:
        yield
    finally:
        urllib3.PoolManager.request = genuine  # type: ignore[method-assign]
