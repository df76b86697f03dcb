"""End-to-end tests run on the whole local stack, started by the same command that a person types.

One stack serves the session, on a free port and with data of its own. Run them in one process (no `-n`).
"""

import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.ministack import free_port
from infra.template import ROOT
from tests.e2e.support import browser, device, home, new_page, page, resident, stack

__all__ = ["browser", "device", "home", "new_page", "page", "resident", "stack"]

START_SECONDS = 900  # a machine that is busy and has fetched nothing yet


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here, so that `-m "not e2e"` leaves it out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@dataclass(frozen=True)
class LocalStack:
    """A running `./cabinet local`."""

    origin: str
    demo: dict[str, Any]
    """What `/local/demo` says: the demo user and what a tester needs to bind."""
    data: Path


@pytest.fixture(scope="session")
def local_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """Everything, deployed locally, with the sample loaded."""
    port = free_port()
    data = tmp_path_factory.mktemp("stack")
    said = data / "said.log"
    command = [str(ROOT / "cabinet"), "local", "--port", str(port), "--data", str(data / "stack")]
    with said.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        origin = f"http://127.0.0.1:{port}"
        _wait(process, said, origin)
        answer = httpx.get(f"{origin}/local/demo", timeout=10)
        yield LocalStack(origin, answer.json() if answer.is_success else {}, data / "stack")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(90)


def _wait(process: subprocess.Popen[bytes], said: Path, origin: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if f"ready {origin}" in said.read_text("utf-8"):
            return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    pytest.fail(f"the local stack did not come up:\n{said.read_text('utf-8')}")
