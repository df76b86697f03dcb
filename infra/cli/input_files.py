"""Files that a command is given; one that cannot be read is a refusal in one sentence."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from pathlib import Path


def read_bytes(path: Path) -> bytes:
    """Return a file's content; raises CommandError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def read_text(path: Path, *, is_input: bool = False) -> str:
    """Return a file's text in UTF-8, or the standard input's; raises CommandError."""
    try:
        return (sys.stdin.buffer.read() if is_input else read_bytes(path)).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError(f"{path}: это не UTF-8") from None
