"""Builds template.yaml with SAM, without Docker, and only when something that goes into it has changed."""

from __future__ import annotations

import fcntl
import hashlib
import platform
import sys
import time
from typing import TYPE_CHECKING

from infra.build import executables
from infra.build.template import ROOT
from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARCHITECTURES = ("x86_64", "arm64")
BUILD_FOLDER = ROOT / ".aws-sam" / "build"
"""Where `sam deploy` looks."""

VERSION_PARAMETER = "Publication"
"""The stack's parameter whose change publishes new versions of the functions."""

ROLLOUT = "Rollout"
"""The stack's parameter that says how requests go over to new versions."""
GRADUAL = "Canary10Percent5Minutes"
AT_ONCE = "AllAtOnce"

_SOURCES = ("template.yaml", "functions", "layers")
_NOT_SOURCES = {"__pycache__", ".mypy_cache", ".ruff_cache"}


def native_architecture() -> str:
    """Return what layers must be built for to run on this very machine."""
    machine = platform.machine().lower()
    if sys.platform != "linux":
        return "native"
    return "arm64" if machine in ("aarch64", "arm64") else "x86_64"


def new_version_token() -> str:
    """Return a value of `Publication` that no update had before: the suffix of the versions' logical ids."""
    return f"{time.time_ns() // 1_000_000:x}"[-10:]


def build(architecture: str, folder: Path = BUILD_FOLDER) -> bool:
    """Build into ``folder``; return whether there was anything to do.

    Raises
    ------
    CommandError
        When SAM could not build; its own words are in the text.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # another terminal may be building the same
        if is_current(architecture, folder):
            return False
        _build(architecture, folder)
    return True


def _build(architecture: str, folder: Path) -> None:
    wanted = _stamp_text(architecture)
    _stamp(folder).unlink(missing_ok=True)
    deployed = architecture if architecture in ARCHITECTURES else ARCHITECTURES[0]
    arguments = ("--build-dir", str(folder), "--cache-dir", str(folder.parent / f"{folder.name}-cache"))
    overrides = ("--parameter-overrides", f"Architecture={deployed}")
    done = executables.run(
        executables.sam("build", "--parallel", *arguments, *overrides), {"ARCHITECTURE": architecture}
    )
    if done.returncode:
        raise CommandError(f"the template could not be built:\n{done.stdout}{done.stderr}")
    _stamp(folder).write_text(wanted, "utf-8")


def is_current(architecture: str, folder: Path = BUILD_FOLDER) -> bool:
    """Return whether ``folder`` holds a build of the sources as they are."""
    stamp = _stamp(folder)
    built = stamp.exists() and (folder / "template.yaml").exists()
    return built and stamp.read_text("utf-8") == _stamp_text(architecture)


def _stamp(folder: Path) -> Path:
    return folder.parent / f"{folder.name}.stamp"


def _stamp_text(architecture: str) -> str:
    return f"{architecture} {fingerprint()}"


def fingerprint() -> str:
    """Return a hash of everything that a build reads."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for name in _SOURCES:
        top = ROOT / name
        found = sorted(top.rglob("*")) if top.is_dir() else [top]
        for path in found:
            if path.is_file() and not _NOT_SOURCES & set(path.parts) and path.suffix != ".pyc":
                yield path
