"""Calls to AWS are subsegments of the request's trace, where X-Ray samples it."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Table
from cabinet.core.correlation import set_correlation_id
from cabinet.core.errors import Conflict
from cabinet.receipts import documents_bucket
from tests.support.aws import Aws

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled={}"


@pytest.fixture
def daemon(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.setblocking(False)
        host, port = listening.getsockname()
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"{host}:{port}")
        monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE.format(1))
        yield listening


def received_segments(daemon: socket.socket) -> list[dict[str, Any]]:
    found = []
    while True:
        try:
            header, _, segment = daemon.recv(65_536).decode().partition("\n")
        except BlockingIOError:
            return found
        assert json.loads(header) == {"format": "json", "version": 1}
        found.append(json.loads(segment))


def test_a_read_of_a_table_is_a_subsegment_of_the_requests_trace(daemon: socket.socket) -> None:
    set_correlation_id("press-42", None)
    dynamo.get(Table.USERS, ("USER#u1", "PROFILE"))
    (segment,) = received_segments(daemon)
    assert segment["trace_id"] == "1-5759e988-bd862e3fe1be46a994272793"
    assert segment["parent_id"] == "53995c3f42cd8ad8"
    assert (segment["name"], segment["namespace"], segment["type"]) == ("dynamodb", "aws", "subsegment")
    assert segment["aws"] == {"operation": "GetItem", "table_name": "cabinet-UsersTable"}
    assert segment["start_time"] <= segment["end_time"]
    assert segment["http"]["response"]["status"] == 200
    assert not segment["error"]
    assert segment["annotations"] == {"correlation_id": "press-42"}


def test_a_refused_write_is_marked_and_holds_no_value(daemon: socket.socket) -> None:
    row = {"pk": "EMAIL#anna@example.ru", "sk": "OWNER"}
    dynamo.put(Table.USERS, row, condition=IS_ABSENT, on_conflict=Conflict)
    with pytest.raises(Conflict):
        dynamo.put(Table.USERS, row, condition=IS_ABSENT, on_conflict=Conflict)
    segments = received_segments(daemon)
    assert [each["error"] for each in segments] == [False, True]
    assert "anna" not in json.dumps(segments)


def test_storage_of_documents_is_seen_too(daemon: socket.socket) -> None:
    documents_bucket.exists("receipts/none")
    (segment,) = received_segments(daemon)
    assert (segment["name"], segment["aws"]) == ("s3", {"operation": "HeadObject"})


def test_a_call_without_an_answer_is_a_fault(daemon: socket.socket) -> None:
    def cut(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1")

    client = dynamo.dynamodb_client()
    client.meta.events.register("before-send.dynamodb", cut)
    with pytest.raises((EndpointConnectionError, ClientError)):
        client.get_item(TableName="t", Key={})
    (segment,) = received_segments(daemon)
    assert segment["fault"] is True


@pytest.mark.parametrize("variable", [TRACE.format(0), "", "Root=1-2-3"])
def test_a_request_that_is_not_sampled_sends_nothing(
    daemon: socket.socket, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", variable)
    dynamo.get(Table.USERS, ("USER#u1", "PROFILE"))
    assert received_segments(daemon) == []


def test_a_daemon_that_does_not_listen_stops_nothing(
    daemon: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:1")
    assert dynamo.get(Table.USERS, ("USER#u1", "PROFILE")) is None
