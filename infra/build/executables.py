"""Tools that live in environments of their own (they pin what the product must not), run through uvx."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from infra.build.template import ROOT
from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PYTHON = "3.13"
MINISTACK = "ministack==1.5.33"
SAM = "aws-sam-cli==1.170.0"
SAM_TRANSLATOR = "aws-sam-translator==1.115.0"
CHECKOV = "checkov==3.3.30"


def uvx(package: str, program: str, *arguments: str, with_: Sequence[str] = ()) -> list[str]:
    """Return the command line that runs ``program`` of ``package`` in its own cached environment."""
    uv = shutil.which("uv")
    if uv is None:
        raise CommandError("uv is not on PATH: start with ./cabinet, which finds or installs it")
    extras = [part for extra in with_ for part in ("--with", extra)]
    return [uv, "tool", "run", "--quiet", "--python", PYTHON, *extras, "--from", package, program, *arguments]


def sam(*arguments: str) -> list[str]:
    """Return the command line of the SAM CLI."""
    return uvx(SAM, "sam", *arguments)


def run(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``command`` at the project's root and keep what it printed."""
    return subprocess.run(
        list(command),
        cwd=ROOT,
        env=os.environ | {"SAM_CLI_TELEMETRY": "0"} | dict(environment or {}),
        capture_output=True,
        text=True,
        check=False,
    )
