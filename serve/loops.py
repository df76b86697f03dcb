"""The threads of the background process: when one of them ends, so does the process.

What a service refuses a loop bears itself. What ends it all the same is a fault of ours: a schedule that
nothing starts any more would be noticed by residents, a new process by the log.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cabinet.aws.failures import error_code, error_location
from cabinet.core.logging import Event, log_error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from serve.stopping import Stop


class Loops:
    """Functions that work until a stop is asked for, each in a thread of its own."""

    def __init__(self, loops: Sequence[Callable[[], None]], stop: Stop) -> None:
        self._loops, self._stop = loops, stop
        self._threads: list[threading.Thread] = []
        self._has_died = False

    def start(self) -> None:
        """Let all of them begin.

        Not before is there a thread: one that was made in the parent counts as started after a fork.
        """
        self._threads = [
            threading.Thread(target=self._run, args=(loop,), daemon=True) for loop in self._loops
        ]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until all have ended, or the time for a stop is over.

        Raises
        ------
        SystemExit
            One has ended though nobody had asked: a new process is to begin with all of them.
        """
        for thread in self._threads:
            thread.join(max(0.0, self._stop.seconds_left()))
        if self._has_died:
            raise SystemExit(1)

    def _run(self, loop: Callable[[], None]) -> None:
        try:
            loop()
        except BaseException as error:  # noqa: BLE001 - the outermost edge
            log_error(
                Event.LOOP_CRASHED,
                error=type(error).__name__,
                code=error_code(error),
                place=error_location(error.__traceback__),
            )
        if not self._stop.is_requested:
            self._has_died = True
            self._stop.request()
