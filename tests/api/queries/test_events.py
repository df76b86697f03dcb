"""The sample events reach their routes through the Lambda handlers, signed in and not."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from cabinet.core.settings import http_settings
from cabinet.metering.model import Meter
from infra.build.template import ROOT
from tests.support.aws import Aws
from tests.support.factories import bound_accounts


@pytest.mark.parametrize(("function", "status"), [("binding", 200), ("queries", 200), ("readings", 201)])
def test_a_sample_event_is_answered(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, time_machine: Any, function: str, status: int
) -> None:
    time_machine.move_to("2026-11-20T09:00:00+05:00", tick=True)
    monkeypatch.setenv("SITE_ORIGIN", "https://cabinet.example.ru")
    http_settings.cache_clear()
    bound_accounts.supplier()
    account = bound_accounts.account()
    bound_accounts.meter(account.account_id, Meter(meter_id="34230774", number="34230774", service="ГВС"))
    token = bound_accounts.user("u1", account)
    handler = importlib.import_module(f"{function}.lambda_function").handler
    text = Path(ROOT / "events" / f"{function}.json").read_text("utf-8")
    assert handler(json.loads(text), None)["statusCode"] == 401
    answer = handler(json.loads(text.replace("<token>", token)), None)
    assert answer["statusCode"] == status, answer["body"]
