"""What template.yaml promises, read from the file itself."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from cabinet.core.logging import Event
from infra.build.openapi import http_functions
from infra.build.template import ROOT, Template
from infra.local import schedule_runner
from serve.functions import application
from serve.manifest import routes
from serve.site_headers import security_headers
from tests.support.aws import Aws
from tests.support.rights import denied_keys, granted, who_may

TABLE = "arn:aws:dynamodb:::table/"
SECRET = "arn:aws:secretsmanager:::secret:"
SIGNING_KEY = f"{SECRET}SigningKey"
PUSH_KEY = f"{SECRET}PushKey"
READING = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}


def functions(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Logical ids and properties, with what Globals add."""
    shared = template.tree["Globals"]["Function"]
    for name, properties in template.resources("AWS::Serverless::Function"):
        yield name, shared | properties


def test_every_table_survives_mistakes(template: Template) -> None:
    tables = list(template.resources("AWS::DynamoDB::Table"))
    assert len(tables) == 4
    for _, table in tables:
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["DeletionProtectionEnabled"] is True
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
        assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]


def test_every_index_carries_whole_items(template: Template) -> None:
    """The Document API of YDB knows no other projection."""
    for _, table in template.resources("AWS::DynamoDB::Table"):
        for index in table.get("GlobalSecondaryIndexes", []):
            assert index["Projection"] == {"ProjectionType": "ALL"}


def test_the_tests_aws_is_made_from_the_template(aws: Aws) -> None:
    assert len(aws.client("dynamodb").list_tables()["TableNames"]) == 4
    assert aws.table("USERS_TABLE").scan()["Count"] == 0
    attributes = aws.client("sqs").get_queue_attributes(
        QueueUrl=aws.environment["MAIL_QUEUE_URL"], AttributeNames=["RedrivePolicy"]
    )
    assert "MailDeadLetters" in attributes["Attributes"]["RedrivePolicy"]
    buckets = {bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]}
    assert aws.environment["EXCHANGE_BUCKET"] in buckets


def test_what_the_local_stack_allows_is_never_deployed(template: Template) -> None:
    assert "LOCAL_STACK" not in template.tree["Globals"]["Function"]["Environment"]["Variables"]
    for _, function in template.resources("AWS::Serverless::Function"):
        assert "LOCAL_STACK" not in function.get("Environment", {}).get("Variables", {})


def test_every_handler_is_there(template: Template) -> None:
    for _, function in functions(template):
        folder, module, name = function["Handler"].split(".")
        assert (ROOT / "functions" / folder / f"{module}.py").is_file()
        assert name == "handler"


def test_rights_name_their_resources_and_never_a_whole_table_scan(template: Template) -> None:
    assert not list(template.resources("AWS::IAM::ManagedPolicy")), "rights stand beside their function"
    for function, rights in granted().items():
        for action, resource in rights:
            assert "*" not in action, function
            assert action != "dynamodb:Scan", function
            assert "PartiQL" not in action, function
            assert resource != "*", function


def test_a_function_writes_only_where_it_must() -> None:
    signed_in = {
        "auth", "subscriber_profile", "binding", "queries", "readings", "cart", "receipts",
        "subscriber_requests", "notices", "staff",
    }  # fmt: skip
    assert who_may("secretsmanager:GetSecretValue", SIGNING_KEY) == signed_in | {"mailer"}
    assert who_may("secretsmanager:GetSecretValue", PUSH_KEY) == {"subscriber_profile", "pusher"}
    assert who_may("secretsmanager:GetSecretValue", f"{SECRET}cabinet/esia") == {"auth"}
    assert who_may("secretsmanager:GetSecretValue", f"{SECRET}cabinet/bank/uk") == {
        "cart", "payment_callback", "reconciliation", "staff",
    }  # fmt: skip
    assert who_may("ses:SendEmail", "arn:aws:ses:::identity/cabinet.example.ru") == {"mailer"}
    assert who_may("dynamodb:ConditionCheckItem", f"{TABLE}MessagesTable") == {"mailer"}
    assert who_may("dynamodb:PutItem", f"{TABLE}UsersTable") == signed_in - {"queries", "receipts", "notices"}
    assert who_may("dynamodb:PutItem", f"{TABLE}PaymentsTable") == {
        "cart", "payment_callback", "reconciliation", "exports", "subscriber_profile", "staff",
    }  # fmt: skip
    assert who_may("dynamodb:PutItem", f"{TABLE}AccountsTable") == {
        "subscriber_profile", "binding", "readings", "cart", "payment_callback", "subscriber_requests",
        "staff", "imports", "exports", "reconciliation",
    }  # fmt: skip
    assert not who_may("sqs:SendMessage", "arn:aws:sqs:::MailQueue") & {
        "binding", "queries", "receipts", "notices", "imports", "exports",
    }  # fmt: skip


