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


@pytest.mark.parametrize("function", HTTP_FUNCTIONS)
def test_a_start_builds_no_openapi_models_and_loads_no_other_functions_packages(function: str) -> None:
    heavy = PDF | IDENTITY | PASSKEYS
    if function == "receipts":
        heavy -= PDF
    if function in ("auth", "staff", "subscriber_profile"):
        heavy -= IDENTITY
    environment = os.environ | LOCAL_ENVIRONMENT | {"SIGNING_KEY_SECRET": "x", "MAIL_QUEUE_URL": "x"}
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(function=function, heavy=heavy)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    # No validator of ours is built before a request needs it.
    # FastAPI's models wait; what is declared after it, and the collector, are as they were.
    assert done.stdout.split("\n") == ["404", "validators:", "False {} True", ""], done.stderr


def test_the_first_screens_start_does_without_writing_accounts_and_models_of_orders() -> None:
    unused = {"cabinet.accounts.store", "cabinet.payments.model", "cabinet.webhooks.model"}
    probe = f"import sys, queries.lambda_function; print(*sorted({unused!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", probe],
        capture_output=True,
        text=True,
        env=os.environ | LOCAL_ENVIRONMENT | {"SIGNING_KEY_SECRET": "x"},
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr
