"""Fixtures of every test: an AWS made from template.yaml's own resources, and clean caches."""

import functools
import os
import sys
from collections.abc import Iterator
from typing import Any

# Before anything imports boto3: no test ever reaches a real account.
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="eu-central-1",
    AWS_REGION="eu-central-1",
    AWS_EC2_METADATA_DISABLED="true",
    POWERTOOLS_METRICS_NAMESPACE="Cabinet",
    POWERTOOLS_SERVICE_NAME="test",
    POWERTOOLS_TRACE_DISABLED="true",
)

import boto3
import botocore.session
import pytest
from aws_lambda_powertools.utilities import parameters
from hypothesis import settings
from moto import mock_aws

from infra.build.template import Template
from tests.support import aws_call_guard, described_answers, moto_speedups
from tests.support.moto_snapshot import Provisioned

aws_call_guard.watch()
moto_speedups.shorten()
described_answers.watch()
# Each test has sessions of its own; the descriptions of AWS's services, megabytes of JSON, are read once.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)

# How long an example takes says more of the machine's other work than of the code.
settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")

REGION = "eu-central-1"
LOCAL_ENVIRONMENT = {
    "SITE_ORIGIN": "http://127.0.0.1:8000",
    "CLIENT_ADDRESS_HEADER": "x-forwarded-for",
}


@pytest.fixture(scope="session")
def template() -> Template:
    """template.yaml, parsed once."""
    return Template.load()


def clear_caches() -> None:
    """Forget clients, settings and secrets that the product's modules keep for a warm Lambda."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in PRODUCT_PACKAGES and module is not None:
            for value in list(vars(module).values()):
                forget = getattr(value, "cache_clear", None)
                if callable(forget):
                    forget()
    # boto3's own session keeps the credentials of whichever AWS it first spoke to.
    boto3.DEFAULT_SESSION = None
    # Powertools keeps its client, made for whichever AWS the first test spoke to, and the values it read.
    parameters.base.DEFAULT_PROVIDERS.clear()
    parameters.clear_caches()


PRODUCT_PACKAGES = {
    "cabinet", "auth", "subscriber_profile", "binding", "queries", "readings", "cart", "payment_callback",
    "receipts", "subscriber_requests", "notices",
    "imports", "exports", "mailer", "reminders", "reconciliation",
}  # fmt: skip


class Aws:
    """The environment that the functions see and clients to look at its state."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def client(self, service: str) -> Any:
        """A boto3 client of the same AWS that the code under test talks to."""
        return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]

    def table(self, variable: str) -> Any:
        """Table resource by its variable: ``aws.table("USERS_TABLE").scan()``."""
        return boto3.resource("dynamodb", region_name=REGION).Table(self.environment[variable])


@pytest.fixture(scope="session")
def provisioned(template: Template) -> Provisioned:
    """The template's resources in moto, made once for all tests."""
    with mock_aws():
        return Provisioned(template, REGION)


@pytest.fixture
def aws(provisioned: Provisioned, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """moto with the template's tables, buckets, queues and secrets; single-threaded tests only."""
    with mock_aws():
        provisioned.put_back()
        environment = provisioned.environment | LOCAL_ENVIRONMENT
        for key, value in environment.items():
            monkeypatch.setenv(key, value)
        clear_caches()
        yield Aws(environment)
    clear_caches()
