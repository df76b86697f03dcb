"""`cabinet restore`: every step may die and be run again; nothing in use changes before all is checked."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.build import sam
from infra.build.template import Template
from infra.cli.commands.restore import moment
from infra.cli.errors import CommandError
from infra.doctor.installation import Installation
from infra.doctor.table_checks import examine_table
from infra.restore import table_copies, table_swap
from infra.restore.steps import Step, copies, restore_steps, undo_steps
from tests.support.aws import REGION

TEMPLATE = Template.load()
TABLES = [name for name, _ in TEMPLATE.resources("AWS::DynamoDB::Table")]
AT = datetime(2026, 11, 26, 7, 30, tzinfo=UTC)
USERS_COPY = "prod-UsersTable-20261126T073000Z"


class CloudFormation:
    """A stack with its parameters; an update takes two looks, and may fail."""

    def __init__(self) -> None:
        self.parameters = {"TimeZone": "Asia/Yekaterinburg", "Publication": "0", "Rollout": sam.GRADUAL} | {
            f"Restored{name}": "" for name in TABLES
        }
        self.updates: list[dict[str, Any]] = []
        self.states = ["UPDATE_COMPLETE"]
        self.fails = False

    def describe_stacks(self, **_: str) -> Any:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        told = [{"ParameterKey": key, "ParameterValue": value} for key, value in self.parameters.items()]
        return {"Stacks": [{"StackStatus": state, "Parameters": told}]}

    def update_stack(self, **request: Any) -> None:
        self.updates.append(request)
        if self.fails:
            self.states = ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"]
            return
        for each in request["Parameters"]:
            if not each.get("UsePreviousValue"):
                self.parameters[each["ParameterKey"]] = each["ParameterValue"]
        self.states = ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"]


class Stack:
    """A stack of tables in moto, and what the command sees of it."""

    def __init__(self) -> None:
        self.dynamodb = boto3.client("dynamodb", region_name=REGION)
        self.cloudformation = CloudFormation()
        self.names = {name: f"prod-{name}-X1" for name in TABLES}
        for name, declared in TEMPLATE.resources("AWS::DynamoDB::Table"):
            made = {
                key: declared[key]
                for key in ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
                if key in declared
            }
            self.dynamodb.create_table(TableName=self.names[name], **made)
            self.dynamodb.update_continuous_backups(
                TableName=self.names[name],
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )
            self.put(self.names[name], "a")

    def put(self, table: str, key: str, **attributes: str) -> None:
        item = {"pk": key, "sk": key} | attributes
        self.dynamodb.put_item(TableName=table, Item={name: {"S": value} for name, value in item.items()})

    @property
    def installation(self) -> Installation:
        """The stack as it is now: each run of the command looks anew."""
        clients = {"dynamodb": self.dynamodb, "cloudformation": self.cloudformation}
        return Installation("prod", False, TEMPLATE, self.names | self.cloudformation.parameters, {}, clients)

    def steps(self, *tables: str) -> list[Step]:
        here = self.installation
        return restore_steps(here, copies(here, AT, tables), lambda: None)

    def table_names(self) -> set[str]:
        return set(self.dynamodb.list_tables()["TableNames"])

    @property
    def in_use(self) -> dict[str, str]:
        here = self.installation
        return {name: here.table(name) for name in TABLES}


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    for module in (table_copies, table_swap):
        monkeypatch.setattr(module.time, "sleep", lambda _: None)
    # moto says that a table can be restored from its making on; AT is long before.
    with mock_aws():
        made = Stack()
        whole = made.dynamodb.describe_continuous_backups

        def describe(**request: Any) -> Any:
            told = whole(**request)
            recovery = told["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
            recovery |= {
                "EarliestRestorableDateTime": AT - timedelta(days=35),
                "LatestRestorableDateTime": AT + timedelta(minutes=5),
            }
            return told

        monkeypatch.setattr(made.dynamodb, "describe_continuous_backups", describe)
        yield made


def run(steps: list[Step]) -> None:
    for step in steps:
        step.run()


def test_all_tables_are_copied_as_the_template_says_and_put_to_use_at_once(stack: Stack) -> None:
    run(stack.steps())
    assert stack.in_use == {name: f"prod-{name}-20261126T073000Z" for name in TABLES}
    assert len(stack.cloudformation.updates) == 1, "all tables change together"
    (update,) = stack.cloudformation.updates
    assert update["UsePreviousTemplate"] is True
    assert {"ParameterKey": "TimeZone", "UsePreviousValue": True} in update["Parameters"]
    assert stack.cloudformation.parameters["Publication"] != "0", (
        "new versions: those before keep their tables"
    )
    assert stack.cloudformation.parameters["Rollout"] == sam.AT_ONCE, "no request may write to the old tables"
    declared = dict(TEMPLATE.resources("AWS::DynamoDB::Table"))
    for name, table in stack.in_use.items():
        assert list(examine_table(stack.dynamodb, table, declared[name], "")) == []


def test_the_functions_are_told_of_the_copy_and_may_use_it_and_its_indexes() -> None:
    names = {name: name for name in TABLES} | {f"{name}.Arn": f"own:{name}" for name in TABLES}
    names |= {"AWS::Partition": "aws", "AWS::Region": "r", "AWS::AccountId": "1", "AWS::StackName": "prod"}
    assert TEMPLATE.function_environment(names)["USERS_TABLE"] == "UsersTable"
    swapped = names | {table_swap.parameter_of(name): f"copy-{name}" for name in TABLES}
    assert TEMPLATE.function_environment(swapped)["USERS_TABLE"] == "copy-UsersTable"
    policies = str(TEMPLATE.tree["Resources"])
    for name in TABLES:
        assert policies.count(f"${{{name}.Arn}}") == policies.count(f"table/${{Restored{name}}}/index/*")
    rights = []
    for _, function in TEMPLATE.resources("AWS::Serverless::Function"):
        for policy in function["Policies"]:
            for statement in policy["Statement"]:
                if "dynamodb:" in str(statement["Action"]):
                    rights.append(str(TEMPLATE.resolve(statement["Resource"], swapped)))
    assert rights
    assert not [right for right in rights if "own:" in right], "a right that stays with the stack's own table"
    assert all("table/copy-" in right for right in rights)


def test_one_table_alone_leaves_the_others(stack: Stack) -> None:
    run(stack.steps("UsersTable"))
    assert stack.in_use == stack.names | {"UsersTable": USERS_COPY}


@pytest.mark.parametrize("died_after", range(8))
@pytest.mark.parametrize("died_before_answer", [False, True])
def test_a_restore_that_dies_after_any_step_is_finished_by_the_same_command(
    died_after: int, died_before_answer: bool, stack: Stack
) -> None:
    done = stack.steps()[: died_after + died_before_answer]
    run(done)
    run(stack.steps())
    assert stack.in_use == {name: f"prod-{name}-20261126T073000Z" for name in TABLES}
    assert len(stack.cloudformation.updates) == 1
    run(stack.steps())
    assert len(stack.cloudformation.updates) == 1, "what is done is not done again"
    assert len(stack.table_names()) == 2 * len(TABLES)


def noted(stack: Stack, table: str) -> list[tuple[str, str]]:
    """Return actions and authors' roles in the audit log of a Users table."""
    rows = [row for row in stack.dynamodb.scan(TableName=table)["Items"] if "action" in row]
    return sorted((row["action"]["S"], row["role"]["S"]) for row in rows)


