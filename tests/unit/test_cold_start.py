"""What a function must not do at its start: build models no request needs, or load what is not its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.aws import LOCAL_ENVIRONMENT

HTTP_FUNCTIONS = [
    "auth", "binding", "cart", "notices", "payment_callback", "queries", "readings", "receipts",
    "subscriber_profile", "subscriber_requests",
]  # fmt: skip
NOWHERE = {"opentelemetry.trace.span"}
PDF = {"fpdf", "segno", "fontTools"}
# Not email_validator: FastAPI itself loads it wherever it is installed, which the common layer is not.
IDENTITY = {"argon2", "captcha", "phonenumbers", "zxcvbn"}
PROBE = """
import sys, {function}.app
from fastapi.openapi.models import OpenAPI
request = {{"http": {{"method": "GET", "path": "/api/none", "sourceIp": "198.51.100.7"}}}}
event = {{"version": "2.0", "rawPath": "/api/none", "rawQueryString": "", "headers": {{}}}}
event |= {{"requestContext": request}}
print({function}.app.handler(event, None)["statusCode"], *sorted({heavy!r} & set(sys.modules)))
print("declared" if hasattr(OpenAPI, "model_fields") else "left out")
"""


@pytest.mark.parametrize("function", HTTP_FUNCTIONS)
def test_a_function_answers_without_openapi_models_telemetry_and_others_packages(function):
    heavy = NOWHERE | PDF | IDENTITY
    if function == "receipts":
        heavy -= PDF
    if function in ("auth", "subscriber_profile"):
        heavy -= IDENTITY
    environment = os.environ | LOCAL_ENVIRONMENT | {"SIGNING_KEY_SECRET": "x", "MAIL_QUEUE_URL": "x"}
    environment["AWS_LAMBDA_FUNCTION_NAME"] = "measured"
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(function=function, heavy=heavy)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.stdout.split("\n") == ["404", "left out", ""], done.stderr
