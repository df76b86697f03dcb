"""`cabinet staff`: the first owner, roles, removal, and the audit log as a file."""

import csv
from pathlib import Path

import pytest

from cabinet.staff.members import find_by_email, list_members
from infra.__main__ import main
from infra.cli import environment
from tests.support.aws import Aws
from tests.support.factories import bound_accounts

EMAIL = "owner@example.ru"


@pytest.fixture(autouse=True)
def stack(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stack that the command finds, with one supplier."""
    monkeypatch.setattr(environment, "local", lambda data: aws.environment)
    bound_accounts.supplier()


def run(*arguments: str) -> int:
    return main(["staff", *arguments])


def test_the_first_owner_is_invited_by_mail_and_by_a_link(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("invite", EMAIL, "--role", "owner", "--supplier", "all") == 0
    assert "/desk/invitation?token=" in capsys.readouterr().out
    member = find_by_email(EMAIL)
    assert member is not None
    assert (member.roles, member.suppliers) == (["owner"], ["*"])
    letters = [row["template"] for row in aws.table("MESSAGES_TABLE").scan()["Items"]]
    assert letters == ["staff_invitation"]
    assert run("list") == 0
    assert capsys.readouterr().out == f"{EMAIL}\t\towner\t*\tinvited\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("invite", EMAIL, "--role", "king", "--supplier", "all"), "no role king"),
        (("invite", EMAIL, "--role", "owner", "--supplier", "nobody"), "no supplier nobody"),
        (("invite", "owner", "--role", "owner", "--supplier", "all"), "Укажите адрес электронной почты"),
        (("remove", EMAIL), f"nobody at the desk has the address {EMAIL}"),
        (("audit", "--from", "yesterday"), "no day yesterday"),
    ],
)
def test_a_mistake_is_named(
    arguments: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 1
    assert sentence in capsys.readouterr().err
    assert list_members() == []


def test_what_commands_do_stands_in_the_audit_log_with_their_principal(tmp_path: Path) -> None:
    run("invite", EMAIL, "--role", "owner", "--supplier", "all")
    run("roles", EMAIL, "--role", "operator", "--role", "accountant", "--supplier", "uk-test")
    run("remove", EMAIL)
    assert list_members() == []
    assert run("audit", "-o", str(tmp_path / "audit.csv")) == 0
    with (tmp_path / "audit.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["action"] for row in rows] == [
        "Сотрудник удалён", "Роли сотрудника изменены", "Сотрудник приглашён",
    ]  # fmt: skip
    assert {row["who"].partition(":")[0] for row in rows} == {"command"}
    assert {row["who"].split(":", 1)[1][:8] for row in rows} == {"arn:aws:"}
    about = rows[0]["about"]
    for options in (("--about", about), ("--who", rows[0]["who"])):
        assert run("audit", *options, "-o", str(tmp_path / "some.csv")) == 0
        assert len((tmp_path / "some.csv").read_text("utf-8").splitlines()) == 4
