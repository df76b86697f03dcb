"""A backup or a restore that dies between any two of its calls, and is gone on with by the same command."""

import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from cabinet.audit.keys import entry_key
from cabinet.audit.model import Action, AuditEntry
from cabinet.audit.store import entries, list_about
from cabinet.autopay.hold import Hold, current_hold, hold_row
from cabinet.core import clock
from infra.__main__ import main
from infra.backup import archive
from infra.cli import environment
from infra.cli.command_audit import audit_action, command_author
from infra.cli.errors import CommandError
from tests.support.aws import Aws
from tests.support.aws_calls import Call, Listener, answered_by
from tests.support.backups import (
    KEY,
    Killed,
    RunBefore,
    back_up,
    die,
    empty_buckets,
    objects,
    put_back,
    restored,
)
from tests.support.factories import bound_accounts

LARGE = bytes(range(256)) * 31_251
"""More than one piece."""


def fill(aws: Aws) -> None:
    """A few accounts and users, and objects of both buckets; one of the rows has every type of value."""
    bound_accounts.supplier("uk-test")
    flats = [bound_accounts.account(f"{number}234567899", "uk-test") for number in range(1, 4)]
    bound_accounts.user("u1", *flats)
    bound_accounts.user("u2", flats[0], email="second@example.com")
    every = {
        "pk": {"S": "EVERY"}, "sk": {"S": "TYPE"}, "b": {"B": b"\x00\xff"}, "n": {"N": "7"},
        "no": {"NULL": True},
        "set": {"SS": ["а", "б"]}, "m": {"M": {"l": {"L": [{"BOOL": False}, {"S": ""}]}}},
    }  # fmt: skip
    boto3.client("dynamodb").put_item(TableName=aws.environment["MESSAGES_TABLE"], Item=every)
    put(aws, "EXCHANGE_BUCKET", "inbound/center/реестр.csv", b"1;2\r\n")
    put(aws, "EXCHANGE_BUCKET", "outbound/center/empty.csv", b"")
    put(aws, "DOCUMENTS_BUCKET", "receipts/1.pdf", b"%PDF")


def put(aws: Aws, bucket: str, key: str, content: bytes) -> None:
    boto3.client("s3").put_object(
        Bucket=aws.environment[bucket], Key=key, Body=content, ContentType="text/x", Metadata={"of": "test"}
    )


def check_restored(aws: Aws, folder: Path, before: Any, stored: Any) -> None:
    """Empty everything, restore, and find it as it was."""
    aws.tables.empty()
    empty_buckets(aws)
    with tempfile.TemporaryDirectory() as work:
        put_back(aws, folder, Path(work))
    assert restored(aws) == before
    assert objects(aws) == stored


def test_all_is_restored_to_the_letter(aws: Aws, tmp_path: Path) -> None:
    fill(aws)
    put(aws, "DOCUMENTS_BUCKET", "uploads/large", LARGE)
    before, stored = aws.tables.snapshot(), objects(aws)
    manifest = back_up(aws, tmp_path / "backup")
    assert {kind for _, kind in manifest["parts"]} == {"rows", "objects"}, "nothing changed: nothing is late"
    assert manifest["buckets"]["DOCUMENTS_BUCKET"] == (2, len(LARGE) + 4)
    check_restored(aws, tmp_path / "backup", before, stored)
    bucket = aws.environment["DOCUMENTS_BUCKET"]
    for key in ("receipts/1.pdf", "uploads/large"):
        head = boto3.client("s3").head_object(Bucket=bucket, Key=key)
        assert (head["ContentType"], head["Metadata"]) == ("text/x", {"of": "test"})
    held = b"".join(path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file())
    for known in (b"second@example.com", b"1234567899", "реестр".encode()):
        assert known not in held, "nothing of a resident is readable"


def test_a_backup_that_dies_at_any_call_goes_on(aws: Aws, tmp_path: Path) -> None:
    fill(aws)
    before, stored = aws.tables.snapshot(), objects(aws)
    number = 0
    while True:
        folder = tmp_path / str(number)
        try:
            back_up(aws, folder, page_rows=3, rival=RunBefore(number, die))
        except Killed:
            back_up(aws, folder, page_rows=5)
            check_restored(aws, folder, before, stored)
            number += 1
            continue
        break
    assert number > 15


@pytest.mark.parametrize("after_the_write", [False, True])
def test_a_backup_that_dies_at_any_file_goes_on(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after_the_write: bool
) -> None:
    fill(aws)
    before, stored = aws.tables.snapshot(), objects(aws)
    write, number, died = archive.write_whole, 0, True
    while died:
        folder, files = tmp_path / str(number), iter(range(100))

        def injector(path: Path, content: bytes, files: Any = files, deadly: int = number) -> None:
            is_deadly = next(files) == deadly
            if is_deadly and not after_the_write:
                raise Killed
            write(path, content)
            if is_deadly:
                raise Killed

        monkeypatch.setattr(archive, "write_whole", injector)
        try:
            back_up(aws, folder, page_rows=5)
            died = False
        except Killed:
            monkeypatch.setattr(archive, "write_whole", write)
            if not archive.Archive.begin(folder, b"k" * 32).is_finished:
                back_up(aws, folder, page_rows=5)
        check_restored(aws, folder, before, stored)
        number += 1
    assert number > 6


