"""What leaves an event function when it fails: class and place to the log, no words to Lambda."""

import importlib
import json
from typing import Any

import pytest
from awslambdaric.bootstrap import build_fault_result
from botocore.exceptions import ClientError

from cabinet.aws.event_handler import InvocationFailed, event_handler
from cabinet.core.errors import ServiceUnavailable
from infra.build.template import Template

PERSON = "Иванов Иван, ivanov@example.ru"


def event_functions() -> list[str]:
    """The folders of the template's functions that no HTTP event calls."""
    return [
        properties["Handler"].split(".")[0]
        for _, properties in Template.load().resources("AWS::Serverless::Function")
        if all(event["Type"] != "HttpApi" for event in properties["Events"].values())
    ]


class Broken(dict[str, Any]):
    """An event that nobody can read without quoting a person."""

    def _fail(self, *_: object) -> Any:
        try:
            raise LookupError(PERSON)
        except LookupError as error:
            raise ValueError(f"{PERSON} again") from error

    __getitem__ = __contains__ = get = _fail


class Context:
    aws_request_id = "request-1"


def lines_of(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(entry) for entry in caplog.records if entry.getMessage() == "invocation_failed"]


def test_the_template_has_event_functions() -> None:
    assert set(event_functions()) == {
        "imports", "exports", "mailer", "pusher", "reminders", "reconciliation",
    }  # fmt: skip


@pytest.mark.parametrize("function", event_functions())
def test_a_failed_invocation_is_told_without_its_words(
    aws: object, caplog: pytest.LogCaptureFixture, function: str
) -> None:
    handler = importlib.import_module(f"{function}.app").handler
    with pytest.raises(InvocationFailed, match=r"^ValueError$"):
        handler(Broken(), Context())
    (line,) = lines_of(caplog)
    assert (line["levelname"], line["error"], line["code"]) == ("ERROR", "ValueError", "internal")
    assert line["request_id"] == "request-1"
    assert line["place"].startswith("test_event_handler.py:")
    assert "Иванов" not in str([vars(entry) for entry in caplog.records])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ServiceUnavailable(), "unavailable"),
        (ClientError({"Error": {"Code": "Throttling", "Message": PERSON}}, "Query"), "Throttling"),
        (KeyError(PERSON), "internal"),
    ],
)  # fmt: skip
def test_the_code_is_ours_or_that_of_aws(
    caplog: pytest.LogCaptureFixture, error: Exception, code: str
) -> None:
    @event_handler
    def handler(event: dict[str, Any], context: object) -> None:
        raise error

    with pytest.raises(InvocationFailed):
        handler({}, Context())
    (line,) = lines_of(caplog)
    assert line["code"] == code
    assert PERSON not in str(line)


def test_what_lambda_itself_makes_of_the_failure_quotes_nobody() -> None:
    @event_handler
    def handler(event: dict[str, Any], context: object) -> None:
        event["nothing"]

    with pytest.raises(InvocationFailed) as failed:
        handler(Broken(), Context())
    assert failed.value.__context__ is None
    result = build_fault_result((failed.type, failed.value, failed.tb), None)
    assert result["errorType"] == "InvocationFailed"
    assert "Иванов" not in json.dumps(result, ensure_ascii=False)


def test_a_failure_that_was_told_already_is_not_told_twice(caplog: pytest.LogCaptureFixture) -> None:
    @event_handler
    def handler(event: dict[str, Any], context: object) -> None:
        raise InvocationFailed("ValueError")

    with pytest.raises(InvocationFailed, match="ValueError"):
        handler({}, Context())
    assert not lines_of(caplog)
