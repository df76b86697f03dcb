"""Starts the processes of one `serve` by forking, starts anew those that die, and stops all in order.

Everything is imported before the first fork: the processes share that memory, and one that died is back in
milliseconds.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from typing import TYPE_CHECKING

from cabinet.core.logging import Event, log_error, log_event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.context import ForkProcess

_POLL_SECONDS = 0.25
_SHORT_LIFE_SECONDS = 5.0
_PAUSE_SECONDS = 1.0
"""Before a process starts again that died as soon as it had started."""
_RESERVE_SECONDS = 5
"""Beyond what the processes give themselves to stop in."""


@dataclass
class Member:
    """One process of the group: its name and what it does until SIGTERM."""

    name: str
    run: Callable[[], None]
    process: ForkProcess | None = field(default=None, init=False)
    started_at: float = field(default=0.0, init=False)
    not_before: float = field(default=0.0, init=False)


class Supervisor:
    """Keeps a group of processes running until it is told to stop."""

    def __init__(self, members: Sequence[Member], stop_seconds: float) -> None:
        self._members = members
        self._stop_seconds = stop_seconds
        self._stopping = False

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; return the exit code: 0 when all have stopped in time."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._request_stop)
        gc.freeze()
        while not self._stopping:
            self._start_missing()
            alive = [member.process.sentinel for member in self._members if member.process]
            connection.wait(alive, timeout=_POLL_SECONDS)
            self._reap_dead()
        return self._stop_members()

    def _request_stop(self, *_: object) -> None:
        self._stopping = True

    def _start_missing(self) -> None:
        for member in self._members:
            if member.process is None and time.monotonic() >= member.not_before:
                member.process = get_context("fork").Process(
                    target=_run_member, args=(member,), name=member.name, daemon=True
                )
                member.process.start()
                member.started_at = time.monotonic()

    def _reap_dead(self) -> None:
        for member in self._members:
            process = member.process
            if process is None or process.is_alive():
                continue
            member.process = None
            lived = time.monotonic() - member.started_at
            member.not_before = time.monotonic() + (_PAUSE_SECONDS if lived < _SHORT_LIFE_SECONDS else 0)
            if not self._stopping:
                log_error(Event.PROCESS_DIED, member=member.name, exit_code=process.exitcode)
            process.close()

    def _stop_members(self) -> int:
        processes = [member.process for member in self._members if member.process]
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + self._stop_seconds + _RESERVE_SECONDS
        for process in processes:
            process.join(max(0.0, deadline - time.monotonic()))
        late = [process for process in processes if process.is_alive()]
        for process in late:
            process.kill()
            process.join()
        log_event(Event.SERVE_STOPPED, killed=len(late))
        return 1 if late else 0


def _run_member(member: Member) -> None:
    """Begin a forked process: the parent's signals are not its own, and it does not outlive the parent."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    # Ctrl-C reaches the whole group; the parent says when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_when_orphaned, args=(os.getppid(),), daemon=True).start()
    member.run()


def _exit_when_orphaned(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
