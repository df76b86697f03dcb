"""The plain OpenID Connect flow against a provider that others wrote (`oidc-provider-mock`)."""

import json
import re
from urllib.parse import urlsplit

import httpx
import pytest
from oidc_provider_mock import User, run_server_in_thread

from tests.support.app_client import AppClient
from tests.support.aws import Aws, clear_caches


def test_a_person_signs_in_by_a_provider_of_others(
    client: AppClient, local: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = {"email": "oidc.person@example.ru", "email_verified": True}
    with run_server_in_thread(user_claims=(User(sub="person-1", claims=claims),)) as server:
        issuer = f"http://localhost:{server.server_port}"
        secret = {"dialect": "oidc", "issuer": issuer, "client_secret": "s", "scope": "openid email"}
        # A name of its own: what was read under a name is kept for an hour, over tests too.
        name = "cabinet/esia-of-others"
        local.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(secret))
        monkeypatch.setenv("ESIA_CLIENT_ID", "cabinet")
        monkeypatch.setenv("ESIA_SECRETS", name)
        clear_caches()
        away = client.get("/api/auth/esia/login").headers["location"]
        assert away.startswith(issuer)
        page = httpx.get(away)
        assert re.search("<form", page.text)
        back = httpx.post(away, data={"sub": "person-1"})
        there = urlsplit(back.headers["location"])
        answer = client.get(f"{there.path}?{there.query}")
        assert answer.headers["location"] == "/esia-consent"
        version = client.get("/api/auth/consent").json()["version"]
        agreed = client.post("/api/auth/esia/registrations", json={"consent": {"version": version}})
        assert agreed.status_code == 201
        assert client.get("/api/profile").json()["email"] == "oidc.person@example.ru"
