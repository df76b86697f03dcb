"""Runs of the reminders, and the letters that come of them."""

from typing import Any

from cabinet.accounts.keys import binding_key
from cabinet.accounts.model import Account
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from tests.support.aws import Aws
from tests.support.lambda_context import Context


def run(event: dict[str, Any]) -> Any:
    from reminders.app import handler

    return handler(event, Context())


def queue(aws: Aws) -> list[dict[str, Any]]:
    """Take everything that waits in the reminders' queue."""
    taken: list[dict[str, Any]] = []
    while found := aws.client("sqs").receive_message(
        QueueUrl=aws.environment["REMINDER_QUEUE_URL"], MaxNumberOfMessages=10
    ).get("Messages"):  # fmt: skip
        taken += [
            {"messageId": each["MessageId"], "body": each["Body"], "eventSource": "aws:sqs"} for each in found
        ]
    return taken


def drain(aws: Aws) -> None:
    while records := queue(aws):
        assert run({"Records": records}) == {"batchItemFailures": []}


def emails(aws: Aws) -> list[dict[str, Any]]:
    rows = aws.rows("MESSAGES_TABLE")
    return [row for row in rows if row["pk"].startswith("OUTBOX#")]


def choose(user_id: str, account: Account, **more: Any) -> None:
    mailings = {"receipts": True, "reminders": True, "notices": True}
    for name, value in ({"mailings": mailings} | more).items():
        dynamo.update(
            Table.USERS, binding_key(user_id, account.account_id), "SET #name = :value",
            condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict, names={"name": name}, value=value,
        )  # fmt: skip
