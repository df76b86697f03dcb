"""Ends what a run that was killed left behind on the same data: its local AWS, and the workers of that."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from typing import TYPE_CHECKING

from infra.build import progress

if TYPE_CHECKING:
    from pathlib import Path

_SAVING_SECONDS = 60
_POLL_SECONDS = 0.1


def end(lock: Path, patience_seconds: float = _SAVING_SECONDS) -> None:
    """Wait until the process that holds ``lock`` has written its state and gone; end it when it does not go.

    The lock tells our process from a stranger that was given the same number: nobody else holds it.
    """
    if not is_held(lock):
        return
    with progress.step("the last run was killed: waiting until its local AWS has written its data"):
        process = int(lock.read_text() or 0)
        if process > 1:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)
        if not _is_released(lock, patience_seconds):
            _signal_group(process)
            _is_released(lock, patience_seconds)


def is_held(lock: Path) -> bool:
    """Return whether a process holds the lock."""
    if not lock.exists():
        return False
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _is_released(lock: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_held(lock):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _signal_group(process: int) -> None:
    """End the process with its workers: the local AWS leads no group but is in one of its own."""
    with contextlib.suppress(ProcessLookupError):
        group = os.getpgid(process) if process > 1 else 0
        if group > 1 and group != os.getpgrp():
            os.killpg(group, signal.SIGKILL)