def test_a_restore_that_dies_at_any_call_goes_on(aws: Aws, tmp_path: Path) -> None:
    fill(aws)
    put(aws, "DOCUMENTS_BUCKET", "uploads/large", LARGE)
    before, stored = aws.tables.snapshot(), objects(aws)
    back_up(aws, tmp_path / "backup")
    number, died = 0, True
    while died:
        aws.tables.empty()
        empty_buckets(aws)
        rival = RunBefore(number, die)
        try:
            put_back(aws, tmp_path / "backup", tmp_path / f"work-{number}", rival=rival)
            died = False
        except Killed:
            put_back(aws, tmp_path / "backup", tmp_path / f"again-{number}")
        assert restored(aws) == before
        assert objects(aws) == stored
        number += 1
    assert number > 15


def test_a_restore_leaves_its_own_row_and_all_else_to_the_letter(aws: Aws, tmp_path: Path) -> None:
    """Wherever it dies: rows that were put are never without the row that says who began it."""
    fill(aws)
    before, stored = aws.tables.snapshot(), objects(aws)
    back_up(aws, tmp_path / "backup")
    about = f"backup:{archive.Archive(tmp_path / 'backup', KEY).id}"
    audit = partial(audit_action, Action.BACKUP_RESTORED, about)
    command_author()  # is asked for once a process
    number, died = 0, True
    while died:
        aws.tables.empty()
        empty_buckets(aws)
        empty = aws.tables.snapshot()
        try:
            put_back(
                aws, tmp_path / "backup", tmp_path / f"w-{number}", rival=RunBefore(number, die), audit=audit
            )
            died = False
        except Killed:
            assert aws.tables.snapshot() == empty or entries(list_about(about))
            put_back(aws, tmp_path / "backup", tmp_path / f"again-{number}", audit=audit)
        noted = entries(list_about(about))
        assert {entry.role for entry in noted} == {"command"}
        assert len(noted) <= 2, "one a run"
        count = put_back(aws, tmp_path / "backup", tmp_path / f"once-more-{number}")
        assert count["USERS_TABLE"] + len(noted) == len(aws.rows("USERS_TABLE"))
        forget(aws, noted)
        assert (restored(aws), objects(aws)) == (before, stored)
        number += 1
    assert number > 15


def test_no_row_of_a_restore_that_died_stands_without_the_hold_of_autopay(aws: Aws, tmp_path: Path) -> None:
    """Whatever starts a schedule in half-restored tables, no card is charged."""
    fill(aws)
    back_up(aws, tmp_path / "backup")
    number, died = 0, True
    while died:
        aws.tables.empty()
        empty_buckets(aws)
        empty = aws.tables.snapshot()
        try:
            put_back(aws, tmp_path / "backup", tmp_path / f"work-{number}", rival=RunBefore(number, die))
            died = False
        except Killed:
            assert aws.tables.snapshot() == empty or current_hold() is not None
        number += 1
    assert number > 15


def test_a_backup_of_tables_in_which_autopay_is_held_holds_it_as_before(aws: Aws, tmp_path: Path) -> None:
    fill(aws)
    earlier = hold_row("backup:earlier", clock.now() - timedelta(days=1))
    aws.table("PAYMENTS_TABLE").put_item(Item=earlier)
    before = aws.tables.snapshot()
    back_up(aws, tmp_path / "backup")
    aws.tables.empty()
    for number in range(2):
        put_back(aws, tmp_path / "backup", tmp_path / f"work-{number}")
    assert aws.tables.snapshot() == before
    assert current_hold() == Hold(earlier["since"], "backup:earlier")


def forget(aws: Aws, noted: list[AuditEntry]) -> None:
    """Take these rows away, as nobody but a test can."""
    for entry in noted:
        pk, sk = entry_key(entry.at, entry.entry_id)
        aws.table("USERS_TABLE").delete_item(Key={"pk": pk, "sk": sk})


def test_another_row_of_the_audit_log_is_anothers(aws: Aws, tmp_path: Path) -> None:
    """Somebody works in these tables, or another backup was put there."""
    fill(aws)
    back_up(aws, tmp_path / "backup")
    for number, (action, about) in enumerate(
        [(Action.BACKUP_RESTORED, "backup:other"), (Action.DEPLOYED, "stack:prod")]
    ):
        audit_action(action, about)
        with pytest.raises(CommandError, match="nothing was changed"):
            put_back(aws, tmp_path / "backup", tmp_path / f"work-{number}")
        forget(aws, entries(list_about(about)))


