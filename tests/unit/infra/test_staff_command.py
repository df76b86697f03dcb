"""`cabinet staff`: the first owner, roles, removal, and the audit log as a file."""

import csv
from pathlib import Path
from typing import Any

import pytest

from cabinet.audit.store import entries, list_about
from cabinet.aws.dynamo import IS_ABSENT, Table, Transaction
from cabinet.core.errors import Conflict
from cabinet.staff import members, passkeys
from cabinet.staff.keys import passkey_key
from cabinet.staff.members import find_by_email, list_members
from cabinet.staff.passkey_rules import Passkey
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
    emails = [row["template"] for row in aws.rows("MESSAGES_TABLE")]
    assert emails == ["staff_invitation"]
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


def has_passkey(passkey_id: str, **changed: Any) -> None:
    """Give the invited person a passkey."""
    member = find_by_email(EMAIL)
    assert member is not None
    passkey = Passkey(
        passkey_id=passkey_id, credential_id=f"of-{passkey_id}", public_key="", sign_count=0,
        name=f"Ключ {passkey_id}", created_at="2026-03-01T10:00:00+00:00", **changed,
    )  # fmt: skip
    pk, sk = passkey_key(member.staff_id, passkey_id)
    transaction = Transaction()
    transaction.put(
        Table.USERS, {"pk": pk, "sk": sk} | passkey.model_dump(mode="json"),
        condition=IS_ABSENT, on_conflict=Conflict,
    )  # fmt: skip
    members.put_changed(transaction, member, member, passkey_count=member.passkey_count + 1)
    transaction.commit()


def test_a_lost_passkey_is_listed_and_removed(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    run("invite", EMAIL, "--role", "owner", "--supplier", "all")
    capsys.readouterr()
    assert run("remove-passkey", EMAIL, "all") == 0
    assert capsys.readouterr().out == f"{EMAIL} has no passkeys\n"
    has_passkey("a1")
    has_passkey("b2", used_at="2026-03-02T10:00:00+00:00")
    assert run("passkeys", EMAIL) == 0
    assert capsys.readouterr().out == (
        "a1\tКлюч a1\tadded 2026-03-01\tnever used\nb2\tКлюч b2\tadded 2026-03-01\tused 2026-03-02\n"
    )
    before = find_by_email(EMAIL)
    assert run("remove-passkey", EMAIL, "a1") == 0
    assert capsys.readouterr().out == f"removed: {EMAIL}, Ключ a1\n"
    assert run("remove-passkey", EMAIL, "a1") == 1
    assert f"{EMAIL} has no passkey a1" in capsys.readouterr().err
    assert run("remove-passkey", EMAIL, "all") == 0
    after = find_by_email(EMAIL)
    assert before is not None
    assert after is not None
    # The sessions are over, as one may have been opened by it.
    assert (after.passkey_count, after.credentials_version) == (0, before.credentials_version + 2)
    assert passkeys.list_passkeys(after.staff_id) == []
    emails = [row["template"] for row in aws.rows("MESSAGES_TABLE")]
    assert emails.count("staff_passkey") == 2
    removed = [
        each for each in entries(list_about(f"staff:{after.staff_id}")) if each.action == "PASSKEY_REMOVED"
    ]
    assert [each.before for each in removed] == [{"name": "Ключ b2"}, {"name": "Ключ a1"}]
    assert {(each.who.partition(":")[0], each.role) for each in removed} == {("command", "command")}


def test_what_commands_do_stands_in_the_audit_log_with_their_principal(tmp_path: Path) -> None:
    run("invite", EMAIL, "--role", "owner", "--supplier", "all")
    run("roles", EMAIL, "--role", "operator", "--role", "accountant", "--supplier", "uk-test")
    run("remove", EMAIL)
    assert list_members() == []
    assert run("audit", "-o", str(tmp_path / "audit.csv")) == 0
    with (tmp_path / "audit.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["action"] for row in rows] == [
        "Просмотр журнала", "Сотрудник удалён", "Роли сотрудника изменены", "Сотрудник приглашён",
    ]  # fmt: skip
    assert {row["who"].partition(":")[0] for row in rows} == {"command"}
    assert {row["who"].split(":", 1)[1][:8] for row in rows} == {"arn:aws:"}
    # Each access is listed too, this one included.
    for options, lines in ((("--about", rows[1]["about"]), 1 + 3), (("--who", rows[1]["who"]), 1 + 3 + 3)):
        assert run("audit", *options, "-o", str(tmp_path / "some.csv")) == 0
        assert len((tmp_path / "some.csv").read_text("utf-8").splitlines()) == lines
