"""Kills the process at any one of its calls to AWS or a bank: before it, after it, or its answer is lost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

import urllib3
from botocore.exceptions import ReadTimeoutError

from tests.support import aws_calls
from tests.support.aws_calls import Call, Listener

type Fault = Literal["before", "after", "lost", "repeated"]
"""`lost`: done, but the caller sees a broken connection. `repeated`: done, and after that sent once more."""

FAULTS: tuple[Fault, ...] = ("before", "after", "lost", "repeated")


class Killed(BaseException):
    """The process ends here: nothing catches it."""


@dataclass
class FaultInjector:
    """Counts the calls made inside `process` and lets the chosen one fail."""

    number: int = 0
    """Which call fails, from 1; 0 for none."""
    fault: Fault | Callable[[], object] = "before"
    """How it fails; or what a rival does before it, and then it goes through."""
    calls: list[str] = field(default_factory=list)
    is_running: bool = False
    is_dead: bool = False

    def process[T](self, work: Callable[[], T]) -> T | None:
        """Run one process; None when it was killed."""
        self.is_running, self.is_dead = True, False
        try:
            answer = work()
        except Killed:
            return None
        finally:
            self.is_running = False
            died, self.is_dead = self.is_dead, False
        return None if died else answer

    def patch(self, monkeypatch: Any) -> None:
        """Intercept every call."""
        request = urllib3.PoolManager.request

        def call_bank(pool: Any, method: str, url: str, **kwargs: Any) -> Any:
            fails = self.enter(f"bank.{url.rpartition('/')[2]}")
            answer = request(pool, method, url, **kwargs)
            if fails:
                self.leave(urllib3.exceptions.ProtocolError("lost"))
            return answer

        monkeypatch.setattr(urllib3.PoolManager, "request", call_bank)
        monkeypatch.setattr(aws_calls, "listeners", [*aws_calls.listeners, _AwsFault(self)])

    def enter(self, name: str) -> bool:
        """Count a call; return whether it is the one that fails."""
        if not self.is_running:
            return False
        if self.is_dead:
            raise Killed
        self.calls.append(name)
        if len(self.calls) != self.number:
            return False
        if callable(self.fault):
            self.is_running = False
            self.fault()
            self.is_running = True
            return False
        if self.fault == "before":
            self.die()
        return True

    def leave(self, lost: Exception) -> NoReturn:
        """Fail after the call was done."""
        if self.fault == "after":
            self.die()
        raise lost

    def die(self) -> NoReturn:
        """End the process here."""
        self.is_dead = True
        raise Killed


class _AwsFault(Listener):
    """The fault at a call to AWS."""

    def __init__(self, injector: FaultInjector) -> None:
        self._fragile = injector
        self._failing: Call | None = None

    def before(self, call: Call) -> None:
        """Count the call, and die before it where that is the fault."""
        if self._fragile.enter(f"{call.service}.{call.operation}"):
            self._failing = call

    def after(self, call: Call) -> None:
        """Die, or lose the answer of what was done; a refusal stays one."""
        if call is self._failing and not call.is_refused and self._fragile.fault != "repeated":
            self._fragile.leave(ReadTimeoutError(endpoint_url="lost"))

    def sends_again(self, call: Call) -> bool:
        """Send the failing call twice."""
        if call is not self._failing or self._fragile.fault != "repeated":
            return False
        self._failing = None
        return True
