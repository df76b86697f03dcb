"""Fixtures of the tests of identity: the local stack's settings, cheap passwords, a browser."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tests.support import auth_client
from tests.support.app_client import AppClient
from tests.support.aws import Aws, clear_caches


@pytest.fixture
def local(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """AWS as on a laptop: captcha answers are known, hashing is cheap."""
    cheap = {"LOCAL_STACK": "true", "ARGON2_MEMORY_KIB": "64", "ARGON2_PASSES": "1"}
    for name, value in cheap.items():
        monkeypatch.setenv(name, value)
    clear_caches()
    # In the middle of every limit's window, and still ticking.
    with time_machine.travel("2026-03-01T10:05:00Z", tick=True):
        yield aws


@pytest.fixture
def client(local: Aws) -> AppClient:
    """A browser before the apps of `auth` and `subscriber_profile`."""
    return auth_client.browser()


@pytest.fixture
def signed_in(client: AppClient, local: Aws) -> AppClient:
    """The browser of a person who has registered and signed in."""
    auth_client.register(client, local)
    assert auth_client.sign_in(client).status_code == 201
    return client


def rows(aws: Aws, prefix: str = "") -> list[dict[str, Any]]:
    """Rows of Users whose sort key begins so."""
    return [row for row in aws.rows("USERS_TABLE") if row["sk"].startswith(prefix)]
