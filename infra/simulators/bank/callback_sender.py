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
    body: bytes = b""
    """A call with a body is a POST, and of JSON."""
    signature: str = ""
    """Goes into Raiffeisenbank's header."""
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


def _request(call: Call) -> urllib.request.Request:
    if not call.body:
        return urllib.request.Request(f"{call.url}?{call.query}")  # noqa: S310 - of the simulator
    headers = {"Content-Type": "application/json", "X-Api-Signature-SHA256": call.signature}
    return urllib.request.Request(call.url, call.body, headers)  # noqa: S310 - of the simulator


def fetch(call: Call) -> bytes | None:
    """Call once; return the body of a 200, None for anything else."""
    try:
        with urllib.request.urlopen(_request(call), timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            return bytes(answer.read()) if answer.status == 200 else None
    except (urllib.error.URLError, OSError):
        return None
