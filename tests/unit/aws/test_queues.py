"""Messages to the workers: batches, delays, what is refused, and the identifier that joins the log."""

import json
import os
from typing import Any

import pytest
from botocore.stub import Stubber

from cabinet.aws import queues
from cabinet.aws.queues import Queue
from cabinet.core.correlation import correlation_id, set_correlation_id
from tests.support.aws import Aws


def received(aws: Aws) -> list[dict[str, Any]]:
    sqs = aws.client("sqs")
    answer = sqs.receive_message(QueueUrl=os.environ["EXPORT_QUEUE_URL"], MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def test_more_than_a_batch_of_messages_all_arrive_with_the_cause_of_each(aws: Aws) -> None:
    set_correlation_id("12345678")
    queues.send(Queue.BACKGROUND_TASKS, [{"n": n} for n in range(13)])
    found = [*received(aws), *received(aws)]
    assert sorted(body["n"] for body in found) == list(range(13))
    assert {body["correlation_id"] for body in found} == {"12345678"}


def test_a_message_that_the_queue_refuses_is_told(aws: Aws) -> None:
    refused = {"Id": "0", "SenderFault": False, "Code": "InternalError"}
    with Stubber(queues.sqs_client()) as stubber:
        stubber.add_response("send_message_batch", {"Successful": [], "Failed": [refused]})
        with pytest.raises(queues.NotQueued, match="InternalError"):
            queues.send(Queue.BACKGROUND_TASKS, [{"n": 1}])


@pytest.mark.parametrize("told", ["", "short", "x" * 65, "with space", "строка-строка", None, 12345678])
def test_what_may_not_stand_in_a_log_is_replaced_by_an_identifier_of_ours(told: object) -> None:
    chosen = set_correlation_id(told)
    assert chosen == correlation_id() != told
    assert len(chosen) == 32
