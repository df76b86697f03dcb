"""End-to-end tests run on the whole local stack, started by the same command that a person types.

One stack serves the session, on a free port and with data of its own; xdist's workers share it.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from infra.build.template import ROOT
from infra.local.ministack import free_port
from tests.support.browser import (
    RUNNING_ELSEWHERE,
    browser,
    device,
    has_chromium,
    home,
    new_page,
    new_payer,
    page,
    resident,
    stack,
)
from tests.support.polling import eventually

__all__ = ["browser", "device", "home", "new_page", "new_payer", "page", "resident", "stack"]

SERVED_BY = "CABINET_TEST_SERVED_BY"
"""Whether the stack serves by the emulated Lambdas (`lambda`, the default) or by processes (`serve`)."""
START_SECONDS = 900  # a machine that is busy and has fetched nothing yet


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here, so that `-m "not e2e"` leaves it out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test its devices: both if it is marked so, else the one that its people mostly use.

    Residents come by phone, the staff work on a desktop. That a screen fits the other size too, `fits` checks
    in the same test, and the walks of tests/e2e/test_every_screen.py open every screen on both.
    """
    if "device" not in metafunc.fixturenames:
        return
    if metafunc.definition.get_closest_marker("both_devices"):
        devices = ["phone", "desktop"]
    else:
        devices = [
            "desktop" if metafunc.module.__name__.rpartition(".")[2].startswith("test_desk") else "phone"
        ]
    metafunc.parametrize("device", devices)


# ------------------------------------------------------------------ one stack for all of xdist's workers

WRITERS = {
    "readings": (
        "test_readings.py",
        "test_guest_readings.py",
        "test_taps.py::test_two_meters_take_three_taps_besides_the_digits",
        "test_accessibility.py::test_the_keyboard_alone_hands_in_a_reading",
        "test_accessibility.py::test_names_alone_hand_in_a_reading",
        "test_failing_api.py::test_readings_survive_a_busy_server",
    ),
    "payments": (
        "test_paying.py",
        "test_guest_paying.py",
        "test_saved_cards.py",
        "test_autopay.py",
        "test_autopay_mail.py",
        "test_guest_camera.py",
        "test_order_screens.py",
        "test_accessibility.py::test_the_keyboard_alone_pays",
        "test_accessibility.py::test_names_alone_pay",
        "test_taps.py::test_three_flats_are_paid_by_four_taps_at_most",
    ),
    "requests": (
        "test_desk.py",
        "test_desk_exports.py",
        "test_desk_gis.py",
        "test_desk_lists.py",
        "test_desk_money.py",
        "test_desk_notices.py",
        "test_desk_overdue.py",
        "test_desk_passkeys.py",
        "test_desk_registries.py",
        "test_desk_residents.py",
        "test_desk_suppliers.py",
        "test_desk_webhook.py",
        "test_requests.py",
        "test_pushes.py",
        "test_accessibility.py::test_the_keyboard_alone_sends_a_request",
        "test_accessibility.py::test_names_alone_send_a_request",
        "test_failing_api.py::test_no_network_is_told_and_the_request_is_kept",
        "test_failing_api.py::test_a_session_that_ended_is_resumed",
    ),
    "gosuslugi": ("test_gosuslugi.py",),
}
"""What writes to the same sample account, or enters as the same citizen: never at the same time."""

_started = pytest.StashKey[ExitStack]()
_shared = pytest.StashKey[str]()


class WritersApart(LoadScopeScheduling):
    """Gives the tests of one group of writers to one worker, and all others to any free worker."""

    def _split_scope(self, nodeid: str) -> str:
        name = nodeid.removeprefix("tests/e2e/")
        return next((group for group, ours in WRITERS.items() if name.startswith(ours)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WritersApart:
    """Let xdist hand out these tests so."""
    return WritersApart(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start the stack before the first worker and tell each where it is."""
    config = node.config
    is_ours = RUNNING_ELSEWHERE not in os.environ and has_chromium()
    if is_ours and _started not in config.stash:
        stopping = config.stash[_started] = ExitStack()
        data = Path(stopping.enter_context(TemporaryDirectory(prefix="cabinet-e2e-")))
        config.stash[_shared] = stopping.enter_context(_running(data))
    node.workerinput["stack"] = config.stash.get(_shared, None)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started for the workers."""
    if _started in config.stash:
        config.stash[_started].close()


@pytest.fixture(scope="session")
def local_stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Everything, deployed locally, with the sample loaded: its origin."""
    shared = getattr(request.config, "workerinput", {}).get("stack")
    if shared:
        yield shared
        return
    with _running(tmp_path_factory.mktemp("stack")) as origin:
        yield origin


@contextmanager
def _running(data: Path) -> Iterator[str]:
    """Run `./cabinet local` on a free port."""
    port = free_port()
    said = data / "said.log"
    served_by = f"--{os.environ.get(SERVED_BY, 'lambda')}"
    command = [str(ROOT / "cabinet"), "local", served_by, "--port", str(port), "--data", str(data / "stack")]
    with said.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        origin = f"http://127.0.0.1:{port}"
        _wait(process, said, origin)
        yield origin
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(90)


def _wait(process: subprocess.Popen[bytes], said: Path, origin: str) -> None:
    ready = f"ready {origin}"

    def has_come_or_gone() -> bool:
        return ready in said.read_text("utf-8") or process.poll() is not None

    with suppress(AssertionError):
        eventually(has_come_or_gone, ready, START_SECONDS)
    if ready not in said.read_text("utf-8"):
        pytest.exit(f"the local stack did not come up:\n{said.read_text('utf-8')}", returncode=1)
