"""Tables as template.yaml declares them: keys, indexes, expiry, recovery, deletion protection."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from infra.doctor.check import Check, Issue, error_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.doctor.installation import Installation

type Declared = Mapping[str, Any]


def checks(installation: Installation) -> Iterator[Check]:
    """Return one check a table."""
    for logical_id, declared in installation.template.resources("AWS::DynamoDB::Table"):
        indexes = len(declared.get("GlobalSecondaryIndexes", []))
        name = installation.table(logical_id)
        copy = "" if name == installation.names[logical_id] else f"; the copy {name} is in use"
        yield Check(
            "tables", logical_id, f"keys, {indexes} indexes, expiry, recovery, deletion protection{copy}",
            partial(
                examine_table, installation.client("dynamodb"), name, declared, installation.redeploy()
            ),
        )  # fmt: skip


def examine_table(dynamodb: Any, name: str, declared: Declared, redeploy: str) -> Iterator[Issue]:  # noqa: ANN401
    """Yield how the table `name` differs from what is declared."""
    try:
        table = dynamodb.describe_table(TableName=name)["Table"]
    except dynamodb.exceptions.ResourceNotFoundException:
        yield Issue(
            f"there is no table {name}",
            "AWS keeps a deleted table's last backup for 35 days (docs/runbook.md, Bringing tables back)",
        )
        return
    if table["TableStatus"] not in ("ACTIVE", "UPDATING"):
        yield Issue(f"its state is {table['TableStatus']}", "wait until it is ACTIVE")
    yield from key_issues(table, declared)
    yield from index_issues(table, declared, redeploy)
    if declared.get("DeletionProtectionEnabled") and not table.get("DeletionProtectionEnabled"):
        command = f"aws dynamodb update-table --table-name {name} --deletion-protection-enabled"
        yield Issue("it is not protected from deletion", command)
    yield from _expiry_issues(dynamodb, name, declared)
    yield from _recovery_issues(dynamodb, name, declared)


def key_issues(table: Declared, declared: Declared) -> Iterator[Issue]:
    """Yield a difference of the primary key: such a table was not made by the template."""
    if _keys(table, table) != _keys(declared, declared):
        yield Issue(
            f"its key is {_keys(table, table)}, not {_keys(declared, declared)}",
            "it is another table: look for who made it, then ./cabinet restore (docs/runbook.md)",
        )


def index_issues(table: Declared, declared: Declared, redeploy: str) -> Iterator[Issue]:
    """Yield indexes that are missing, are being filled, or are not as declared."""
    there = {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes", [])}
    for wanted in declared.get("GlobalSecondaryIndexes", []):
        name = wanted["IndexName"]
        found = there.get(name)
        if found is None:
            yield Issue(f"there is no index {name}", redeploy)
        elif found.get("IndexStatus", "ACTIVE") != "ACTIVE":
            yield Issue(f"the index {name} is {found['IndexStatus']}", "wait: it is being filled")
        elif _keys(found, table) != _keys(wanted, declared):
            yield Issue(f"the index {name} has other keys: {_keys(found, table)}", redeploy)
        elif found["Projection"]["ProjectionType"] != wanted["Projection"]["ProjectionType"]:
            yield Issue(f"the index {name} does not carry whole items", redeploy)


def _keys(of: Declared, table: Declared) -> list[str]:
    """Return `["pk HASH S", "sk RANGE S"]` for a table or an index."""
    types = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    return [
        f"{key['AttributeName']} {key['KeyType']} {types.get(key['AttributeName'])}"
        for key in of["KeySchema"]
    ]


def _expiry_issues(dynamodb: Any, name: str, declared: Declared) -> Iterator[Issue]:  # noqa: ANN401
    wanted = declared["TimeToLiveSpecification"]["AttributeName"]
    found = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    command = (
        f"aws dynamodb update-time-to-live --table-name {name} "
        f"--time-to-live-specification Enabled=true,AttributeName={wanted}"
    )
    if found.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING"):
        yield Issue("rows that have expired are not deleted: time to live is off", command)
    elif found.get("AttributeName") != wanted:
        yield Issue(f"rows expire by {found.get('AttributeName')}, not by {wanted}", command)


def _recovery_issues(dynamodb: Any, name: str, declared: Declared) -> Iterator[Issue]:  # noqa: ANN401
    if not declared["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]:
        return
    command = (
        f"aws dynamodb update-continuous-backups --table-name {name} "
        "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true"
    )
    try:
        found = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    except dynamodb.exceptions.ClientError as error:
        yield Issue(f"whether it can be restored is unknown ({error_code(error)})", command)
        return
    if found["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] != "ENABLED":
        yield Issue("it cannot be restored: point-in-time recovery is off", command)
