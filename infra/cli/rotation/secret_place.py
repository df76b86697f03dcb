"""A secret that a rotation reads and replaces: in Secrets Manager, or a file (docs/adr/0053)."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from infra.cli.rotation import secret_file, secret_versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class EditableSecret:
    """What a secret holds, and how another text takes its place while nobody else has changed it."""

    name: str
    text: str
    replace: Callable[[str], object]


@contextmanager
def opened(secret: str, file: Path | None, client: Callable[[], Any]) -> Iterator[EditableSecret]:
    """Give a secret by its name in Secrets Manager, or the one in a file; raises CommandError."""
    if file is not None:
        with secret_file.locked(file) as text:
            yield EditableSecret(str(file), text, partial(secret_file.replace, file))
        return
    made = client()
    seen = secret_versions.read(made, secret)
    yield EditableSecret(seen.secret, seen.text, partial(secret_versions.replace, made, seen))
