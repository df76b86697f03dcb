"""What must hold in the template that SAM hands to CloudFormation; `cabinet check sam` tries the real one."""

import re
from typing import Any

import pytest

from infra.build.template import Template
from infra.build.transformed_template import find_issues, find_permission_differences


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


def rollout(**changes: Any) -> dict[str, Any]:
    """Return what SAM makes of a function that goes over gradually, with some resources changed."""
    policy = {"ApplicationName": {"Ref": "Application"}, "DeploymentGroupName": {"Ref": "Group"}}
    version = {"Fn::GetAtt": ["VersionB", "Version"]}
    alarm = {"Dimensions": [{"Name": "ExecutedVersion", "Value": version}]}
    alarms = [{"Name": {"Ref": "Errors"}}]
    resources = {
        "Function": {"Type": "AWS::Lambda::Function"},
        "VersionB": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Function"}}},
        "Alias": {
            "Type": "AWS::Lambda::Alias",
            "UpdatePolicy": {"CodeDeployLambdaAliasUpdate": policy},
            "Properties": {"FunctionVersion": version},
        },
        "Group": {"Type": "Group", "Properties": {"AlarmConfiguration": {"Alarms": alarms}}},
        "Application": {"Type": "Application"},
        "Errors": {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm},
        "Api": {"Type": "Api", "Properties": {"Uri": {"Fn::Sub": "arn:${AWS::Region}:${Alias}/x"}}},
    }  # fmt: skip
    for name, change in changes.items():
        resources[name] = resources[name] | change
    return {"Resources": resources}


def test_a_rollout_that_watches_the_new_version_is_sound() -> None:
    assert list(find_issues(rollout())) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"Alias": {"UpdatePolicy": {}}}, "Alias: goes over to a new version at once"),
        ({"Errors": {"Properties": {"Dimensions": []}}}, "Alias: no alarm of its rollout watches"),
        (
            {"Errors": {"Properties": {"Dimensions": [{"Name": "ExecutedVersion", "Value": "1"}]}}},
            "Alias: no alarm of its rollout watches",
        ),
        ({"Function": {"DependsOn": ["Api"]}}, "they wait for each other"),
    ],
)
def test_a_rollout_that_nothing_watches_or_that_cannot_begin_is_named(
    changes: dict[str, Any], found: str
) -> None:
    (finding,) = find_issues(rollout(**changes))
    assert found in finding


def test_an_alarm_about_the_api_would_wait_for_the_alias_that_waits_for_it() -> None:
    alarm = rollout()["Resources"]["Errors"]["Properties"]
    about_api = alarm["Dimensions"] + [{"Name": "ApiId", "Value": {"Ref": "Api"}}]
    (finding,) = find_issues(rollout(Errors={"Properties": {"Dimensions": about_api}}))
    assert {"Group", "Errors", "Api", "Alias"} == set(re.findall(r"[A-Z]\w+", finding))


READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
WRITE = READ | {"Action": "s3:PutObject"}
DEAD = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "dead"}
TO_DEAD_LETTERS = {"DestinationConfig": {"OnFailure": {"Type": "SQS", "Destination": "dead"}}}
LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


@pytest.mark.parametrize(
    ("declared", "made", "managed", "found"),
    [
        ([READ], [READ, DEAD], [LOGS], []),
        ([READ], [READ, DEAD, WRITE], [LOGS], ["may also"]),
        ([READ, WRITE], [READ, DEAD], [LOGS], ["may not"]),
        ([READ], [READ, DEAD], [LOGS, "arn:aws:iam::aws:policy/AmazonS3FullAccess"], ["AmazonS3FullAccess"]),
        ([READ], [READ, DEAD], [{"Ref": "Elsewhere"}], ["Elsewhere"]),
    ],
)
def test_a_role_has_only_the_rights_of_its_function(
    declared: list[Any], made: list[Any], managed: list[Any], found: list[str]
) -> None:
    function = {"Policies": [{"Statement": declared}], "EventInvokeConfig": TO_DEAD_LETTERS}
    template = Template({"Resources": {"One": {"Type": "AWS::Serverless::Function", "Properties": function}}})
    policies = [{"PolicyDocument": {"Statement": [each]}} for each in made]
    role = {"Properties": {"ManagedPolicyArns": managed, "Policies": policies}}
    told = list(find_permission_differences(template, {"Resources": {"OneRole": role}}))
    assert len(told) == len(found)
    for line, part in zip(told, found, strict=True):
        assert line.startswith("One: ")
        assert part in line
