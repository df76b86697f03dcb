"""Runs a function for an event as Lambda does: once at a time in a process, with a limit of time."""

from __future__ import annotations

import importlib
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from cabinet.aws.event_handler import InvocationFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from serve.manifest import EventFunction
    from serve.stopping import Stop

_GRACE_SECONDS = 30
"""What a run may take beyond its limit before the process counts as hung."""


class Invocation:
    """Lambda's context, as far as functions look at it."""

    memory_limit_in_mb = 1024
    invoked_function_arn = ""

    def __init__(self, function: EventFunction, seconds_left: Callable[[], float]) -> None:
        self.function_name = function.folder
        self.aws_request_id = str(uuid.uuid4())
        self._seconds_left = seconds_left

    def get_remaining_time_in_millis(self) -> int:
        """Return for how long the function may continue; it hands on what it cannot do by then."""
        return max(0, int(self._seconds_left() * 1000))


class Invoker:
    """One function in this process."""

    def __init__(self, function: EventFunction, stop: Stop, on_failure: Callable[[], None]) -> None:
        self.function = function
        self._handler = importlib.import_module(f"{function.folder}.app").handler
        self._stop = stop
        self._on_failure = on_failure
        self._turn = threading.Lock()
        self._started_at: float | None = None

    def invoke(self, event: dict[str, Any], seconds_left: Callable[[], float] = lambda: float("inf")) -> Any:  # noqa: ANN401 - the function's
        """Run the function when it is its turn, and return its answer.

        Parameters
        ----------
        seconds_left
            A limit of the caller's own beside the function's and that of a stop.

        Raises
        ------
        InvocationFailed
            It failed; its entry has logged how.
        """
        with self._turn:
            started = self._started_at = time.monotonic()
            limit = self.function.timeout_seconds
            context = Invocation(
                self.function,
                lambda: min(started + limit - time.monotonic(), self._stop.seconds_left(), seconds_left()),
            )
            try:
                return self._handler(event, context)
            except InvocationFailed:
                self._on_failure()
                raise
            finally:
                self._started_at = None

    @property
    def is_hung(self) -> bool:
        """Tell whether a run takes so much longer than it may that it will not end."""
        started = self._started_at
        limit = self.function.timeout_seconds + _GRACE_SECONDS
        return started is not None and time.monotonic() - started > limit
