"""One table as it was at a moment: copied beside the one in use, given its settings, and compared with it.

Every step finds what an earlier run has done: the copy's name says of which table and moment it is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.cli.errors import CommandError
from infra.doctor.table_checks import examine_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_MAX_NAME = 255
_POLL_SECONDS = 15
SAMPLE = 100
"""Rows of the copy that are looked up in the table in use."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What is copied: the table by its logical id, the one in use, the copy's name, the moment."""

    logical_id: str
    declared: Mapping[str, Any]
    source: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Comparison:
    """The copy beside the table in use: all rows, and the later changes of a sample of the copy's rows."""

    rows: int
    rows_now: int
    sampled: int
    same: int
    changed: int
    gone: int

    def __str__(self) -> str:
        return (
            f"{self.rows} rows, {self.rows_now} are in use now; of {self.sampled} rows of the copy "
            f"{self.same} are the same now, {self.changed} have changed since, {self.gone} are gone"
        )


def copy_name(stack: str, logical_id: str, at: datetime) -> str:
    """Return the copy's name; UTC, so that one moment is one copy."""
    name = f"{stack}-{logical_id}-{at:%Y%m%dT%H%M%SZ}"
    if len(name) > _MAX_NAME:
        raise CommandError(f"{name} is too long for a table's name")
    return name


def check_moment(dynamodb: Any, copy: Copy) -> None:  # noqa: ANN401 - boto3's client
    """Refuse a moment that the table in use cannot go back to; nothing is changed yet."""
    if _status(dynamodb, copy.name) is not None:
        return  # the copy is there: the moment was good
    if _status(dynamodb, copy.source) is None:
        raise CommandError(f"{copy.logical_id}: there is no table {copy.source} (docs/runbook.md)")
    found = dynamodb.describe_continuous_backups(TableName=copy.source)["ContinuousBackupsDescription"]
    recovery = found["PointInTimeRecoveryDescription"]
    if recovery["PointInTimeRecoveryStatus"] != "ENABLED":
        raise CommandError(f"{copy.logical_id}: point-in-time recovery is off: nothing to go back to")
    earliest, latest = (recovery.get(f"{end}RestorableDateTime") for end in ("Earliest", "Latest"))
    if earliest and latest and earliest < latest and not earliest <= copy.at <= latest:
        raise CommandError(
            f"{copy.logical_id}: {copy.at:%Y-%m-%d %H:%M:%S} UTC is not between {earliest:%Y-%m-%d %H:%M:%S} "
            f"and {latest:%Y-%m-%d %H:%M:%S} UTC"
        )


def start_copy(dynamodb: Any, copy: Copy) -> None:  # noqa: ANN401 - boto3's client
    """Ask for the copy, unless it is there or being made."""
    if _status(dynamodb, copy.name) is not None:
        return
    try:
        dynamodb.restore_table_to_point_in_time(
            SourceTableName=copy.source, TargetTableName=copy.name, RestoreDateTime=copy.at,
            BillingModeOverride="PAY_PER_REQUEST",
        )  # fmt: skip
    except dynamodb.exceptions.TableAlreadyExistsException:
        return  # another run was quicker
    except dynamodb.exceptions.InvalidRestoreTimeException as error:
        raise CommandError(f"{copy.logical_id}: {error.response['Error']['Message']}") from None


def wait_for_copy(dynamodb: Any, copy: Copy) -> None:  # noqa: ANN401 - boto3's client
    """Wait until the copy can be read, its indexes too: minutes for a small table, hours for a big one."""
    while True:
        table = dynamodb.describe_table(TableName=copy.name)["Table"]
        indexes = {index.get("IndexStatus", "ACTIVE") for index in table.get("GlobalSecondaryIndexes", [])}
        if table["TableStatus"] == "ACTIVE" and indexes <= {"ACTIVE"}:
            return
        print(f"   {copy.logical_id} is {table['TableStatus']}", flush=True)
        time.sleep(_POLL_SECONDS)


def apply_table_settings(dynamodb: Any, copy: Copy) -> None:  # noqa: ANN401 - boto3's client
    """Give the copy what a restore leaves out: expiry, recovery, protection from deletion."""
    wanted = copy.declared["TimeToLiveSpecification"]
    found = dynamodb.describe_time_to_live(TableName=copy.name)["TimeToLiveDescription"]
    if found["TimeToLiveStatus"] not in ("ENABLED", "ENABLING"):
        dynamodb.update_time_to_live(TableName=copy.name, TimeToLiveSpecification=wanted)
    dynamodb.update_continuous_backups(
        TableName=copy.name,
        PointInTimeRecoverySpecification=copy.declared["PointInTimeRecoverySpecification"],
    )
    table = dynamodb.describe_table(TableName=copy.name)["Table"]
    if not table.get("DeletionProtectionEnabled"):
        dynamodb.update_table(TableName=copy.name, DeletionProtectionEnabled=True)


def check_copy(dynamodb: Any, copy: Copy) -> Comparison:  # noqa: ANN401 - boto3's client
    """Compare the copy with the template and with the table in use; refuse one that cannot serve."""
    issues = [issue.text for issue in examine_table(dynamodb, copy.name, copy.declared, "")]
    if issues:
        raise CommandError(f"the copy {copy.name} is not as the template says: {'; '.join(issues)}")
    compared = compare(dynamodb, copy)
    if not compared.rows and compared.rows_now:
        raise CommandError(f"the copy {copy.name} is empty, {compared.rows_now} rows are in use")
    return compared


def compare(dynamodb: Any, copy: Copy) -> Comparison:  # noqa: ANN401 - boto3's client
    """Count both tables and look up some rows of the copy in the one in use."""
    rows = dynamodb.scan(TableName=copy.name, Limit=SAMPLE).get("Items", [])
    same = changed = 0
    for row in rows:
        key = {name: row[name] for name in ("pk", "sk")}
        now = dynamodb.get_item(TableName=copy.source, Key=key).get("Item")
        same += now == row
        changed += now is not None and now != row
    return Comparison(
        rows=_count(dynamodb, copy.name), rows_now=_count(dynamodb, copy.source),
        sampled=len(rows), same=same, changed=changed, gone=len(rows) - same - changed,
    )  # fmt: skip


def _count(dynamodb: Any, table: str) -> int:  # noqa: ANN401 - boto3's client
    """Count the rows: what `describe_table` says is hours old, and nothing for a new copy."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, Select="COUNT")
    return sum(page["Count"] for page in pages)


def _status(dynamodb: Any, table: str) -> str | None:  # noqa: ANN401 - boto3's client
    try:
        return str(dynamodb.describe_table(TableName=table)["Table"]["TableStatus"])
    except dynamodb.exceptions.ResourceNotFoundException:
        return None
