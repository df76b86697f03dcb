"""What `cabinet deploy` says when a stack could not be changed."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.cli import stack_failure

REASON = "Rollback successful: CodeDeploy deployment d-1 failed: alarm"
EVENTS = [
    {"EventId": "5", "LogicalResourceId": "prod", "ResourceStatus": "UPDATE_ROLLBACK_COMPLETE"},
    {"EventId": "4", "LogicalResourceId": "CartFunctionAliaslive", "ResourceStatus": "UPDATE_FAILED",
     "ResourceStatusReason": "Resource update cancelled"},
    {"EventId": "3", "LogicalResourceId": "AuthFunctionAliaslive", "ResourceStatus": "UPDATE_FAILED",
     "ResourceStatusReason": REASON},
    {"EventId": "2", "LogicalResourceId": "prod", "ResourceStatus": "UPDATE_IN_PROGRESS"},
    {"EventId": "1", "LogicalResourceId": "Old", "ResourceStatus": "UPDATE_FAILED",
     "ResourceStatusReason": "of another day"},
]  # fmt: skip
RESOURCES = [
    {"LogicalResourceId": "AuthErrorsAlarm", "PhysicalResourceId": "prod-Auth-1",
     "ResourceType": "AWS::CloudWatch::Alarm"},
    {"LogicalResourceId": "Api", "PhysicalResourceId": "a1", "ResourceType": "AWS::ApiGatewayV2::Api"},
]  # fmt: skip


class Stack:
    """CloudFormation and CloudWatch as the report asks them."""

    def __init__(self, status: str, events: list[dict[str, str]] | None) -> None:
        self.status, self.events = status, events

    def get_paginator(self, name: str) -> Any:
        self.asked = name
        return self

    def paginate(self, **_: str) -> Any:
        if self.asked == "list_stack_resources":
            return [{"StackResourceSummaries": RESOURCES}]
        if self.events is None:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "prod does not exist"}}, "x")
        return [{"StackEvents": [each]} for each in self.events]

    def describe_stacks(self, **_: str) -> Any:
        return {"Stacks": [{"StackStatus": self.status}]}

    def describe_alarms(self, **asked: Any) -> Any:
        assert asked == {"AlarmNames": ["prod-Auth-1"], "StateValue": "ALARM"}
        return {"MetricAlarms": [{"AlarmName": "prod-Auth-1", "AlarmDescription": "It failed"}]}


def test_a_rollback_by_an_alarm_names_the_alarm_and_what_still_answers() -> None:
    stack = Stack("UPDATE_ROLLBACK_COMPLETE", EVENTS)
    told = stack_failure.describe(stack, stack, "prod", "1").splitlines()
    assert told[0].startswith(
        "the deployment was rolled back: every function answers by its previous version"
    )
    assert told[1:] == [f"AuthFunctionAliaslive: {REASON}", "AuthErrorsAlarm rings: It failed"]


@pytest.mark.parametrize(
    ("status", "word"), [("ROLLBACK_COMPLETE", "first"), ("UPDATE_ROLLBACK_FAILED", "continue")]
)
def test_a_stack_that_a_person_must_mend_says_so(status: str, word: str) -> None:
    stack = Stack(status, EVENTS)
    assert word in stack_failure.describe(stack, stack, "prod", "1").splitlines()[0]


@pytest.mark.parametrize(("events", "last"), [(EVENTS, "5"), (None, "")])
def test_a_deployment_that_never_began_has_changed_nothing(events: Any, last: str) -> None:
    stack = Stack("UPDATE_COMPLETE", events)
    assert stack_failure.last_event(stack, "prod") == last
    assert "nothing of it has changed" in stack_failure.describe(stack, stack, "prod", last)
