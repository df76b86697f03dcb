"""A message that fails is told in the log, by class and place, and goes back alone."""

import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from cabinet.batch import QueueProcessor


def sent(message_id: str, body: str) -> dict[str, Any]:
    return {"messageId": message_id, "body": body, "eventSource": "aws:sqs", "receiptHandle": "h"}


def test_a_failed_message_is_logged_without_its_words_and_goes_back_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def work(record: SQSRecord) -> None:
        if record.body == "bad":
            raise LookupError("Иванов Иван Иванович")

    event = {"Records": [sent("1", "good"), sent("2", "bad")]}
    answer = process_partial_response(event, work, QueueProcessor(), None)  # type: ignore[arg-type]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    said = capsys.readouterr().out
    (line,) = [json.loads(each) for each in said.splitlines() if "message_failed" in each]
    assert (line["level"], line["error"], line["message_id"]) == ("ERROR", "LookupError", "2")
    assert line["place"].startswith("test_batch.py:")
    assert "Иванов" not in said
