"""The drill of a backup on the local AWS: killed twice while accounts change, rehearsed and restored."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from infra.build.template import ROOT
from tests.support.factories import bound_accounts
from tests.support.local_aws import LocalAws

pytestmark = pytest.mark.judges_engine

ACCOUNTS = 1500
"""Enough that a backup takes several parts."""
NOISE = "ж" * 4000


@pytest.fixture
def accounts(local_aws: LocalAws) -> LocalAws:
    """Accounts of one supplier, some of them bound, and a file of each bucket."""
    bound_accounts.supplier("uk-test")
    flats = [bound_accounts.account(f"{number:04d}567899", "uk-test") for number in range(20)]
    bound_accounts.user("u1", *flats[:3])
    table = local_aws.table("ACCOUNTS_TABLE")
    with table.batch_writer() as batch:
        for number in range(ACCOUNTS):
            batch.put_item(Item={"pk": f"ACCOUNT#uk-test#9{number:09d}", "sk": "ACCOUNT", "text": NOISE})
    for bucket in ("EXCHANGE_BUCKET", "DOCUMENTS_BUCKET"):
        boto3.client("s3").put_object(
            Bucket=local_aws.environment[bucket], Key="a/квитанция.pdf", Body=os.urandom(9_000_000)
        )
    return local_aws


def cabinet(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "infra", *arguments]


def run(*arguments: str) -> str:
    done = subprocess.run(cabinet(*arguments), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


DYING = """
import os, signal, sys
from infra.__main__ import main
from infra.backup.archive import Archive

def write_part(archive, part, records):
    written(archive, part, records)
    if part.number == last:
        os.kill(os.getpid(), signal.SIGKILL)

last, written = int(sys.argv.pop(1)), Archive.write_part
Archive.write_part = write_part
main(sys.argv[1:])
"""
"""The command, whose process dies with a part on the disk that nothing has noted yet."""


def kill_at(part: int, *arguments: str) -> None:
    """Run a backup that dies while it copies accounts, so before it looks at any row again."""
    done = subprocess.run(
        [sys.executable, "-c", DYING, str(part), *arguments], cwd=ROOT, check=False, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert b"copy ACCOUNTS_TABLE" in done.stdout
    assert b"again" not in done.stdout


def change(aws: LocalAws, number: int, text: str) -> None:
    key = {"pk": f"ACCOUNT#uk-test#9{number:09d}", "sk": "ACCOUNT"}
    aws.table("ACCOUNTS_TABLE").put_item(Item=key | {"text": text})


def test_a_killed_backup_goes_on_and_is_restored(accounts: LocalAws, tmp_path: Path) -> None:
    key, folder = str(tmp_path / "key"), tmp_path / "backup"
    backup = ["backup", "--to", str(folder), "--key-file", key]
    run("backup", "--new-key", "--key-file", key)
    kill_at(2, *backup)
    for number in range(0, ACCOUNTS, 100):
        change(accounts, number, "changed")
    kill_at(3, *backup)
    change(accounts, 1, "changed again")
    said = run(*backup)
    assert "read again what changed" in said
    rehearsed = run("restore", "--from", str(folder), "--key-file", key, "--rehearse")
    assert f"{ACCOUNTS + 21} in ACCOUNTS_TABLE" in rehearsed
    assert "1 in DOCUMENTS_BUCKET" in rehearsed
    tables = accounts.client("dynamodb").list_tables()["TableNames"]
    assert not [name for name in tables if "rehearsal" in name], "nothing of the rehearsal is left"
    before = snapshot(accounts)
    for number in range(0, ACCOUNTS, 7):
        lose(accounts, number)
    restored = run("restore", "--from", str(folder), "--key-file", key)
    assert "alike, row by row and object by object" in restored
    assert snapshot(accounts) == before


def lose(aws: LocalAws, number: int) -> None:
    key = {"pk": f"ACCOUNT#uk-test#9{number:09d}", "sk": "ACCOUNT"}
    aws.table("ACCOUNTS_TABLE").delete_item(Key=key)


def snapshot(aws: LocalAws) -> dict[tuple[str, str], str]:
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=aws.environment["ACCOUNTS_TABLE"])
    return {(row["pk"]["S"], row["sk"]["S"]): str(sorted(row)) for page in pages for row in page["Items"]}
