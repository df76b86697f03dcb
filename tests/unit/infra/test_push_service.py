"""The local stack's push service: it takes what a real one takes, and says what came."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette

from cabinet.web_push.encryption import encrypt, from_base64url
from cabinet.web_push.vapid import authorization
from infra.local.push_service import PushService
from tests.support.app_client import AppClient

ORIGIN = "http://127.0.0.1:8000"
KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def client(tmp_path: Path) -> AppClient:
    return AppClient(Starlette(routes=PushService(tmp_path, ORIGIN).routes()), base_url=ORIGIN)


def send(client: AppClient, browser: dict[str, Any], **changed: str) -> int:
    keys = browser["keys"]
    body = encrypt(b'{"title":"x"}', from_base64url(keys["p256dh"]), from_base64url(keys["auth"]))
    ends = datetime.now(UTC) + timedelta(hours=1)
    headers = {
        "Authorization": authorization(browser["endpoint"], "https://lk.example.ru", KEY, ends),
        "TTL": "60", "Urgency": "high", "Content-Encoding": "aes128gcm",
    }  # fmt: skip
    return client.post(browser["endpoint"], content=body, headers=headers | changed).status_code


def test_what_is_pushed_to_a_browser_is_decrypted_and_shown(client: AppClient) -> None:
    browser, other = (client.post("/local/push/browsers").json() for _ in range(2))
    assert send(client, browser) == 201
    (item,) = client.get("/local/push", params={"browser": browser["name"]}).json()["items"]
    assert (item["message"], item["urgency"], item["from"]) == (
        {"title": "x"}, "high", "https://lk.example.ru",
    )  # fmt: skip
    assert client.get("/local/push", params={"browser": other["name"]}).json() == {"items": []}


def test_what_a_real_service_refuses_is_refused(client: AppClient) -> None:
    browser, other = (client.post("/local/push/browsers").json() for _ in range(2))
    assert send(client, browser, Authorization="") == 401
    ends = datetime.now(UTC) - timedelta(hours=1)
    late = authorization(browser["endpoint"], "https://lk.example.ru", KEY, ends)
    assert send(client, browser, Authorization=late) == 401
    assert send(client, browser, **{"Content-Encoding": "aesgcm"}) == 400
    assert send(client, browser | {"keys": other["keys"]}) == 400
    assert client.get("/local/push").json() == {"items": []}


def test_a_browser_that_is_ended_answers_410(client: AppClient) -> None:
    browser = client.post("/local/push/browsers").json()
    assert client.delete(f"/local/push/browsers/{browser['name']}").status_code == 204
    assert client.delete(f"/local/push/browsers/{browser['name']}").status_code == 404
    assert send(client, browser) == 410