def test_who_restored_is_read_in_the_copy_and_in_the_table_of_before(stack: Stack) -> None:
    own = stack.names["UsersTable"]
    steps = stack.steps()
    run(steps[:6])
    assert noted(stack, own) == [], "nothing that is in use has changed"
    run(steps[6:])
    restored = ("TABLES_RESTORED", "command")
    assert noted(stack, own) == noted(stack, USERS_COPY) == [restored]
    run(stack.steps())
    assert noted(stack, USERS_COPY) == [restored], "what is done is not noted again"
    for _ in range(2):
        run(undo_steps(stack.installation, []))
    undone = ("TABLES_RESTORE_UNDONE", "command")
    assert noted(stack, own) == noted(stack, USERS_COPY) == [restored, undone]


def test_another_table_that_is_restored_is_noted_in_the_log_of_now(stack: Stack) -> None:
    run(stack.steps("PaymentsTable"))
    rows = stack.dynamodb.scan(TableName=stack.names["UsersTable"])["Items"]
    (row,) = [each for each in rows if "action" in each]
    assert row["before"]["M"] == {"PaymentsTable": {"S": stack.names["PaymentsTable"]}}
    assert row["after"]["M"]["PaymentsTable"] == {"S": "prod-PaymentsTable-20261126T073000Z"}
    assert row["after"]["M"]["at"] == {"S": "2026-11-26T07:30:00+00:00"}


