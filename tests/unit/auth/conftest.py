"""Fixtures of the tests of `auth`: the local stack's settings, cheap passwords, a browser."""

import pytest
from fastapi.testclient import TestClient

from tests.conftest import Aws, clear_caches
from tests.unit.identity import people


@pytest.fixture
def local(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """AWS as on a laptop: captcha answers are known, hashing is cheap."""
    for name, value in {
        "LOCAL_STACK": "true", "ARGON2_MEMORY_KIB": "64", "ARGON2_PASSES": "1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    clear_caches()
    return aws


@pytest.fixture
def client(local: Aws) -> TestClient:
    """A browser before the app of `auth`."""
    from auth.app import app

    return people.browser(app)
