"""A message that fails is logged, by class and place, and alone is returned to the queue."""

from typing import Any

import pytest
from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from cabinet.aws.sqs_batch import SafeBatchProcessor


def sent(message_id: str, body: str) -> dict[str, Any]:
    return {"messageId": message_id, "body": body, "eventSource": "aws:sqs", "receiptHandle": "h"}


def test_a_failed_message_is_logged_without_its_words_and_goes_back_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def work(record: SQSRecord) -> None:
        if record.body == "bad":
            raise LookupError("Иванов Иван Иванович")

    event = {"Records": [sent("1", "good"), sent("2", "bad")]}
    answer = process_partial_response(event, work, SafeBatchProcessor(), None)  # type: ignore[arg-type]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    (line,) = [entry for entry in caplog.records if entry.getMessage() == "message_failed"]
    told = vars(line)
    assert (told["levelname"], told["error"], told["message_id"]) == ("ERROR", "LookupError", "2")
    assert told["place"].startswith("test_sqs_batch.py:")
    assert "Иванов" not in str(told)