def held(stack: Stack, table: str) -> bool:
    """Tell whether autopay is held in a Payments table."""
    rows = stack.dynamodb.scan(TableName=table)["Items"]
    return [row["after"]["S"] for row in rows if row["pk"]["S"] == "AUTOPAYHOLD"] == ["stack:prod"]


def test_no_payments_come_to_use_before_autopay_is_held_in_them(stack: Stack) -> None:
    """Neither a copy, nor on the way back the stack's own, nor beside accounts of an earlier moment."""
    own, copy = stack.names["PaymentsTable"], "prod-PaymentsTable-20261126T073000Z"
    run(stack.steps()[:-1])
    assert (held(stack, own), held(stack, copy)) == (False, True)
    assert stack.in_use["PaymentsTable"] == own
    run(stack.steps())
    run(undo_steps(stack.installation, []))
    assert (held(stack, own), stack.in_use["PaymentsTable"]) == (True, own)


def test_accounts_of_an_earlier_moment_hold_autopay_as_well(stack: Stack) -> None:
    run(stack.steps("AccountsTable"))
    assert held(stack, stack.names["PaymentsTable"])


def test_two_restores_at_once_make_one_copy(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = stack.steps("UsersTable"), stack.steps("UsersTable")
    restore = stack.dynamodb.restore_table_to_point_in_time

    def after_a_rival(**request: Any) -> Any:
        monkeypatch.setattr(stack.dynamodb, "restore_table_to_point_in_time", restore)
        two[1].run()
        raise stack.dynamodb.exceptions.TableAlreadyExistsException(
            {"Error": {"Code": "TableAlreadyExistsException", "Message": ""}}, "Restore"
        )

    monkeypatch.setattr(stack.dynamodb, "restore_table_to_point_in_time", after_a_rival)
    run(one)
    run(two)
    assert stack.in_use["UsersTable"] == USERS_COPY
    assert len(stack.cloudformation.updates) == 1


def test_undoing_uses_the_stacks_own_tables_again_and_keeps_the_copies(stack: Stack) -> None:
    run(stack.steps())
    run(undo_steps(stack.installation, ["PaymentsTable"]))
    assert stack.in_use["PaymentsTable"] == stack.names["PaymentsTable"]
    assert stack.in_use["UsersTable"] == USERS_COPY
    run(undo_steps(stack.installation, []))
    assert stack.in_use == stack.names
    assert USERS_COPY in stack.table_names()
    updates = len(stack.cloudformation.updates)
    run(undo_steps(stack.installation, []))
    assert len(stack.cloudformation.updates) == updates
    run(stack.steps("UsersTable"))
    assert stack.in_use["UsersTable"] == USERS_COPY, "and the copy can be used once more"


def test_what_is_in_use_is_copied_be_it_a_copy_itself(stack: Stack) -> None:
    run(stack.steps("UsersTable"))
    here = stack.installation
    (next_,) = copies(here, AT + timedelta(minutes=1), ["UsersTable"])
    assert (next_.source, next_.name) == (USERS_COPY, "prod-UsersTable-20261126T073100Z")


def test_rows_are_counted_and_a_sample_is_compared(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    own = stack.names["UsersTable"]
    for key in ("b", "c"):
        stack.put(own, key)
    steps = stack.steps("UsersTable")
    run(steps[:3])
    stack.put(own, "b", name="changed")
    stack.dynamodb.delete_item(TableName=own, Key={"pk": {"S": "c"}, "sk": {"S": "c"}})
    stack.put(own, "d")
    stack.put(own, "e")
    run(steps[3:])
    assert (
        "UsersTable: 3 rows, 4 are in use now; of 3 rows of the copy 1 are the same now, "
        "1 have changed since, 1 are gone\n"
    ) in capsys.readouterr().out


def spoil(stack: Stack, spoilt: str) -> None:
    if spoilt == "index":
        stack.dynamodb.update_table(
            TableName=USERS_COPY, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by_account"}}]
        )
    elif spoilt == "empty":
        stack.dynamodb.delete_item(TableName=USERS_COPY, Key={"pk": {"S": "a"}, "sk": {"S": "a"}})


@pytest.mark.parametrize(
    ("spoilt", "told"), [("index", "there is no index by_account"), ("empty", "is empty, 1 rows are in use")]
)
def test_a_copy_that_cannot_serve_is_not_put_to_use(spoilt: str, told: str, stack: Stack) -> None:
    steps = stack.steps("UsersTable")
    run(steps[:4])
    spoil(stack, spoilt)
    with pytest.raises(CommandError, match=told):
        run(steps[4:])
    assert stack.in_use == stack.names
    assert stack.cloudformation.updates == []


def test_a_person_who_says_no_changes_nothing(stack: Stack) -> None:
    def no() -> None:
        raise CommandError("no")

    here = stack.installation
    with pytest.raises(CommandError, match="no"):
        run(restore_steps(here, copies(here, AT, []), no))
    assert stack.cloudformation.updates == []


def test_an_update_that_is_rolled_back_is_told_and_what_was_in_use_is(stack: Stack) -> None:
    stack.cloudformation.fails = True
    with pytest.raises(CommandError, match="UPDATE_ROLLBACK_COMPLETE"):
        run(stack.steps())
    assert stack.in_use == stack.names
    stack.cloudformation.fails = False
    run(stack.steps())
    assert stack.in_use["UsersTable"] == USERS_COPY


def test_a_stack_that_is_being_changed_is_waited_for_and_an_old_one_refused(stack: Stack) -> None:
    stack.cloudformation.states = ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]
    run(stack.steps("UsersTable"))
    assert stack.in_use["UsersTable"] == USERS_COPY
    del stack.cloudformation.parameters["RestoredMessagesTable"]
    with pytest.raises(CommandError, match="no parameter RestoredMessagesTable: deploy it first"):
        run(stack.steps("MessagesTable"))


@pytest.mark.parametrize("minutes", [6, -60 * 24 * 36])
def test_a_moment_that_recovery_does_not_reach_is_refused_before_anything(minutes: int, stack: Stack) -> None:
    here = stack.installation
    wanted = copies(here, AT + timedelta(minutes=minutes), [])
    with pytest.raises(CommandError, match="is not between 2026-10-22 07:30:00 and 2026-11-26 07:35:00 UTC"):
        run(restore_steps(here, wanted, lambda: None))
    assert stack.table_names() == set(stack.names.values())


def test_a_table_without_recovery_or_that_is_gone_is_refused(stack: Stack) -> None:
    own = stack.names["UsersTable"]
    stack.dynamodb.update_continuous_backups(
        TableName=own, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )
    with pytest.raises(CommandError, match="recovery is off"):
        run(stack.steps())
    stack.dynamodb.delete_table(TableName=own)
    with pytest.raises(CommandError, match="there is no table"):
        run(stack.steps())


def test_a_table_that_is_not_of_the_template_is_refused(stack: Stack) -> None:
    with pytest.raises(CommandError, match="no table Nothing; there are: UsersTable"):
        stack.steps("Nothing")
    with pytest.raises(CommandError, match="no table Nothing"):
        undo_steps(stack.installation, ["Nothing"])


def test_a_copy_is_waited_for_with_its_indexes(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    states = [("CREATING", []), ("ACTIVE", ["ACTIVE", "CREATING"]), ("ACTIVE", ["ACTIVE", "ACTIVE"])]
    asked: list[str] = []

    def describe(TableName: str) -> Any:  # noqa: N803 - AWS's name
        asked.append(TableName)
        status, indexes = states[len(asked) - 1]
        told = [{"IndexStatus": index} for index in indexes]
        return {"Table": {"TableStatus": status, "GlobalSecondaryIndexes": told}}

    (copy,) = copies(stack.installation, AT, ["UsersTable"])
    monkeypatch.setattr(stack.dynamodb, "describe_table", describe)
    table_copies.wait_for_copy(stack.dynamodb, copy)
    assert asked == [USERS_COPY] * 3


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("2026-11-26T12:30:00", "say the zone"), ("yesterday", "a time like"),
        ("2126-11-26T12:30:00+05:00", "in the future"),
    ],
)  # fmt: skip
def test_a_moment_that_may_be_misread_is_refused(text: str, refusal: str) -> None:
    with pytest.raises(CommandError, match=re.escape(refusal)):
        moment(text)


def test_one_moment_is_one_copy_in_whatever_zone_it_is_said() -> None:
    said = [moment(text) for text in ("2020-01-01T12:30:00.5+05:00", "2020-01-01T07:30:00Z")]
    assert said[0] == said[1] == datetime(2020, 1, 1, 7, 30, tzinfo=UTC)
