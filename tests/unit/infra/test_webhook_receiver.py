"""The local stack's receiver keeps what is signed by its key, and only that as genuine."""

import pytest
from starlette.applications import Starlette

from cabinet.core import clock
from cabinet.webhooks.signing_rules import headers, parse_key
from infra.simulators.webhook_receiver import SIGNING_KEY, WebhookReceiver
from tests.support.app_client import AppClient
from tests.support.webhooks import OTHER_KEY

BODY = b'{"type":"request.created"}'


@pytest.fixture
def client() -> AppClient:
    return AppClient(Starlette(routes=WebhookReceiver().routes()))


def send(client: AppClient, key: str = SIGNING_KEY, seconds: int = 0, body: bytes = BODY) -> int:
    signed = headers("evt_1", clock.epoch(clock.now()) + seconds, BODY, [parse_key(key)])
    return client.post("/local/webhooks", content=body, headers=signed).status_code


def test_a_genuine_event_is_kept_for_the_tester(client: AppClient) -> None:
    assert send(client) == 204
    (item,) = client.get("/local/webhooks").json()["items"]
    assert (item["id"], item["is_genuine"], item["status"]) == ("evt_1", True, 204)
    assert item["payload"] == {"type": "request.created"}


@pytest.mark.parametrize(
    "wrong", [{"key": OTHER_KEY}, {"seconds": -400}, {"seconds": 400}, {"body": BODY + b" "}], ids=str
)
def test_what_is_not_genuine_is_refused_and_not_read(client: AppClient, wrong: dict[str, str]) -> None:
    assert send(client, **wrong) == 401  # type: ignore[arg-type]
    assert client.post("/local/webhooks", content=BODY).status_code == 401
    assert [item["payload"] for item in client.get("/local/webhooks").json()["items"]] == [None, None]


def test_a_tester_chooses_the_answer(client: AppClient) -> None:
    assert client.put("/local/webhooks/answer", json={"status": 410}).status_code == 204
    assert send(client) == 410
    assert client.get("/local/webhooks").json()["items"][0]["status"] == 410
