"""Kills the process at any one of its calls to AWS or a bank: before it, after it, or its answer is lost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

import urllib3
from botocore.client import BaseClient
from botocore.exceptions import ReadTimeoutError

type Fault = Literal["before", "after", "lost", "repeated"]
"""`lost`: done, but the caller sees a broken connection. `repeated`: done, and after that sent once more."""

FAULTS: tuple[Fault, ...] = ("before", "after", "lost", "repeated")


class Killed(BaseException):
    """The process ends here: nothing catches it."""


@dataclass
class Fragile:
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
        """Stand in the way of every call."""
        aws, bank = BaseClient._make_api_call, urllib3.PoolManager.request  # type: ignore[attr-defined]

        def call_aws(client: Any, operation: str, parameters: Any) -> Any:
            name = f"{client.meta.service_model.service_name}.{operation}"
            lost = ReadTimeoutError(endpoint_url="lost")
            return self._through(name, lambda: aws(client, operation, dict(parameters)), lost)

        def call_bank(pool: Any, method: str, url: str, **kwargs: Any) -> Any:
            lost = urllib3.exceptions.ProtocolError("lost")
            return self._through(
                f"bank.{url.rpartition('/')[2]}", lambda: bank(pool, method, url, **kwargs), lost
            )

        monkeypatch.setattr(BaseClient, "_make_api_call", call_aws)
        monkeypatch.setattr(urllib3.PoolManager, "request", call_bank)

    def _through(self, name: str, call: Callable[[], Any], lost: Exception) -> Any:
        if not self.is_running:
            return call()
        if self.is_dead:
            raise Killed
        self.calls.append(name)
        if len(self.calls) != self.number:
            return call()
        if callable(self.fault):
            self.is_running = False
            self.fault()
            self.is_running = True
            return call()
        if self.fault == "before":
            self.die()
        call()
        if self.fault == "after":
            self.die()
        if self.fault == "repeated" and not name.startswith("bank."):
            return call()
        raise lost

    def die(self) -> NoReturn:
        """End the process here."""
        self.is_dead = True
        raise Killed
