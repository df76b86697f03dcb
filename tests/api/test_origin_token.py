"""Each function of the API looks up an origin token that it does not know: it may be a new one."""

import pytest

from cabinet.core.settings import http_settings
from infra.build.openapi import http_functions
from infra.build.template import Template
from serve.functions import application
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.aws_calls import Recorder, heard_by

CALLED_BY_BANKS = "payment_callback"


@pytest.mark.parametrize("function", sorted({*http_functions(Template.load())} - {CALLED_BY_BANKS}))
def test_a_token_that_is_new_to_a_function_is_looked_up(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    monkeypatch.setenv("ORIGIN_TOKEN", "first-token")
    http_settings.cache_clear()
    site = AppClient(application(function))
    with heard_by(Recorder()) as calls:
        assert site.get("/api/nothing", headers={"X-Origin-Token": "new-token"}).status_code == 404
    assert calls.operations == ["GetSecretValue"]
    http_settings.cache_clear()
