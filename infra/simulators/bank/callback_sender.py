"""Delivers callbacks as the bank does: three tries, 30 seconds apart, then never."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

_TIMEOUT_SECONDS = 20
PAUSE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Call:
    """One callback: where, with which query, and after how many seconds."""

    url: str
    query: str
    delay_s: float = 0
    answered: Callable[[bytes], None] | None = None
    """Called with the answer's body when it is 200."""


class CallbackSender(Protocol):
    """Takes callbacks away."""

    def send(self, calls: list[Call]) -> None:
        """Deliver the callbacks in this order."""
        ...


class ThreadedCallbackSender:
    """Delivers in the background."""

    def __init__(self, tries: int = 3, pause_s: float = PAUSE_SECONDS) -> None:
        self._tries, self._pause = tries, pause_s

    def send(self, calls: list[Call]) -> None:
        """Deliver the callbacks one after another, in a thread of their own."""
        threading.Thread(target=self._deliver_all, args=(calls,), daemon=True).start()

    def _deliver_all(self, calls: list[Call]) -> None:
        for call in calls:
            self._deliver(call)

    def _deliver(self, call: Call) -> None:
        pause = threading.Event()
        pause.wait(call.delay_s)
        for attempt in range(self._tries):
            if attempt:
                pause.wait(self._pause)
            body = fetch(call)
            if body is not None:
                if call.answered is not None:
                    call.answered(body)
                return


def fetch(call: Call) -> bytes | None:
    """Call once; return the body of a 200, None for anything else."""
    try:
        with urllib.request.urlopen(f"{call.url}?{call.query}", timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            return bytes(answer.read()) if answer.status == 200 else None
    except (urllib.error.URLError, OSError):
        return None
