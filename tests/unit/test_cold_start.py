"""What a function must not do at its start: build models no request needs, or load what is not its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.aws import LOCAL_ENVIRONMENT

HTTP_FUNCTIONS = [
    "auth", "binding", "cart", "notices", "payment_callback", "queries", "readings", "receipts",
    "staff", "subscriber_profile", "subscriber_requests",
]  # fmt: skip
PDF = {"fpdf", "segno", "fontTools"}
# Not email_validator: FastAPI itself loads it wherever it is installed, which the common layer is not.
IDENTITY = {"argon2", "captcha", "phonenumbers", "pyotp", "zxcvbn"}
# Of `staff` alone, and only when an authenticator answers. Not OpenSSL: botocore itself loads it wherever it
# is installed, which in Lambda is the layer of `staff` (docs/adr/0071).
PASSKEYS = {"webauthn", "cbor2", "pyasn1"}
PROBE = """
import gc, sys
before = gc.get_threshold()
import {function}.lambda_function
from cabinet.web.app import load_all_routers
load_all_routers({function}.app.app)
from cabinet.core.model import DeferredModel
def models(base):
    return [base, *(found for each in base.__subclasses__() for found in models(each))]
built = sorted({{model.__name__ for model in models(DeferredModel) if model.__pydantic_complete__}})
from fastapi.openapi.models import OpenAPI
from pydantic import BaseModel
request = {{"http": {{"method": "GET", "path": "/api/none", "sourceIp": "198.51.100.7"}}}}
event = {{"version": "2.0", "rawPath": "/api/none", "rawQueryString": "", "headers": {{}}}}
event |= {{"requestContext": request}}
answer = {function}.lambda_function.handler(event, None)
print(answer["statusCode"], *sorted({heavy!r} & set(sys.modules)))
print("validators:", *built)
print(OpenAPI.__pydantic_complete__, BaseModel.model_config, gc.get_threshold() == before)
"""


def run(code: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | LOCAL_ENVIRONMENT | {"SIGNING_KEY_SECRET": "x", "MAIL_QUEUE_URL": "x"} | settings,
        cwd=Path(__file__).parents[2],
        check=False,
    )


@pytest.mark.parametrize("function", HTTP_FUNCTIONS)
def test_a_start_builds_no_openapi_models_and_loads_no_other_functions_packages(function: str) -> None:
    heavy = PDF | IDENTITY | PASSKEYS
    if function in ("auth", "staff", "subscriber_profile"):
        heavy -= IDENTITY
    done = run(PROBE.format(function=function, heavy=heavy))
    # No validator of ours is built before a request needs it.
    # FastAPI's models wait; what is declared after it, and the collector, are as they were.
    assert done.stdout.split("\n") == ["404", "validators:", "False {} True", ""], done.stderr


FIRST_REQUEST = """
import os, sys
from queries.lambda_function import handler
request = {{"http": {{"method": "GET", "path": {path!r}, "sourceIp": "198.51.100.7"}}}}
event = {{"version": "2.0", "rawPath": {path!r}, "rawQueryString": "", "headers": {{}}}}
answer = handler(event | {{"requestContext": request}}, None)
print(answer["statusCode"], *sorted({unused!r} & set(sys.modules)))
"""
# Of other screens than the first two.
OTHER_PARTS = {
    "queries.charges",
    "queries.payments",
    "queries.meters",
    "queries.meter_files",
    "queries.calendar",
}
UNUSED = OTHER_PARTS | {
    "cabinet.accounts.store",
    "cabinet.billing.spending",
    "cabinet.calendar_feed.feed",
    "cabinet.metering.consumption_csv",
    "cabinet.payments.model",
    "cabinet.web.charge_views",
    "cabinet.web.explanation_views",
    "cabinet.web.meter_views",
    "cabinet.web.payment_views",
    "cabinet.webhooks.model",
}
OF_HOME = {
    "cabinet.autopay.model",
    "cabinet.billing.explanation",
    "cabinet.home.loader",
    "cabinet.metering.model",
    "queries.home",
}


@pytest.mark.parametrize(
    ("path", "unused"),
    [
        ("/api/home", UNUSED | {"queries.summary"}),
        ("/api/accounts/uk:1/summary", UNUSED | OF_HOME),
        ("/api/none", UNUSED | OF_HOME | {"queries.summary", "cabinet.web.auth"}),
    ],
)
def test_a_start_loads_the_part_of_its_request_alone(path: str, unused: set[str]) -> None:
    done = run(FIRST_REQUEST.format(path=path, unused=unused), AWS_LAMBDA_INITIALIZATION_TYPE="on-demand")
    assert done.stdout == f"{404 if path == '/api/none' else 401}\n", done.stderr


@pytest.mark.parametrize("kind", ["snap-start", "provisioned-concurrency"])
def test_a_start_that_is_kept_for_later_requests_loads_every_part(kind: str) -> None:
    probe = f"import sys, queries.lambda_function; print(*sorted({OTHER_PARTS!r} - set(sys.modules)))"
    done = run(probe, AWS_LAMBDA_INITIALIZATION_TYPE=kind)
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr
