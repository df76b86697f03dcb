"""The process of the local AWS: MiniStack, which keeps a snapshot of its state while it runs.

MiniStack by itself writes its state only when it is asked to stop: a stack that was killed lost all of it.
The interpreter of MiniStack's own environment runs this, so nothing of this project can be imported here.
"""

from __future__ import annotations

import asyncio
import copy
import fcntl
import gc
import json
import logging
import os
import shutil
import signal
import sys
import threading
import time
import traceback
import warnings
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TextIO

    type Services = Mapping[str, Callable[[], Any]]

SAVE_PATH = "/_cabinet/save"
UNUSABLE = 3
"""The exit code for a snapshot that is there and cannot be read."""

_PAUSE_SECONDS = 5.0
_PAUSE_PER_SAVING_SECOND = 10  # at most a tenth of the time goes into saving
_MANIFEST = "manifest"
_READING = ("Get", "BatchGet", "Query", "Scan", "Describe", "List", "Receive")


class Snapshots:
    """Numbered folders of ``<service>.json``; one whose name is a number is whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last = max(self._numbers(), default=0)

    def newest(self) -> Path | None:
        """Return the newest whole snapshot."""
        return self._folder / str(self._last) if self._last else None

    def next_number(self) -> int:
        """Count one up; the snapshot with the highest number is the one that is read at a start."""
        self._last += 1
        return self._last

    @contextmanager
    def writing(self, number: int) -> Iterator[Path]:
        """Give a folder for a snapshot's files; it gets its name in one step, and the older ones go."""
        unfinished = self._folder / f"{number}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        yield unfinished
        sums = {}
        for path in unfinished.iterdir():
            content = path.read_bytes()
            sums[path.name] = [len(content), zlib.crc32(content)]
        (unfinished / _MANIFEST).write_text(json.dumps(sums), "utf-8")
        for path in unfinished.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        unfinished.rename(self._folder / str(number))
        for older in self._numbers():
            if older < number:
                shutil.rmtree(self._folder / str(older), ignore_errors=True)

    def _numbers(self) -> list[int]:
        found = self._folder.iterdir() if self._folder.exists() else ()
        return [int(path.name) for path in found if path.name.isdigit()]


def is_whole(snapshot: Path) -> bool:
    """Return whether every file of a snapshot is as it was written."""
    try:
        sums = json.loads((snapshot / _MANIFEST).read_bytes())
        for name, (size, checksum) in sums.items():
            content = (snapshot / name).read_bytes()
            if len(content) != size or zlib.crc32(content) != checksum:
                return False
    except (OSError, ValueError):
        return False
    return True


