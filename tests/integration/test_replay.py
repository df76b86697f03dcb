"""`cabinet replay` on a whole stack in the local AWS, which knows no moves of SQS."""

import json

import pytest

from infra.__main__ import main
from tests.support.whole_stack import Stack


def record(arn: str, event: object) -> str:
    """Return what Lambda leaves of an invocation that failed every try."""
    return json.dumps({"requestContext": {"functionArn": arn}, "requestPayload": event})


def test_dead_letters_are_told_and_given_out_and_what_fails_again_stays(
    whole_stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    sqs, names = whole_stack.client("sqs"), whole_stack.names
    mailer = names["MailerFunctionAliaslive"]
    whole_stack.client("lambda").update_event_source_mapping(
        UUID=names["ImportsFunctionQueue"], Enabled=False
    )
    for body in (record(mailer, {"schedule": "outbox"}), record(mailer, {"schedule": "unknown"})):
        sqs.send_message(QueueUrl=names["EventDeadLetters"], MessageBody=body)
    key = {"object_key": "inbound/center/a.zip"}
    sqs.send_message(QueueUrl=names["ImportDeadLetters"], MessageBody=json.dumps(key))

    options = ["--data", str(whole_stack.data)]
    capsys.readouterr()
    assert main(["replay", "--dry-run", *options]) == 0
    told = capsys.readouterr().out
    assert "EventDeadLetters: 2, the oldest of " in told
    assert "UTC: message with object_key" in told
    assert "given out" not in told

    assert main(["replay", *options]) == 1
    said = capsys.readouterr().out
    assert said.count("given out: 1; left: 0") == 1, said
    assert said.count("given out: 1; left: 1") == 1, said
    assert "MailerFunction failed again: " in said
    (moved,) = sqs.receive_message(QueueUrl=names["ImportQueue"])["Messages"]
    assert json.loads(moved["Body"]) == key

    assert main(["replay", "--queue", "EventDeadLetters", "--limit", "1", *options]) == 1
    assert main(["replay", "--queue", "Nothing", *options]) == 1
    assert "there are: MailDeadLetters, " in capsys.readouterr().err
