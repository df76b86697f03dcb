"""The doctor's look at what starts functions: each way in which a queue, schedule or trigger may fail."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.build.template import Template
from infra.doctor import mail_checks, queue_checks, stack_checks, trigger_checks
from infra.doctor.check import Issue
from infra.doctor.installation import Installation
from tests.support.aws import REGION

TEMPLATE = Template.load()
ACCOUNT = "123456789012"
FUNCTIONS = [name for name, _ in TEMPLATE.resources("AWS::Serverless::Function")]
EVENTS = f"arn:aws:sqs:{REGION}:{ACCOUNT}:prod-EventDeadLetters"


class NotThere(ClientError):
    """Whatever a service calls something that is not there."""

    def __init__(self) -> None:
        super().__init__({"Error": {"Code": "ResourceNotFoundException", "Message": ""}}, "Get")


class Service:
    """A client whose calls answer what a test says."""

    class exceptions:  # noqa: N801 - botocore's name
        """The errors that the checks know."""

        ResourceNotFoundException = QueueDoesNotExist = NotFoundException = NotThere

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**_: Any) -> Any:
            answer = self.answers[operation]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def alias(function: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:prod-{function}:live"


def stack(*, is_local: bool = False, **services: Service) -> Installation:
    names = {
        "AWS::Partition": "aws",
        "AWS::Region": REGION,
        "AWS::AccountId": ACCOUNT,
        "AWS::StackName": "prod",
    }
    for logical_id, resource in TEMPLATE.tree["Resources"].items():
        names[logical_id] = f"prod-{logical_id}"
        if resource["Type"] == "AWS::SQS::Queue":
            names[logical_id] = f"https://sqs/{ACCOUNT}/prod-{logical_id}"
    names |= {f"{function}Aliaslive": alias(function) for function in FUNCTIONS}
    return Installation("prod", is_local, TEMPLATE, names, {}, dict(services))


def texts(faults: Any) -> list[str]:
    found: list[Issue] = list(faults)
    assert all(fault.remedy for fault in found)
    return [fault.text for fault in found]


# ------------------------------------------------------------------ queues

MAIL = dict(TEMPLATE.resources("AWS::SQS::Queue"))["MailQueue"]
POLICY = {"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:prod-MailDeadLetters", "maxReceiveCount": 5}
ATTRIBUTES = {
    "VisibilityTimeout": str(MAIL["VisibilityTimeout"]), "RedrivePolicy": json.dumps(POLICY),
    "MessageRetentionPeriod": str(MAIL["MessageRetentionPeriod"]),
}  # fmt: skip
MAPPING = {"FunctionArn": alias("MailerFunction"), "State": "Enabled", "UUID": "1"}


@pytest.mark.parametrize(
    ("attributes", "mappings", "found"),
    [
        ({}, [MAPPING], []),
        ({}, [], ["nobody reads it: it has no event source mapping to MailerFunction"]),
        (
            {},
            [MAPPING | {"FunctionArn": alias("ExportsFunction")}],
            ["nobody reads it: it has no event source mapping to MailerFunction"],
        ),
        (
            {},
            [MAPPING | {"State": "Disabled"}],
            ["nobody reads it: the mapping to MailerFunction is Disabled"],
        ),
        ({"RedrivePolicy": ""}, [MAPPING], ["what fails does not go to MailDeadLetters: no redrive policy"]),
        (
            {"RedrivePolicy": json.dumps(POLICY | {"maxReceiveCount": 1})},
            [MAPPING],
            ["it gives up after 1 tries"],
        ),
        ({"VisibilityTimeout": "30"}, [MAPPING], ["its VisibilityTimeout is 30, not 180"]),
    ],
)
def test_a_queue_is_read_by_its_function_and_gives_up_as_declared(
    attributes: dict[str, str], mappings: list[Any], found: list[str]
) -> None:
    sqs = Service(get_queue_attributes={"Attributes": ATTRIBUTES | attributes})
    here = stack(sqs=sqs, **{"lambda": Service(list_event_source_mappings={"EventSourceMappings": mappings})})
    assert texts(queue_checks.examine_queue(here, "MailQueue", MAIL)) == found


def test_a_queue_that_is_gone_or_holds_dead_letters_is_told() -> None:
    gone = stack(sqs=Service(get_queue_attributes=NotThere()))
    assert texts(queue_checks.examine_queue(gone, "MailQueue", MAIL)) == ["there is no such queue"]
    declared = dict(TEMPLATE.resources("AWS::SQS::Queue"))["EventDeadLetters"]
    assert texts(queue_checks.examine_dead_letters(gone, "EventDeadLetters", declared)) == [
        "there is no such queue"
    ]
    kept = str(declared["MessageRetentionPeriod"])
    told = {"ApproximateNumberOfMessages": "3", "MessageRetentionPeriod": kept}
    here = stack(sqs=Service(get_queue_attributes={"Attributes": told}))
    (fault,) = queue_checks.examine_dead_letters(here, "EventDeadLetters", declared)
    assert fault.text.startswith("3 messages")
    assert fault.remedy.endswith("./cabinet replay --queue EventDeadLetters --stack prod")


def test_every_queue_of_the_template_is_looked_at() -> None:
    looked_at = {check.subject for check in queue_checks.checks(stack())}
    assert looked_at == {name for name, _ in TEMPLATE.resources("AWS::SQS::Queue")}


# ------------------------------------------------------------------ schedules and triggers

((EXPORTS, NAME, DECLARED),) = [each for each in stack().events("ScheduleV2") if each[0] == "ExportsFunction"]
SCHEDULE = {
    "Name": "prod-exports", "State": "ENABLED", "ScheduleExpression": DECLARED["ScheduleExpression"],
    "ScheduleExpressionTimezone": "Asia/Yekaterinburg",
    "Target": {"Arn": alias(EXPORTS), "Input": DECLARED["Input"], "DeadLetterConfig": {"Arn": EVENTS}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "target", "found"),
    [
        ({}, {}, ""),
        ({"State": "DISABLED"}, {}, "it is DISABLED"),
        ({"ScheduleExpression": "rate(1 day)"}, {}, "it runs at rate(1 day)"),
        ({"ScheduleExpressionTimezone": "UTC"}, {}, "its time zone is UTC, not Asia/Yekaterinburg"),
        ({}, {"Arn": alias("MailerFunction")}, f"it starts {alias('MailerFunction')}, not ExportsFunction"),
        ({}, {"Input": "{}"}, "it starts the function with another input"),
        ({}, {"DeadLetterConfig": {}}, "what it cannot deliver does not go to EventDeadLetters"),
    ],
)
def test_a_schedule_is_on_at_its_hour_with_its_target(
    change: dict[str, Any], target: dict[str, Any], found: str
) -> None:
    told = SCHEDULE | change | {"Target": {**SCHEDULE["Target"], **target}}  # type: ignore[dict-item]
    here = stack(scheduler=Service(get_schedule=told))
    assert texts(trigger_checks.examine_schedule(here, EXPORTS, NAME, DECLARED)) == ([found] if found else [])


def test_a_missing_schedule_is_reported_and_the_local_zone_ignored() -> None:
    gone = stack(scheduler=Service(get_schedule=NotThere()))
    found = texts(trigger_checks.examine_schedule(gone, EXPORTS, NAME, DECLARED))
    assert found == ["there is no such schedule"]
    told = SCHEDULE | {"ScheduleExpressionTimezone": "UTC"}
    local = stack(is_local=True, scheduler=Service(get_schedule=told))
    assert texts(trigger_checks.examine_schedule(local, EXPORTS, NAME, DECLARED)) == []
    lines = [check.ok_text for check in trigger_checks.checks(local) if check.group == "schedules"]
    assert all("keeps no time zone" in line for line in lines), "and that is said"


def notified(**changes: Any) -> dict[str, Any]:
    rules = [{"Name": "Prefix", "Value": "inbound/"}]
    told = {
        "LambdaFunctionArn": alias("ImportsFunction"), "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": rules}},
    }  # fmt: skip
    return {"LambdaFunctionConfigurations": [told | changes]}


@pytest.mark.parametrize(
    ("told", "is_right"),
    [
        (notified(), True),
        ({}, False),
        (notified(LambdaFunctionArn=alias("ExportsFunction")), False),
        (notified(Filter={"Key": {"FilterRules": []}}), False),
        (notified(Events=["s3:ObjectRemoved:*"]), False),
    ],
)
def test_a_new_file_starts_the_import(told: dict[str, Any], is_right: bool) -> None:
    here = stack(s3=Service(get_bucket_notification_configuration=told))
    ((function, _, declared),) = here.events("S3")
    assert (texts(trigger_checks.examine_notification(here, function, declared)) == []) is is_right


def test_the_mailer_hears_of_bounces(monkeypatch: pytest.MonkeyPatch) -> None:
    here = stack()
    ((function, _, declared),) = here.events("SNS")
    for endpoint, found in (
        (alias("MailerFunction"), []),
        ("a@b.ru", ["MailerFunction does not hear it"]),
    ):
        told = [{"Endpoint": endpoint}]
        monkeypatch.setattr(trigger_checks, "subscriptions", lambda *_, told=told: iter(told))
        assert texts(trigger_checks.examine_subscription(here, function, declared)) == found


# ------------------------------------------------------------------ functions, the configuration of mail


@pytest.mark.parametrize(
    ("change", "variables", "found"),
    [
        ({}, {}, []),
        ({"State": "Inactive"}, {}, []),
        ({"State": "Failed", "StateReason": "no image"}, {}, ["its state is Failed (no image)"]),
        (
            {"LastUpdateStatus": "Failed", "LastUpdateStatusReason": "rights"},
            {},
            ["its last change failed: rights"],
        ),
        ({}, {"USERS_TABLE": "dev-UsersTable"}, ["its USERS_TABLE is not this stack's"]),
    ],
)
def test_a_function_is_active_and_works_with_this_stacks_tables(
    change: dict[str, Any], variables: dict[str, str], found: list[str]
) -> None:
    sound = TEMPLATE.function_environment(stack().names)
    told = {"State": "Active", "Environment": {"Variables": sound | variables}} | change
    here = stack(**{"lambda": Service(get_function_configuration=told)})
    assert texts(stack_checks.examine_function(here, "QueriesFunction")) == found


def test_a_version_that_kept_the_tables_before_a_restore_is_told() -> None:
    before = {"Environment": {"Variables": TEMPLATE.function_environment(stack().names)}}
    here = stack(**{"lambda": Service(get_function_configuration=before)})
    swapped = Installation(
        "prod",
        False,
        TEMPLATE,
        {**here.names, "RestoredUsersTable": "copy"},
        {},
        {"lambda": here.client("lambda")},
    )
    found = texts(stack_checks.examine_function(swapped, "QueriesFunction"))
    assert found == ["its USERS_TABLE is not this stack's"]


EVENT_DESTINATION = {
    "Enabled": True, "MatchingEventTypes": ["BOUNCE", "COMPLAINT"],
    "SnsDestination": {"TopicArn": "prod-MailEvents"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("sends", "destination", "found"),
    [
        (True, EVENT_DESTINATION, []),
        (False, EVENT_DESTINATION, ["sending by it is paused"]),
        (True, EVENT_DESTINATION | {"Enabled": False}, ["bounces and complaints are reported to nobody"]),
        (
            True,
            EVENT_DESTINATION | {"MatchingEventTypes": ["BOUNCE"]},
            ["bounces and complaints are reported to nobody"],
        ),
        (True, EVENT_DESTINATION | {"SnsDestination": {}}, ["bounces and complaints are reported to nobody"]),
    ],
)
def test_the_configuration_of_mail_sends_and_tells_of_bounces(
    sends: bool, destination: dict[str, Any], found: list[str]
) -> None:
    ses = Service(
        get_configuration_set={"SendingOptions": {"SendingEnabled": sends}},
        get_configuration_set_event_destinations={"EventDestinations": [destination]},
    )
    assert texts(mail_checks.examine_configuration(stack(), ses)) == found
    gone = Service(get_configuration_set=NotThere())
    assert texts(mail_checks.examine_configuration(stack(), gone)) == [
        "there is no configuration set prod-MailConfiguration"
    ]
