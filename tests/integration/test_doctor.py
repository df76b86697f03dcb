"""`cabinet doctor` on a whole stack in the local AWS: in order, then broken in the ways that were seen."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from infra.__main__ import main
from infra.build import sam, web
from infra.build.template import Template
from infra.local import deployment
from infra.local.app import simulators
from infra.local.functions import Functions
from infra.local.ministack import MiniStack
from infra.local.stack import BUILT, local_settings
from infra.sample.suppliers import PROFILES
from infra.simulators.bank.credentials import put_secrets
from infra.simulators.esia.keys import put_secret
from tests.support.aws import clear_caches
from tests.support.loopback_server import serving


class Stack:
    """A stack in the local AWS with a site and banks before it."""

    def __init__(self, aws: MiniStack, names: dict[str, str], data: Path) -> None:
        self.names, self.data = names, data
        self._aws = aws

    def client(self, service: str) -> Any:
        return deployment.client(self._aws.endpoint, service)


@pytest.fixture
def stack(
    ministack: MiniStack, template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stack]:
    """The template deployed under the local stack's name, with secrets, a supplier, a site and banks."""
    sam.build(sam.native_architecture(), BUILT)
    for key, value in ministack.environment().items():
        monkeypatch.setenv(key, value)
    clear_caches()
    front = Starlette(
        routes=[
            Functions(template),
            *simulators(),
            Route("/api-version.txt", lambda _: PlainTextResponse(web.api_version() + "\n")),
            Route("/", lambda _: PlainTextResponse("the page")),
        ]
    )
    with serving(front) as origin:
        names = deployment.deploy(ministack.endpoint, BUILT, local_settings(origin))
        put_secret(ministack.endpoint, deployment.STACK)
        put_secrets(ministack.endpoint, deployment.STACK)
        functions = deployment.client(ministack.endpoint, "lambda")
        settings = functions.get_function_configuration(FunctionName=names["QueriesFunction"])
        environment = (
            settings["Environment"]["Variables"] | ministack.environment() | {"LOCAL_ORIGIN": origin}
        )
        for key, value in environment.items():
            monkeypatch.setenv(key, value)
        monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "INFO")
        (tmp_path / "environment.json").write_text(json.dumps(environment), "utf-8")
        profile = tmp_path / "supplier.yaml"
        profile.write_text(PROFILES["center"], "utf-8")
        assert main(["supplier", "apply", str(profile), "--data", str(tmp_path)]) == 0
        yield Stack(ministack, names, tmp_path)
    clear_caches()


def break_it(stack: Stack) -> None:
    """Do what has been seen to happen to installations, one of each kind."""
    dynamodb, functions = stack.client("dynamodb"), stack.client("lambda")
    drop = [{"Delete": {"IndexName": "by_house"}}]
    dynamodb.update_table(TableName=stack.names["AccountsTable"], GlobalSecondaryIndexUpdates=drop)
    off = {"Enabled": False, "AttributeName": "expires_at"}
    dynamodb.update_time_to_live(TableName=stack.names["UsersTable"], TimeToLiveSpecification=off)
    functions.delete_event_source_mapping(UUID=stack.names["MailerFunctionQueue"])
    functions.update_event_source_mapping(UUID=stack.names["ExportsFunctionQueue"], Enabled=False)
    stack.client("secretsmanager").delete_secret(
        SecretId=stack.names["SigningKey"], ForceDeleteWithoutRecovery=True
    )
    stack.client("sqs").send_message(QueueUrl=stack.names["ImportDeadLetters"], MessageBody="{}")
    stack.client("s3").put_bucket_versioning(
        Bucket=stack.names["DocumentsBucket"], VersioningConfiguration={"Status": "Suspended"}
    )


def test_a_healthy_stack_is_in_order_and_each_fault_of_a_broken_one_is_named(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["doctor", "--data", str(stack.data)]) == 0, capsys.readouterr().out
    said = capsys.readouterr().out.splitlines()
    skipped = [line for line in said if line.startswith("skip")]
    assert not [line for line in said if line.startswith("FAIL")]
    assert {line.split()[1] for line in skipped} == {"mail", "alarms"}, "what the local AWS cannot do"
    rows = boto3.resource("dynamodb").Table(stack.names["UsersTable"]).scan()["Items"]
    assert not [row for row in rows if row["pk"].startswith("DOCTOR#")], "the throw-away rows are gone"

    break_it(stack)
    assert main(["doctor", "--failures", "--data", str(stack.data)]) == 1
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
