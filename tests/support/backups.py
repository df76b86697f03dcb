"""Backups of the test's own tables and buckets, and a rival who writes between two of their calls."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

from cabinet.aws.dynamo import Table
from cabinet.payments.keys import autopay_hold_key
from infra.backup.archive import Archive
from infra.backup.create import Backup
from infra.backup.restore import Restore
from infra.backup.services import Services
from tests.support.aws import Aws
from tests.support.aws_calls import Call, Listener, heard_by

KEY = b"k" * 32


class Killed(BaseException):
    """The process is gone between two calls."""


class RunBefore(Listener):
    """Does something once, before the call with a number (from 0); counts the calls."""

    def __init__(self, number: int, work: Callable[[], Any]) -> None:
        self.calls = 0
        self._number, self._work = number, work
        self._is_busy = False

    def before(self, call: Call) -> None:
        """Count calls that are not the rival's own."""
        if self._is_busy:
            return
        if self.calls == self._number:
            self._is_busy = True
            self._work()
            self._is_busy = False
        self.calls += 1


def without_a_row() -> None:
    """Leave the audit log alone."""


def die() -> None:
    """Leave by force."""
    raise Killed


def services(aws: Aws, page_rows: int | None = None) -> Services:
    """Return the test's tables and buckets."""
    named = Services.from_environment(aws.environment)
    return Services(named.tables, named.buckets, named.dynamodb, named.s3, page_rows)


def back_up(aws: Aws, folder: Path, *, page_rows: int | None = None, rival: Listener | None = None) -> Any:
    """Take a backup, or go on with it; return its manifest."""
    of = services(aws, page_rows)
    with heard_by(rival or Listener()):
        return Backup(Archive.begin(folder, KEY), of, lambda _: None).run()


def put_back(
    aws: Aws, folder: Path, work: Path, *,
    rival: Listener | None = None, audit: Callable[[], None] = without_a_row,
) -> dict[str, int]:  # fmt: skip
    """Restore a backup into the test's own tables and buckets."""
    work.mkdir(parents=True, exist_ok=True)
    of = services(aws)
    with heard_by(rival or Listener()):
        return Restore(Archive(folder, KEY), of, work, lambda _: None, audit).run()


def restored(aws: Aws) -> Any:
    """Return all tables (`aws.tables.snapshot`) without the hold of autopay that each restore leaves."""
    pk, _ = autopay_hold_key()
    found = aws.tables.snapshot()
    assert found[Table.PAYMENTS.physical_name].pop(pk), "autopay is held"
    return {name: {pk: rows for pk, rows in of.items() if rows} for name, of in found.items()}


def empty_buckets(aws: Aws) -> None:
    """Remove every object."""
    s3 = boto3.client("s3")
    for variable in ("EXCHANGE_BUCKET", "DOCUMENTS_BUCKET"):
        bucket = aws.environment[variable]
        for each in s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
            s3.delete_object(Bucket=bucket, Key=each["Key"])


def objects(aws: Aws) -> dict[tuple[str, str], bytes]:
    """Return every object's content."""
    s3 = boto3.client("s3")
    found = {}
    for variable in ("EXCHANGE_BUCKET", "DOCUMENTS_BUCKET"):
        bucket = aws.environment[variable]
        for each in s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
            found[variable, each["Key"]] = s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
    return found
