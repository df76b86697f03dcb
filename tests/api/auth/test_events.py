"""The sample events are what the gateway sends, and the handlers answer them."""

import json
from typing import Any

import pytest

from infra.build.template import ROOT
from tests.support.aws import Aws


@pytest.mark.parametrize(
    ("name", "status"),
    [("auth", 200), ("auth_sign_in", 401), ("subscriber_profile", 401), ("subscriber_profile_phone", 401)],
)
def test_a_sample_event_is_answered(
    local: Aws, monkeypatch: pytest.MonkeyPatch, name: str, status: int
) -> None:
    from auth.lambda_function import handler as auth
    from cabinet.core.settings import http_settings
    from subscriber_profile.lambda_function import handler as profile

    monkeypatch.setenv("SITE_ORIGIN", "https://cabinet.example.ru")
    monkeypatch.setenv("CLIENT_ADDRESS_HEADER", "cloudfront-viewer-address")
    http_settings.cache_clear()
    event: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text("utf-8"))
    assert (auth if name.startswith("auth") else profile)(event, None)["statusCode"] == status
