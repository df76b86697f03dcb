"""The browser of the pictures and of the browser tests: the system's, or Playwright's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

_SYSTEM = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
"""The shell is the same engine without the windows, for which nobody looks: a quarter of the work."""
LAUNCH_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable(playwright: Playwright) -> Path | None:
    """Return where Chromium is, or None when this machine has none."""
    own = Path(playwright.chromium.executable_path)
    return next((path for path in (*_SYSTEM, own) if path.exists()), None)
