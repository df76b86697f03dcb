"""Every command says what it leaves in the audit log: a new one fails here until that is decided."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from cabinet.audit.model import Action
from cabinet.audit.store import entries, list_about
from infra import __main__
from infra.build.template import ROOT
from infra.cli import environment
from tests.support import desk_scenarios
from tests.support.aws import Aws
from tests.support.desk_call import SUPPLIER

WRITES = {
    "export": {Action.EXPORT_REQUESTED, Action.EXPORT_REPEATED},
    "gis": {Action.GIS_TEMPLATE_FILLED},
    "import": {Action.IMPORT_APPLIED, Action.IMPORT_UNDONE},
    "mail release": {Action.SUPPRESSION_LIFTED},
    "mail resend": {Action.LETTER_RESENT},
    "notice correct": {Action.NOTICE_CORRECTED},
    "notice end": {Action.NOTICE_ENDED},
    "notice publish": {Action.NOTICE_PUBLISHED},
    "orders ask": {Action.BANK_ASKED},
    "orders compare": {Action.REGISTER_COMPARED},
    "orders refund": {Action.REFUND_REQUESTED},
    "orders settle": {Action.ORDER_SETTLED},
    "orders show": {Action.ORDER_SHOWN},
    "paperless": {Action.OPTOUTS_LISTED},
    "requests answer": {Action.REQUEST_ANSWERED},
    "requests show": {Action.REQUEST_SHOWN},
    "staff invite": {Action.STAFF_INVITED},
    "staff remove": {Action.STAFF_REMOVED},
    "staff roles": {Action.STAFF_ROLES_CHANGED},
    "supplier apply": {Action.SUPPLIER_CHANGED},
}
"""Command → what it writes, one row a run or one for each thing changed."""
OF_THIS_MACHINE = {"build", "check", "local", "lock", "openapi", "screenshots", "serve", "test"}
"""They touch no installation, or are one."""
OF_THE_INSTALLATION = {
    "backup", "bank check", "bank secret", "deploy", "doctor", "replay", "residents index", "restore",
    "rotate bank", "rotate esia", "rotate origin-token", "rotate push-key", "rotate signing-key",
    "rotate webhook",
}  # fmt: skip
"""They leave no row: they change secrets, whole tables and the like, of which AWS keeps the trail."""
LISTS = {
    "mail list", "mail log", "notice list", "orders list", "requests list", "staff audit", "staff list",
}  # fmt: skip
"""They leave no row: they show a list and nobody's account."""


def leaves(parser: argparse.ArgumentParser, name: str = "") -> Iterator[str]:
    """Yield the commands that can be run, as they are typed."""
    actions = parser._actions  # noqa: SLF001 - argparse names its commands nowhere else
    groups = [action.choices for action in actions if isinstance(action.choices, dict)]
    if not groups:
        yield name
    for group in groups:
        for typed, below in group.items():
            yield from leaves(below, f"{name} {typed}".strip())


COMMANDS = sorted(leaves(__main__.parser()))


def test_every_command_is_judged_once() -> None:
    judged = sorted([*WRITES, *OF_THIS_MACHINE, *OF_THE_INSTALLATION, *LISTS])
    assert judged == COMMANDS


@pytest.mark.parametrize("command", WRITES)
def test_what_a_command_writes_is_written_somewhere(command: str) -> None:
    """Whoever drops the row of a command, or the whole action, must come here."""
    folders = [ROOT / "infra" / "cli", ROOT / "layers" / "common" / "cabinet"]
    sources = "".join(source.read_text("utf-8") for folder in folders for source in python_files(folder))
    for action in WRITES[command]:
        assert f"Action.{action.name}" in sources or f'"{action.name}"' in sources


def python_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.py") if path.parent.name != "audit"]


def test_a_request_that_is_shown_leaves_one_row(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "select_environment", lambda _: aws.environment)
    desk_scenarios.world()
    number = desk_scenarios.a_request().number
    assert __main__.main(["requests", "show", number, "--supplier", SUPPLIER]) == 0
    (entry,) = entries(list_about(f"account:{desk_scenarios.ACCOUNT}"))
    assert (entry.action, entry.role, entry.suppliers) == ("REQUEST_SHOWN", "command", [SUPPLIER])