def test_who_may_change_users_is_denied_the_audit_log() -> None:
    users = f"{TABLE}UsersTable"
    changing = who_may("dynamodb:UpdateItem", users) | who_may("dynamodb:DeleteItem", users)
    assert "staff" in changing
    stays = {(f"dynamodb:{action}", users, "AUDIT#*") for action in ("UpdateItem", "DeleteItem")}
    assert all(denied_keys()[function] == stays for function in changing)


@pytest.mark.parametrize(("name", "counts"), [("queries", ["AccountsTable"]), ("receipts", [])])
def test_what_only_reads_may_change_when_a_session_was_seen_and_who_came(
    name: str, counts: list[str]
) -> None:
    """Which rows of Accounts: tests/api/queries/test_active_residents.py."""
    changing = {
        (action, table)
        for action, table in granted()[name]
        if action.startswith("dynamodb:") and action not in READING
    }
    assert changing == {("dynamodb:UpdateItem", f"{TABLE}{table}") for table in ["UsersTable", *counts]}


def test_a_message_is_not_given_out_again_while_its_worker_may_still_run(template: Template) -> None:
    """SQS asks for a visibility timeout of six times the function's."""
    queues = dict(template.resources("AWS::SQS::Queue"))
    for name, function in functions(template):
        for event in function.get("Events", {}).values():
            if event["Type"] == "SQS":
                queue = queues[event["Properties"]["Queue"]["Fn::GetAtt"][0]]
                assert queue["VisibilityTimeout"] >= 6 * function["Timeout"], name
                assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
                assert "RedrivePolicy" in queue, name


def test_what_no_caller_waits_for_has_dead_letters(template: Template) -> None:
    for name, function in functions(template):
        if any(event["Type"] in ("S3", "SNS", "ScheduleV2") for event in function["Events"].values()):
            assert function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Type"] == "SQS", name


def test_every_dead_letter_queue_has_an_alarm(template: Template) -> None:
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for _, alarm in template.resources("AWS::CloudWatch::Alarm")
        for dimension in alarm.get("Dimensions", [])
        if dimension["Name"] == "QueueName"
    }
    dead = {name for name, _ in template.resources("AWS::SQS::Queue") if name.endswith("DeadLetters")}
    assert watched == dead


