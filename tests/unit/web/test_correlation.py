"""One identifier from the page to the last log line, through queue, mail and bank."""

import json
from typing import Any

import pytest
from fastapi import FastAPI, Request

from cabinet.aws.event_handler import event_handler
from cabinet.core.correlation import HEADER, correlation_id
from cabinet.core.errors import NotFound
from cabinet.core.logging import Event, log_event
from cabinet.outbox.emails import Email, pending_row
from cabinet.payments.providers.http_client import post_form
from cabinet.web.app import create_app, create_router, lambda_handler
from tests.support import loopback_server
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.mailer import Context, run_for, write

GIVEN = "page-0123456789abcdef"


@pytest.fixture
def client(aws: Aws) -> AppClient:
    router = create_router()

    @router.get("/api/thing")
    def thing() -> dict[str, str]:
        log_event(Event.SIGNED_IN)
        return {"row": pending_row(Email("activation", "a@example.ru", {}))["correlation_id"]}

    @router.get("/api/missing")
    def missing() -> None:
        raise NotFound

    return AppClient(create_app("things", router), base_url="http://127.0.0.1:8000")


def test_the_pages_identifier_reaches_log_row_and_answer(
    client: AppClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.get("/api/thing", headers={HEADER: GIVEN}).json() == {"row": GIVEN}
    assert [vars(record)["correlation_id"] for record in caplog.records] == [GIVEN]
    refused = client.get("/api/missing", headers={HEADER: GIVEN}).json()
    assert refused["instance"] == f"urn:cabinet:request:{GIVEN}"


def test_a_request_without_one_gets_the_gateways(client: AppClient) -> None:
    event = {
        "version": "2.0", "routeKey": "$default", "rawPath": "/api/thing", "rawQueryString": "",
        "headers": {}, "isBase64Encoded": False,
        "requestContext": {"requestId": "gateway-request", "stage": "$default", "http": {
            "method": "GET", "path": "/api/thing", "protocol": "HTTP/1.1", "sourceIp": "1.1.1.1"}},
    }  # fmt: skip
    answer = lambda_handler(client.app)(event, None)  # type: ignore[arg-type]
    assert json.loads(answer["body"]) == {"row": "gateway-request"}


def test_two_requests_do_not_share_one(client: AppClient) -> None:
    assert client.get("/api/thing").json() != client.get("/api/thing").json()


def test_a_worker_goes_on_under_the_identifier_of_its_message() -> None:
    seen: list[str] = []
    handler = event_handler(lambda event, context: seen.append(correlation_id()))
    body = json.dumps({"what": "payments", "correlation_id": GIVEN})
    handler({"Records": [{"body": body}]}, Context())
    handler({"Records": [{"body": "torn"}]}, Context())
    handler({"schedule": "exports"}, Context())
    assert seen[0] == GIVEN
    assert len({*seen}) == 3


def test_a_bank_is_asked_under_the_identifier_of_the_page(aws: Aws) -> None:
    router, bank = create_router(), create_router()

    @bank.post("/register.do")
    def heard(request: Request) -> dict[str, str]:
        return {"heard": request.headers[HEADER]}

    @router.post("/api/pay")
    def pay() -> dict[str, str]:
        answer: dict[str, str] = post_form(origin, "register.do", {}).json()
        return answer

    with loopback_server.serving(FastAPI(routes=bank.routes)) as origin:
        client = AppClient(create_app("things", router, externally_called_paths=["/api/pay"]))
        assert client.post("/api/pay", headers={HEADER: GIVEN}).json() == {"heard": GIVEN}


def test_a_letter_is_sent_under_the_identifier_of_what_caused_it(
    aws: Aws, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_SENDER", "Личный кабинет <no-reply@cabinet.example.ru>")
    monkeypatch.delenv("MAIL_CONFIGURATION_SET", raising=False)
    aws.client("ses").verify_email_identity(EmailAddress="no-reply@cabinet.example.ru")
    emails: list[Any] = [
        Email("security_event", f"{name}@example.ru", {"what": "x"}, email_id=name) for name in ("a", "b")
    ]
    from cabinet.core.correlation import set_correlation_id

    for email in emails:
        set_correlation_id(f"{GIVEN}-{email.email_id}")
        write(email)
    run_for(*emails)
    sent = [vars(record) for record in caplog.records if record.message == "email_sent"]
    assert [line["correlation_id"] for line in sent] == [f"{GIVEN}-a", f"{GIVEN}-b"]
