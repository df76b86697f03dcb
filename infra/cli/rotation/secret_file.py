"""A secret that is a file: read and replaced whole, by one run at a time."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[str]:
    """Give the file's text, while no other run may change it.

    The lock is the folder's: the file itself is another one after each change. Raises CommandError when
    there is no such file, or it may not be read.
    """
    try:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield path.read_text("utf-8").removesuffix("\n")
        finally:
            os.close(folder)
    except OSError as error:
        raise CommandError(f"{path} cannot be read or written: {error.strerror}") from None


def replace(path: Path, text: str) -> None:
    """Put another text into the file, in one step, with the same owner and rights."""
    before = path.stat()
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, before.st_mode & 0o777)
        os.fchown(descriptor, before.st_uid, before.st_gid)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    temporary.replace(path)
