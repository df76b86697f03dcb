"""Every command says what it leaves in the audit log: a new one fails here until that is decided."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cabinet.audit.model import EVERY_SUPPLIER, Action, AuditEntry
from cabinet.audit.store import entries, list_about, list_by_day
from cabinet.core import clock
from cabinet.staff.rights_rules import ROUTES, AuditKind
from infra import __main__
from infra.build.template import ROOT, Template
from infra.cli import environment
from infra.cli.command_audit import command_author
from infra.cli.commands import deploy
from tests.support import desk_scenarios
from tests.support.aws import Aws
from tests.support.aws_calls import Call, answered_by
from tests.support.desk_call import SUPPLIER

WRITES = {
    "autopay release": {Action.AUTOPAY_RELEASED},
    "backup": {Action.BACKUP_BEGUN},
    "bank check": {Action.BANK_CHECKED},
    "bank secret": {Action.BANK_LOGIN_STORED},
    "deploy": {Action.DEPLOYED},
    "export": {Action.EXPORT_REQUESTED, Action.EXPORT_REPEATED},
    "gis": {Action.GIS_TEMPLATE_FILLED},
    "import": {Action.IMPORT_APPLIED, Action.IMPORT_UNDONE},
    "mail list": {Action.MAIL_SHOWN},
    "mail log": {Action.MAIL_SHOWN},
    "mail release": {Action.SUPPRESSION_LIFTED},
    "mail resend": {Action.LETTER_RESENT},
    "notice correct": {Action.NOTICE_CORRECTED},
    "notice end": {Action.NOTICE_ENDED},
    "notice publish": {Action.NOTICE_PUBLISHED},
    "orders ask": {Action.BANK_ASKED},
    "orders compare": {Action.REGISTER_COMPARED},
    "orders list": {Action.ORDERS_SEARCHED},
    "orders refund": {Action.REFUND_REQUESTED},
    "orders settle": {Action.ORDER_SETTLED},
    "orders show": {Action.ORDER_SHOWN},
    "paperless": {Action.OPTOUTS_LISTED},
    "replay": {Action.DEAD_LETTERS_REPLAYED},
    "requests answer": {Action.REQUEST_ANSWERED},
    "requests list": {Action.REQUESTS_LISTED},
    "requests show": {Action.REQUEST_SHOWN},
    "residents index": {Action.RESIDENTS_INDEXED},
    "restore": {Action.BACKUP_RESTORED, Action.TABLES_RESTORED, Action.TABLES_RESTORE_UNDONE},
    "rotate bank": {Action.KEY_ROTATED},
    "rotate esia": {Action.KEY_ROTATED},
    "rotate origin-token": {Action.KEY_ROTATED},
    "rotate push-key": {Action.KEY_ROTATED},
    "rotate signing-key": {Action.KEY_ROTATED},
    "rotate webhook": {Action.KEY_ROTATED},
    "staff audit": {Action.AUDIT_SHOWN},
    "staff invite": {Action.STAFF_INVITED},
    "staff remove-passkey": {Action.PASSKEY_REMOVED},
    "staff remove": {Action.STAFF_REMOVED},
    "staff roles": {Action.STAFF_ROLES_CHANGED},
    "supplier apply": {Action.SUPPLIER_CHANGED},
}
"""Command → what it writes, one row a run or one for each thing changed."""
OF_THIS_MACHINE = {"build", "check", "local", "lock", "openapi", "screenshots", "serve", "test"}
"""They touch no installation, or are one."""
WITHOUT_A_ROW = {
    "doctor": "names nobody; the rows that it tries the engine by are its own, and deleted",
    "notice list": "what the staff wrote and residents read on their own page: where it hangs, and counts of"
    " people; whom it does not reach is a look of its own; its route leaves none either",
    "staff list": "who works at the desk, nobody's account; its route leaves none either",
    "staff passkeys": "names that a colleague gave their devices; the route of one's own leaves none either",
}
"""Command → why it leaves none."""


BELOW: dict[argparse.ArgumentParser, Any] = {}
"""The subcommands of a parser: argparse shows them only where they are added."""


def parser_whose_commands_are_noted() -> argparse.ArgumentParser:
    add_subparsers = argparse.ArgumentParser.add_subparsers

    def note(parser: argparse.ArgumentParser, **options: Any) -> Any:
        BELOW[parser] = add_subparsers(parser, **options)
        return BELOW[parser]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(argparse.ArgumentParser, "add_subparsers", note)
        return __main__.parser()


def leaves(parser: argparse.ArgumentParser, name: str = "") -> Iterator[str]:
    """Yield the commands that can be run, as they are typed."""
    if parser not in BELOW:
        yield name
        return
    for typed, below in BELOW[parser].choices.items():
        yield from leaves(below, f"{name} {typed}".strip())


COMMANDS = sorted(leaves(parser_whose_commands_are_noted()))


def test_every_command_is_judged_once() -> None:
    judged = sorted([*WRITES, *OF_THIS_MACHINE, *WITHOUT_A_ROW])
    assert judged == COMMANDS


@pytest.mark.parametrize("command", WRITES)
def test_what_a_command_writes_is_written_somewhere(command: str) -> None:
    """Dropping the row of a command, or the whole action, must change this list."""
    folders = [ROOT / "infra" / "cli", ROOT / "infra" / "restore", ROOT / "layers" / "common" / "cabinet"]
    sources = "".join(source.read_text("utf-8") for folder in folders for source in python_files(folder))
    for action in WRITES[command]:
        assert f"Action.{action.name}" in sources or f'"{action.name}"' in sources


def python_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.py") if path.parent.name != "audit"]


@pytest.mark.parametrize("route", ["notices", "staff", "passkeys"])
def test_what_a_command_may_show_without_a_row_the_desk_may_as_well(route: str) -> None:
    assert ROUTES[f"GET /api/staff/{route}"].audit is AuditKind.NOTHING


def test_a_request_that_is_shown_leaves_one_row(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "select_environment", lambda _: aws.environment)
    desk_scenarios.world()
    number = desk_scenarios.a_request().number
    assert __main__.main(["requests", "show", number, "--supplier", SUPPLIER]) == 0
    (entry,) = entries(list_about(f"account:{desk_scenarios.ACCOUNT}"))
    assert (entry.action, entry.role, entry.suppliers) == ("REQUEST_SHOWN", "command", [SUPPLIER])


def day() -> list[AuditEntry]:
    return entries(list_by_day(f"{clock.now():%Y-%m-%d}"))


def test_lists_that_name_residents_leave_one_row_each(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "select_environment", lambda _: aws.environment)
    desk_scenarios.world()
    listing = ["requests", "list", "--supplier", SUPPLIER, "--all"]
    others = [["mail", "list"], ["mail", "log", "ivan.petrov@example.ru"], ["orders", "list"]]
    of_the_log = ["staff", "audit", "--about", f"account:{desk_scenarios.ACCOUNT}", "--from", "2026-01-01"]
    for command in (listing, *others, of_the_log):
        assert __main__.main(command) == 0
    found = {(entry.action, tuple(entry.suppliers), *entry.after.values()) for entry in day()}
    assert found == {
        ("REQUESTS_LISTED", (SUPPLIER,), "all"),
        ("MAIL_SHOWN", (EVERY_SUPPLIER,), "dead"),
        ("MAIL_SHOWN", (EVERY_SUPPLIER,), "iv…v@example.ru"),
        ("ORDERS_SEARCHED", (EVERY_SUPPLIER,), "review"),
        ("AUDIT_SHOWN", (EVERY_SUPPLIER,), f"account:{desk_scenarios.ACCOUNT}", "2026-01-01"),
    }


def test_nothing_is_shown_when_the_log_cannot_be_written(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "select_environment", lambda _: aws.environment)
    desk_scenarios.world()
    number = desk_scenarios.a_request().number
    capsys.readouterr()

    def refuse(call: Call) -> tuple[int, dict[str, Any]] | None:
        is_row = call.operation == "TransactWriteItems"
        return (400, {"Error": {"Code": "AccessDeniedException", "Message": "no"}}) if is_row else None

    with answered_by(refuse):
        assert __main__.main(["requests", "list", "--supplier", SUPPLIER]) == 1
    assert number not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("variables", "who"),
    [
        ({}, "arn:aws:"),
        ({"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"}, "@"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "@"),
    ],
)
def test_beside_an_engine_without_sts_the_machines_user_is_the_author(
    aws: Aws, variables: dict[str, str], who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    def unknown(call: Call) -> tuple[int, dict[str, Any]] | None:
        is_asked = call.operation == "GetCallerIdentity" and variables
        return (400, {"Error": {"Code": "InvalidAction", "Message": ""}}) if is_asked else None

    command_author.cache_clear()
    with answered_by(unknown):
        assert who in command_author().who
    command_author.cache_clear()


def test_a_deployment_is_noted_in_the_table_that_the_stack_uses(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    users = aws.environment["USERS_TABLE"]
    names = {"ApiVersion": "before", "UsersTable": users}
    monkeypatch.setattr(environment, "stack_names", lambda _: names)
    monkeypatch.setattr(
        Template, "function_environment", lambda _, known: {"USERS_TABLE": known["UsersTable"]}
    )
    deploy._audit("prod", "AllAtOnce")  # noqa: SLF001
    (entry,) = entries(list_about("stack:prod"))
    assert (entry.action, entry.before["api_version"], entry.after["rollout"]) == (
        "DEPLOYED", "before", "AllAtOnce",
    )  # fmt: skip
    names["UsersTable"] = "gone"
    deploy._audit("prod", "AllAtOnce")  # noqa: SLF001
    assert "no row there" in capsys.readouterr().out, "a deployment may be what brings the table back"
