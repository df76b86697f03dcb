"""Fills the local stack with the sample, through the same doors as a settlement centre's data."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING, Any

from infra import progress
from infra.local.front import DEMO_FILE

if TYPE_CHECKING:
    from pathlib import Path


def load(origin: str, endpoint: str, data: Path) -> None:
    """Load the sample suppliers and the demo user, unless this data already has them."""
    if demo(data) is not None:
        return
    if importlib.util.find_spec("infra.sample") is None:
        progress.note("no sample: there is no infra/sample")


def demo(data: Path) -> dict[str, Any] | None:
    """Return the demo user, when the sample is loaded."""
    path = data / DEMO_FILE
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found
