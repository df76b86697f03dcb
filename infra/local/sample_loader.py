"""Fills the local stack with the sample, through the same doors as a settlement centre's data and people."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cabinet.core import clock
from infra.build import progress
from infra.build.template import ROOT
from infra.cli.errors import CommandError
from infra.local import sample_staff
from infra.local.api_client import Person
from infra.local.app import DEMO_FILE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_REQUEST = {"kind": "appeal", "text": "Просим проверить отопление в подъезде: батареи едва тёплые."}
_ANSWER = (
    "Слесарь проверил стояк и спустил воздух. Если в квартире по-прежнему холодно, позвоните диспетчеру."
)
_EMERGENCY = (
    "Повреждён водовод на улице. Холодной воды нет, бригада работает на месте. "
    "Подвоз воды: у второго подъезда, с 8 до 20."
)

ORIGIN_VARIABLE = "LOCAL_ORIGIN"
"""The sample's suppliers name the banks' simulators by it."""


def load(origin: str, data: Path, save: Callable[[], None]) -> None:
    """Load the sample suppliers and the demo user, unless this data has them; ``save`` the result."""
    if demo(data) is not None:
        return
    if importlib.util.find_spec("infra.sample") is None:
        progress.info("no sample: there is no infra/sample")
        return
    from infra import sample

    with progress.step("making the sample's registries"):
        suppliers = sample.generate(data / "sample", clock.now().date())
    with progress.step("loading the sample through the import"):
        _run_side_by_side(origin, data, *(("supplier", "apply", str(each.profile)) for each in suppliers))
        _run_side_by_side(
            origin,
            data,
            *(("import", str(each.registry), "--supplier", each.supplier_id) for each in suppliers),
        )
    with (
        progress.step("registering the demo user, and letting the staff join"),
        ThreadPoolExecutor(1) as executor,
    ):
        joined = executor.submit(
            sample_staff.join, origin, lambda *command: _finish(_staff(origin, data, *command))
        )
        demo_user = _register(origin, data, sample.demo())
        demo_user["staff"] = joined.result()
    save()  # the file below says that all of it is there
    (data / DEMO_FILE).write_text(json.dumps(demo_user, ensure_ascii=False, indent=1), "utf-8")


def demo(data: Path) -> dict[str, Any] | None:
    """Return the demo user, when the sample is loaded."""
    path = data / DEMO_FILE
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def _register(origin: str, data: Path, demo_user: dict[str, Any]) -> dict[str, Any]:
    """Make the demo user as anybody would, with accounts of their own, the last of them the primary one.

    In one of these flats the water has been cut off, and a request has been answered.
    """
    own = demo_user["accounts"][-demo_user.pop("own") :]
    with Person(origin, demo_user["email"], demo_user["password"]) as person:
        if not person.can_sign_in():  # after a start that was broken off, the user is there already
            person.register()
            person.sign_in()
        bound = {binding["account_id"] for binding in person.call("GET", "/api/bindings")["items"]}
        for account in own:
            if account["account_id"] not in bound:
                person.bind(account)
        home = quote(own[-1]["account_id"], safe="")
        asked = person.call("POST", f"/api/accounts/{home}/requests", _REQUEST, key="sample")
    supplier_id, _, number = own[-1]["account_id"].partition(":")
    until = f"{clock.now() + timedelta(hours=30):%d.%m.%Y} 18:00"
    answer = ("requests", "answer", asked["number"], "--text", _ANSWER)
    notice = (
        "notice", "publish", "--account", number, "--kind", "emergency", "--until", until,
        "--title", "Авария на сети холодной воды", "--text", _EMERGENCY,
    )  # fmt: skip
    _run_side_by_side(origin, data, *((*each, "--supplier", supplier_id) for each in (answer, notice)))
    return demo_user


def _run_side_by_side(origin: str, data: Path, *commands: tuple[str, ...]) -> None:
    running = [_staff(origin, data, *command) for command in commands]
    for process in running:
        _finish(process)


def _staff(origin: str, data: Path, *command: str) -> subprocess.Popen[str]:
    """Start a staff's command on this stack."""
    return subprocess.Popen(
        [sys.executable, "-m", "infra", *command, "--data", str(data)],
        cwd=ROOT,
        env=os.environ | {ORIGIN_VARIABLE: origin},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _finish(process: subprocess.Popen[str]) -> str:
    """Return what the command printed; raises CommandError when it failed."""
    said, _ = process.communicate()
    if process.returncode:
        raise CommandError(f"the sample could not be loaded:\n{said}")
    return said
