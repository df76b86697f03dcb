"""A schedule and an invoker that runs what a test says, for the tests of `serve`."""

from collections.abc import Callable
from typing import Any

from cabinet.aws.event_handler import InvocationFailed
from serve.invocation import Invoker
from serve.manifest import EventFunction, Schedule
from serve.stopping import Stop

MINUTELY = Schedule(
    EventFunction("reconciliation", 300), "job", "rate(1 minute)", '{"schedule": "job"}', 2, "Dead"
)


class Recorded(Invoker):
    """Runs no function, but what the test says."""

    def __init__(self, work: Callable[[Any], None] = lambda _: None) -> None:
        super().__init__(MINUTELY.function, Stop(30), lambda: None)
        self.events: list[Any] = []
        self._work = work

    def invoke(self, event: dict[str, Any], seconds_left: Callable[[], float] = lambda: 1.0) -> Any:
        self.events.append(event)
        self._work(seconds_left)


def failing(_: object) -> None:
    raise InvocationFailed("ValueError")