def test_what_aws_measures_is_watched_where_it_tells_that_something_is_wrong(template: Template) -> None:
    watched = {
        (measured["Namespace"], measured["MetricName"])
        for _, alarm in template.resources("AWS::CloudWatch::Alarm")
        for measured in (
            alarm,
            *(each["MetricStat"]["Metric"] for each in alarm.get("Metrics", ()) if "MetricStat" in each),
        )
        if measured.get("Namespace", "Cabinet") != "Cabinet"
    }
    assert watched == {
        ("AWS/ApiGateway", "5xx"), ("AWS/ApiGateway", "Latency"),
        ("AWS/Lambda", "Throttles"), ("AWS/Lambda", "Errors"),
        ("AWS/DynamoDB", "ReadThrottleEvents"), ("AWS/DynamoDB", "WriteThrottleEvents"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"), ("AWS/SES", "Reputation.BounceRate"),
    }  # fmt: skip


def test_nobody_pays_for_a_metric_of_each_route(template: Template) -> None:
    """Up to 52 USD a month, and no alarm looks at one."""
    ((_, api),) = template.resources("AWS::Serverless::HttpApi")
    assert "DetailedMetricsEnabled" not in str(api)


def test_a_reconciliation_that_tells_nothing_is_an_alarm(template: Template) -> None:
    alarms = dict(template.resources("AWS::CloudWatch::Alarm"))
    assert alarms["ReconciliationAgeAlarm"]["TreatMissingData"] == "breaching"


@pytest.mark.parametrize(
    ("name", "alarm", "events"),
    [
        (
            "PaymentProblems",
            "PaymentProblemsAlarm",
            {
                Event.ORDER_CHARGED_TWICE,
                Event.ORDER_RECONCILE_FAILED,
                Event.REFUND_STUCK,
                Event.REFUND_REFUSED,
                Event.FISCAL_RECEIPT_FAILED,
                Event.CALLBACK_UNMATCHED,
                Event.AUTOPAY_HELD,
            },
        ),
        ("LostLetters", "LostLettersAlarm", {Event.EMAIL_DEAD}),
        ("RefusedPushes", "RefusedPushesAlarm", {Event.PUSH_REFUSED}),
        ("MailSuspensions", "MailSuspendedAlarm", {Event.MAIL_SUSPENDED}),
    ],
)
def test_lines_that_a_person_must_see_raise_an_alarm_by_the_logs_own_names(
    template: Template, name: str, alarm: str, events: set[Event]
) -> None:
    watched = dict(template.resources("AWS::Logs::MetricFilter"))[name]
    assert set(re.findall(r'"(\w+)"', watched["FilterPattern"])) == events
    (counted,) = watched["MetricTransformations"]
    raised = dict(template.resources("AWS::CloudWatch::Alarm"))[alarm]
    assert (raised["Namespace"], raised["MetricName"]) == (counted["MetricNamespace"], counted["MetricName"])


def test_every_filter_of_the_log_has_its_alarm(template: Template) -> None:
    counted = {
        payload["MetricName"]
        for _, each in template.resources("AWS::Logs::MetricFilter")
        for payload in each["MetricTransformations"]
    }
    assert counted <= {alarm.get("MetricName") for _, alarm in template.resources("AWS::CloudWatch::Alarm")}


def test_the_schedules_are_those_that_a_tester_may_run(template: Template) -> None:
    assert {"reminders", "reconciliation", "exports", "outbox"} <= set(schedule_runner.declared(template))


@pytest.mark.parametrize(
    ("name", "queues"),
    [
        ("reconciliation", {"ReconciliationQueue"}), ("exports", {"ExportQueue"}),
        ("reminders", {"ReminderQueue"}), ("outbox", set()), ("pushes", set()),
    ],
)  # fmt: skip
def test_a_schedule_run_by_hand_waits_for_its_own_queues_alone(
    template: Template, name: str, queues: set[str]
) -> None:
    function, _ = schedule_runner.declared(template)[name]
    assert set(schedule_runner.queues_of(template, function)) == queues | {"MailQueue", "PushQueue"}


def test_the_site_runs_its_own_scripts_alone(template: Template) -> None:
    headers = security_headers(
        template, dict.fromkeys(("DocumentsBucket", "ExchangeBucket"), "http://127.0.0.1:1")
    )
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]


def route_of(template: Template, path: str) -> str:
    """Return the folder of the function that API Gateway would choose: whole paths before greedy ones."""
    fitting = []
    for route in routes(template):
        declared = route.key.split(" ", 1)[1]
        greedy = "{proxy+}" in declared
        pattern = re.sub(r"\\\{[^{}]*\\\}", "[^/]+", re.escape(declared.replace("{proxy+}", "\0")))
        if re.fullmatch(pattern.replace("\0", ".+"), path):
            fitting.append((greedy, -len(declared), route.folder))
    return min(fitting)[2]


@pytest.mark.parametrize("name", http_functions(Template.load()))
def test_every_route_reaches_its_own_function(template: Template, name: str) -> None:
    for path in application(name).openapi()["paths"]:
        concrete = re.sub(r"\{[^}]+\}", "some:thing", path)
        assert route_of(template, concrete) == name, path
