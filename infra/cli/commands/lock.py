"""`cabinet lock`: pins every package with its hashes, for the environment, each Lambda layer and `serve`."""

from __future__ import annotations

import argparse
import re
import subprocess

from infra.build.template import ROOT
from infra.cli.errors import CommandError
from infra.cli.subparsers import Subparsers

LAYER_PROJECT = "layers/common/pyproject.toml"
PINNING = ("--generate-hashes", "--no-emit-index-url", "--python-version", "3.13", "--quiet")
ENVIRONMENT = ("--universal", "pyproject.toml", "--group", "pyproject.toml:dev", "--all-extras")
LAYER_DEPENDENCIES: dict[str, tuple[str, ...]] = {"identity": (), "pdf": (), "passkeys": ("identity",)}
"""Each extra that is a layer, and the layers whose packages it leaves out: its functions have them anyway."""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("lock", help="pin the packages of the environment and of the layers")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions allowed")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Pin the environment first; the layers then take exactly the versions that the tests ran with."""
    upgrade = ("--upgrade",) if arguments.upgrade else ()
    _compile("requirements.lock", *ENVIRONMENT, LAYER_PROJECT, *upgrade)
    layer = (
        LAYER_PROJECT,
        "--python-platform",
        "x86_64-manylinux_2_28",
        "--constraints",
        "requirements.lock",
    )
    common = "layers/common/requirements.lock"
    _compile(common, *layer)
    for extra, others in LAYER_DEPENDENCIES.items():
        locks = (common, *(f"layers/{other}/requirements.lock" for other in others))
        there = [part for lock in locks for name in _pinned(lock) for part in ("--no-emit-package", name)]
        _compile(f"layers/{extra}/requirements.lock", *layer, "--extra", extra, *there)
    serving = ("--all-extras", "--group", "pyproject.toml:serve")
    _compile("serve/requirements.lock", *layer, *serving)
    return 0


def _compile(output: str, *arguments: str) -> None:
    command = ["uv", "pip", "compile", *PINNING, "--custom-compile-command", "./cabinet lock"]
    done = subprocess.run([*command, *arguments, "--output-file", output], cwd=ROOT, check=False)
    if done.returncode:
        raise CommandError(f"{output} could not be pinned")


def _pinned(lock: str) -> list[str]:
    return re.findall(r"^([\w.-]+)==", (ROOT / lock).read_text("utf-8"), flags=re.MULTILINE)
