"""A browser before the app of `auth` and `subscriber_profile`, and how a person comes to have a cabinet."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.app_client import AppClient
from tests.support.aws import Aws

PASSWORD = "tractor-lilac-73"
EMAIL = "ivan.petrov@example.ru"
PHONE = "+7 900 123-45-67"
HEADERS = {
    "X-Requested-With": "cabinet",
    "X-Forwarded-For": "198.51.100.7",
    "Origin": "http://127.0.0.1:8000",
}


async def site(scope: Any, receive: Any, send: Any) -> None:
    """Both apps of identity behind one address, as the gateway has them."""
    from auth.app import app as auth
    from subscriber_profile.app import app as profile

    app = auth if scope.get("path", "").startswith("/api/auth") else profile
    await app(scope, receive, send)


def browser(**headers: str) -> AppClient:
    """A browser on the site (https, so that Secure cookies travel)."""
    return AppClient(
        site, base_url="https://127.0.0.1:8000", headers=HEADERS | headers, follow_redirects=False,
        raise_server_exceptions=False,
    )  # fmt: skip


def solved(client: AppClient) -> dict[str, str]:
    """A captcha and its answer on the local stack."""
    return {"challenge": client.post("/api/auth/captchas").json()["challenge"], "answer": "12345"}


def form(client: AppClient, **changed: Any) -> dict[str, Any]:
    """A filled form of registration."""
    version = client.get("/api/auth/consent").json()["version"]
    filled = {"email": EMAIL, "password": PASSWORD, "phone": PHONE, "captcha": solved(client)}
    return filled | {"consent": {"version": version}} | changed


def emails(aws: Aws, to: str | None = None) -> list[dict[str, Any]]:
    """What waits in the outbox, the oldest first: template and params."""
    rows = aws.rows("MESSAGES_TABLE")
    waiting = [row for row in rows if row["pk"].startswith("OUTBOX#") and to in (None, row["to"])]
    waiting.sort(key=lambda row: row["created_at"])
    return [
        {"template": row["template"], "to": row["to"], "params": json.loads(row["params"])} for row in waiting
    ]


def token_of(aws: Aws, template: str, to: str | None = None) -> str:
    """The token of the last letter of this template."""
    link = [email for email in emails(aws, to) if email["template"] == template][-1]["params"]["link"]
    return parse_qs(urlsplit(link).query)["token"][0]


def register(client: AppClient, aws: Aws, email: str = EMAIL, password: str = PASSWORD) -> None:
    """Register, and follow the link on another device: in the same browser it would sign in."""
    assert (
        client.post("/api/auth/registrations", json=form(client, email=email, password=password)).status_code
        == 202
    )
    answer = browser().post("/api/auth/activations", json={"token": token_of(aws, "activation", email)})
    assert answer.status_code == 204, answer.text


def sign_in(client: AppClient, email: str = EMAIL, password: str = PASSWORD, **more: Any) -> Any:
    """Try to sign in."""
    return client.post("/api/auth/sessions", json={"email": email, "password": password, **more})