class SnapshottingApp:
    """MiniStack's ASGI application, with a snapshot after each burst of changes."""

    def __init__(self, ministack: Any, persistence: Any, snapshots: Snapshots) -> None:  # noqa: ANN401
        self._ministack = ministack
        self._persistence = persistence
        self._snapshots = snapshots
        self._inner = ministack.app
        self._is_changed = False
        self._turn = asyncio.Lock()
        self._periodic: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
        """Serve: our own path saves and answers when that is done, all else is MiniStack's."""
        if scope["type"] == "http" and scope["path"] == SAVE_PATH:
            is_saved = await self._save()
            # A stack that is half deployed is not worth keeping: from the first order on, and not before.
            self._periodic = self._periodic or asyncio.create_task(self._save_periodically())
            await send({"type": "http.response.start", "status": 204 if is_saved else 500, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        self._is_changed |= scope["type"] == "http" and _may_change(scope)
        await self._inner(scope, receive, send)

    async def _save_periodically(self) -> None:
        pause = _PAUSE_SECONDS
        while True:
            await asyncio.sleep(pause)
            if not self._is_changed:
                continue
            started = time.monotonic()
            await self._save()
            pause = max(_PAUSE_SECONDS, _PAUSE_PER_SAVING_SECOND * (time.monotonic() - started))

    async def _save(self) -> bool:
        """Let a fork write what it sees: the state of one moment between two requests, and nobody waits."""
        async with self._turn:
            self._is_changed = False
            number = self._snapshots.next_number()
            with warnings.catch_warnings(category=DeprecationWarning, action="ignore"):
                child = os.fork()  # the child runs no other thread and leaves by _exit
            if child == 0:
                self._write_and_leave(number)
            _, status = await asyncio.to_thread(os.waitpid, child, 0)
            return status == 0

    def _write_and_leave(self, number: int) -> None:
        """Write a snapshot in a forked child; never return.

        MiniStack says what its state is when it is asked to stop, and then alone: the child asks it, and is
        gone before anything is stopped.
        """

        def write(services: Services) -> None:
            self._write(number, services)
            os._exit(0)

        async def ask_to_stop() -> dict[str, str]:
            return {"type": "lifespan.shutdown"}

        async def ignore(_: object) -> None: ...

        try:
            gc.disable()
            os.nice(10)
            logging.disable(logging.INFO)
            copy.deepcopy = _itself  # type: ignore[assignment]
            json.dump = _dump_at_once  # type: ignore[assignment]
            self._ministack.save_all = write
            self._inner({"type": "lifespan"}, ask_to_stop, ignore).send(None)
            os.write(2, b"it was asked to stop, and did not save\n")
        except BaseException:  # noqa: BLE001 - the outermost edge of the child
            os.write(2, traceback.format_exc().encode())
        os._exit(1)

    def save_now(self, services: Services) -> None:
        """Write the last snapshot, as MiniStack stops, if saving has begun."""
        if self._periodic:
            self._write(self._snapshots.next_number(), services)

    def _write(self, number: int, services: Services) -> None:
        """Write the current state."""
        usual = self._persistence.STATE_DIR
        with self._snapshots.writing(number) as folder:
            self._persistence.STATE_DIR = str(folder)
            try:
                for service, get_state in services.items():
                    state = get_state()
                    if state is not None:
                        self._persistence.save_state(service, state)
                        # It logs what went wrong, and continues.
                        if not (folder / f"{service}.json").exists():
                            raise OSError(f"the state of {service} was not written")
            finally:
                self._persistence.STATE_DIR = usual


def _may_change(scope: dict[str, Any]) -> bool:
    """Return whether a request may change something: reading calls are known by their target or method."""
    target = next((value for name, value in scope["headers"] if name == b"x-amz-target"), b"").decode()
    if target:
        return not target.rsplit(".", 1)[-1].startswith(_READING)
    return scope["method"] not in ("GET", "HEAD")


def _reading_from(persistence: Any, snapshot: Path) -> Callable[[str], Any]:  # noqa: ANN401
    """Return MiniStack's loader for a snapshot: only the state is in it, not the functions' code."""
    load, state = persistence.load_state, persistence.STATE_DIR

    def load_from_snapshot(service: str) -> Any:  # noqa: ANN401
        persistence.STATE_DIR = str(snapshot)
        try:
            return load(service)
        finally:
            persistence.STATE_DIR = state

    return load_from_snapshot


def _itself(value: object, _: object = None) -> object:
    """Replace a deep copy in a process that changes nothing."""
    return value


def _dump_at_once(value: object, file: TextIO, **options: Any) -> None:  # noqa: ANN401 - json's own
    """Write JSON ten times as fast as `json.dump`, which writes it piece by piece."""
    file.write(json.dumps(value, **options))


def _hold(lock: Path) -> int:
    """Hold the state's folder for as long as this process lives, and say in the file who holds it."""
    held = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)
    os.ftruncate(held, 0)
    os.write(held, str(os.getpid()).encode())
    return held


def _exit_with_parent() -> None:
    """Stop in order when the process that started us is gone: it holds the other end of our input."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run the local AWS; the first argument, when there is one, is the folder of its state."""
    snapshots = None
    if len(sys.argv) > 1:
        state = Path(sys.argv[1])
        held = _hold(state / "lock")  # noqa: F841 - until the process ends
        snapshots = Snapshots(state / "snapshots")
        newest = snapshots.newest()
        if newest and not is_whole(newest):
            sys.exit(UNUSABLE)
        if newest is None:  # files without the tables that tell of them
            shutil.rmtree(state / "s3", ignore_errors=True)
        scratch = Path(os.environ["TMPDIR"])
        for left in scratch.parent.iterdir():  # by processes that were killed
            if left != scratch:
                shutil.rmtree(left, ignore_errors=True)
        os.environ["STATE_DIR"] = str(state)  # the functions' code stays there, named by its hash

    # It reads its settings when it is imported.
    from ministack import app  # type: ignore[import-not-found]
    from ministack.core import persistence  # type: ignore[import-not-found]

    if snapshots:
        app.load_state = persistence.load_state = _reading_from(persistence, newest or state / "none")
        saving = SnapshottingApp(app, persistence, snapshots)
        app.app, app.save_all = saving, saving.save_now
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    sys.argv[1:] = []
    app.main()


if __name__ == "__main__":
    main()
