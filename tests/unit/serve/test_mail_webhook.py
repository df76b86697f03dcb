"""Reports of undeliverable mail over HTTP: signed ones count once, all others change nothing."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError
from starlette.applications import Starlette

from cabinet.core import clock
from infra.build.template import Template
from serve.app import create_app
from serve.mail_webhook import HEADER, MAX_BYTES, PATH, MailWebhook
from serve.webhook_rules import sign
from tests.support.app_client import AppClient
from tests.support.aws import Aws, clear_caches
from tests.support.aws_calls import Call, Listener, heard_by

SECRET = "a secret of both sides, long enough"
BOUNCE = {
    "eventType": "Bounce", "mail": {"tags": {}},
    "bounce": {"bounceType": "Permanent", "bounceSubType": "General",
               "bouncedRecipients": [{"emailAddress": "anna@example.ru"}]},
}  # fmt: skip


@pytest.fixture
def client(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> AppClient:
    monkeypatch.setenv("SECRETS_SOURCE", "environment")
    monkeypatch.setenv("SECRET_MAIL_REPORTS", SECRET)
    clear_caches()
    return AppClient(Starlette(routes=[MailWebhook("mail-reports").route()]))


def send(client: AppClient, body: bytes, secret: str = SECRET) -> int:
    signature = sign(secret, body, clock.epoch(clock.now()))
    return client.post(PATH, content=body, headers={HEADER: signature}).status_code


def suppressed(aws: Aws) -> list[str]:
    rows = aws.rows("MESSAGES_TABLE")
    return [row["detail"] for row in rows if row["pk"].startswith("SUPPRESSED#")]


def test_a_signed_report_counts_once_bare_or_wrapped(
    client: AppClient, aws: Aws, caplog: pytest.LogCaptureFixture
) -> None:
    bare = json.dumps(BOUNCE)
    for body in (bare, bare, json.dumps({"Type": "Notification", "Message": bare})):
        assert send(client, body.encode()) == 204
    assert suppressed(aws) == ["General"]
    assert "anna" not in caplog.text


def test_what_is_not_signed_by_the_secret_changes_nothing(client: AppClient, aws: Aws) -> None:
    body = json.dumps(BOUNCE).encode()
    assert send(client, body, secret="another secret of thirty-two characters") == 403
    assert client.post(PATH, content=body).status_code == 403
    assert client.get(PATH).status_code == 405
    assert suppressed(aws) == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b"{}", b'{"eventType": "Bounce"}', b"\xff", b'{"Message": 1}']
)
def test_what_is_no_notification_is_told_so(client: AppClient, body: bytes) -> None:
    assert send(client, body) == 422


def test_what_asks_nothing_of_us_is_taken(client: AppClient, aws: Aws) -> None:
    assert send(client, b'{"eventType": "Delivery"}') == 204
    assert suppressed(aws) == []


def test_a_large_body_is_not_read_to_its_end(client: AppClient) -> None:
    assert send(client, b" " * (MAX_BYTES + 1)) == 413


def test_a_report_that_storage_does_not_take_is_asked_for_again(client: AppClient) -> None:
    class Unreachable(Listener):
        def before(self, call: Call) -> None:
            raise EndpointConnectionError(endpoint_url="http://tables")

    with heard_by(Unreachable()):
        assert send(client, json.dumps(BOUNCE).encode()) == 503


@pytest.mark.parametrize("secret", [None, "short"])
def test_a_secret_that_is_missing_or_short_opens_nothing(
    client: AppClient, monkeypatch: pytest.MonkeyPatch, secret: str | None
) -> None:
    monkeypatch.delenv("SECRET_MAIL_REPORTS")
    if secret:
        monkeypatch.setenv("SECRET_MAIL_REPORTS", secret)
    assert send(client, json.dumps(BOUNCE).encode(), secret=secret or "") == 503


def test_the_route_is_there_only_by_its_setting(aws: Aws, template: Template, tmp_path: Path) -> None:
    paths = [
        [
            getattr(route, "path", "")
            for route in create_app(template, dist=tmp_path, webhook_secret=name).routes
        ]
        for name in ("", "mail-reports")
    ]
    assert [PATH in each for each in paths] == [False, True]
