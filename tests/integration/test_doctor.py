"""`cabinet doctor` on a whole stack in the local AWS: in order, then broken in the ways that were seen."""

import boto3
import pytest

from infra.__main__ import main
from tests.support.local_aws import LocalAws
from tests.support.whole_stack import Stack

pytestmark = pytest.mark.judges_engine


def break_it(whole_stack: Stack) -> None:
    """Do what has been seen to happen to installations, one of each kind."""
    dynamodb, functions = whole_stack.client("dynamodb"), whole_stack.client("lambda")
    drop = [{"Delete": {"IndexName": "by_house"}}]
    dynamodb.update_table(TableName=whole_stack.names["AccountsTable"], GlobalSecondaryIndexUpdates=drop)
    off = {"Enabled": False, "AttributeName": "expires_at"}
    dynamodb.update_time_to_live(TableName=whole_stack.names["UsersTable"], TimeToLiveSpecification=off)
    functions.delete_event_source_mapping(UUID=whole_stack.names["MailerFunctionQueue"])
    functions.update_event_source_mapping(UUID=whole_stack.names["ExportsFunctionQueue"], Enabled=False)
    whole_stack.client("secretsmanager").delete_secret(
        SecretId=whole_stack.names["SigningKey"], ForceDeleteWithoutRecovery=True
    )
    whole_stack.client("sqs").send_message(QueueUrl=whole_stack.names["ImportDeadLetters"], MessageBody="{}")
    whole_stack.client("s3").put_bucket_versioning(
        Bucket=whole_stack.names["DocumentsBucket"], VersioningConfiguration={"Status": "Suspended"}
    )


def test_a_healthy_stack_is_in_order_and_each_fault_of_a_broken_one_is_named(
    whole_stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["doctor", "--data", str(whole_stack.data)]) == 0, capsys.readouterr().out
    said = capsys.readouterr().out.splitlines()
    skipped = [line for line in said if line.startswith("skip")]
    assert not [line for line in said if line.startswith("FAIL")]
    assert {line.split()[1] for line in skipped} == {"mail", "alarms"}, "what the local AWS cannot do"
    rows = boto3.resource("dynamodb").Table(whole_stack.names["UsersTable"]).scan()["Items"]
    assert not [row for row in rows if row["pk"].startswith("DOCTOR#")], "the throw-away rows are gone"

    break_it(whole_stack)
    assert main(["doctor", "--failures", "--data", str(whole_stack.data)]) == 1
    *failed, summary = capsys.readouterr().out.splitlines()
    found = [line.removeprefix("FAIL").partition(" → ")[0].split(maxsplit=1)[1] for line in failed]
    assert found == [
        "UsersTable: rows that have expired are not deleted: time to live is off",
        "AccountsTable: there is no index by_house",
        "MailQueue: nobody reads it: it has no event source mapping to MailerFunction",
        "ImportDeadLetters: 1 messages were given up after every try",
        "ExportQueue: nobody reads it: the mapping to ExportsFunction is Disabled",
        "DocumentsBucket: it keeps no versions: what is overwritten or deleted is lost",
        "SigningKey: there is no such secret",
    ]
    assert all(" → " in line for line in failed)
    assert "7 failed" in summary


def test_the_local_engine_may_be_trusted(local_aws: LocalAws, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--engine"]) == 0, capsys.readouterr().out
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == f"{local_aws.endpoint}: this engine may be trusted"
    assert len([line for line in said if line.startswith("ok")]) >= 7
    for variable in ("ACCOUNTS_TABLE", "MESSAGES_TABLE"):
        left = local_aws.table(variable).scan()["Items"]
        assert not [row for row in left if row["pk"].startswith("DOCTOR#")], "the throw-away rows are gone"
