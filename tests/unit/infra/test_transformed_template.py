"""What must hold in the template that SAM hands to CloudFormation; `cabinet check sam` tries the real one."""

from typing import Any

import pytest

from infra.build.transformed_template import find_issues


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        ({"Type": "AWS::Scheduler::Schedule", "Properties": {"Name": "Exports"}}, "Name Exports"),
        ({"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "auth"}}, "FunctionName auth"),
        ({"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Retain"}, "first create"),
        (
            {"Type": "AWS::Lambda::Function", "Properties": {"ReservedConcurrentExecutions": 6}},
            "quota",
        ),
        (
            {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "EphemeralStorage": {"Size": 8192},
                    "SnapStart": {"ApplyOn": {"Fn::If": ["SnapStartOn", "PublishedVersions", "None"]}},
                },
            },
            "SnapStart",
        ),
    ],
)
def test_what_stops_a_second_stack_or_a_second_try_is_named(resource: dict[str, Any], found: str) -> None:
    (finding,) = find_issues({"Resources": {"One": resource}})
    assert finding.startswith("One: ")
    assert found in finding


@pytest.mark.parametrize(
    "resource",
    [
        {"Type": "AWS::Scheduler::Schedule", "Properties": {"ScheduleExpression": "rate(1 minute)"}},
        {"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "RetainExceptOnCreate"},
        {"Type": "AWS::Lambda::Version", "DeletionPolicy": "Retain"},
        {
            "Type": "AWS::Lambda::Function",
            "Properties": {"EphemeralStorage": {"Size": 8192}, "SnapStart": {"ApplyOn": "None"}},
        },
        {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": "${AWS::StackName}-x"}}},
    ],
)
def test_what_is_sound_is_left_alone(resource: dict[str, Any]) -> None:
    assert list(find_issues({"Resources": {"One": resource}})) == []