@pytest.mark.parametrize("is_writable", [True, False])
def test_the_commands_leave_rows_and_a_backup_of_what_takes_none_is_taken(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_writable: bool
) -> None:
    monkeypatch.setattr(environment, "installed", lambda _: aws.environment)
    fill(aws)
    key, folder = str(tmp_path / "key"), str(tmp_path / "backup")
    assert main(["backup", "--new-key", "--key-file", key]) == 0
    options = ["--key-file", key]

    def refuse(call: Call) -> tuple[int, dict[str, Any]] | None:
        is_write = call.operation == "TransactWriteItems" and not is_writable
        return (400, {"Error": {"Code": "AccessDeniedException", "Message": "no"}}) if is_write else None

    with answered_by(refuse):
        assert main(["backup", "--to", folder, *options]) == 0
    assert main(["restore", "--from", folder, *options]) == 0
    assert main(["restore", "--from", folder, *options]) == 0, "typed once more"
    rows = [row for row in aws.rows("USERS_TABLE") if row["pk"].startswith("AUDIT#")]
    begun = ["BACKUP_BEGUN"] * is_writable
    assert sorted(row["action"] for row in rows) == [*begun, "BACKUP_RESTORED", "BACKUP_RESTORED"]
    assert len({row["about"] for row in rows}) == 1


def change_a_row(aws: Aws) -> None:
    changed = {"pk": "USER#u2", "sk": "PROFILE", "email": "changed@example.com"}
    aws.table("USERS_TABLE").put_item(Item=changed)


def add_a_row(aws: Aws) -> None:
    bound_accounts.user("u3", email="third@example.com")


@pytest.mark.parametrize("writes", [change_a_row, add_a_row])
def test_a_table_with_other_rows_is_left_as_it_is(
    aws: Aws, tmp_path: Path, writes: Callable[[Aws], None]
) -> None:
    fill(aws)
    back_up(aws, tmp_path / "backup")
    writes(aws)
    before = aws.tables.snapshot()
    with pytest.raises(CommandError, match="not the backup's: nothing was changed"):
        put_back(aws, tmp_path / "backup", tmp_path / "work")
    assert aws.tables.snapshot() == before


@pytest.mark.parametrize("writes", [change_a_row, add_a_row])
def test_who_writes_during_a_restore_is_not_overwritten(
    aws: Aws, tmp_path: Path, writes: Callable[[Aws], None]
) -> None:
    """Whenever it happens, the restore fails, and what the rival wrote is kept."""
    fill(aws)
    back_up(aws, tmp_path / "backup")
    wrote = []

    def write() -> None:
        writes(aws)
        wrote.append(aws.tables.items_of(aws.environment["USERS_TABLE"], "PROFILE"))

    for number in range(12):
        aws.tables.empty()
        empty_buckets(aws)
        rival = RunBefore(number, write)
        try:
            put_back(aws, tmp_path / "backup", tmp_path / f"work-{number}", rival=rival)
        except CommandError:
            now = aws.tables.items_of(aws.environment["USERS_TABLE"], "PROFILE")
            assert [row for row in wrote[-1] if row in now] == wrote[-1]
        else:
            assert rival.calls <= number or wrote_too_late(rival, number)


def wrote_too_late(rival: RunBefore, number: int) -> bool:
    """Tell whether Users had been compared by then: after it come three tables and two buckets."""
    return number >= rival.calls - 8


def test_an_object_of_another_content_is_left(aws: Aws, tmp_path: Path) -> None:
    fill(aws)
    back_up(aws, tmp_path / "backup")
    put(aws, "DOCUMENTS_BUCKET", "receipts/1.pdf", b"another")
    with pytest.raises(CommandError, match=r"holds another receipts/1\.pdf"):
        put_back(aws, tmp_path / "backup", tmp_path / "work")
    assert objects(aws)["DOCUMENTS_BUCKET", "receipts/1.pdf"] == b"another"


def test_an_object_that_no_backup_has_is_told(aws: Aws, tmp_path: Path) -> None:
    fill(aws)
    back_up(aws, tmp_path / "backup")
    put(aws, "DOCUMENTS_BUCKET", "receipts/2.pdf", b"another")
    with pytest.raises(CommandError, match="1 different or not in it"):
        put_back(aws, tmp_path / "backup", tmp_path / "work")


class Restless(Listener):
    """Changes a row before each call, so that it is never still."""

    def __init__(self, aws: Aws) -> None:
        self._table, self._turn, self._is_busy = aws.table("USERS_TABLE"), 0, False

    def before(self, call: Call) -> None:
        """Change it, but for the change's own call."""
        if self._is_busy:
            return
        self._is_busy, self._turn = True, self._turn + 1
        self._table.put_item(Item={"pk": "USER#u2", "sk": "PROFILE", "turn": self._turn})
        self._is_busy = False


def test_rows_that_are_never_still_end_the_run_and_the_next_goes_on(aws: Aws, tmp_path: Path) -> None:
    fill(aws)
    with pytest.raises(CommandError, match="changed through 60 reads"):
        back_up(aws, tmp_path / "backup", rival=Restless(aws))
    assert not archive.Archive.begin(tmp_path / "backup", b"k" * 32).is_finished
    manifest = back_up(aws, tmp_path / "backup")
    assert "late" in {kind for _, kind in manifest["parts"]}
    check_restored(aws, tmp_path / "backup", aws.tables.snapshot(), objects(aws))
