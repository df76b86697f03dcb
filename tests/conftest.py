"""Fixtures of every test: an AWS made from template.yaml's own resources, and clean caches."""

import functools
import os
from collections.abc import Iterator

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

import botocore.session
import pytest
from hypothesis import HealthCheck, settings
from moto import mock_aws

from infra.build.template import Template
from tests.support import (
    aws_call_guard,
    aws_calls,
    current_function,
    kept_clients,
    openapi_guard,
    refused_condition_report,
    rights,
    weaker_engines,
)
from tests.support.aws import LOCAL_ENVIRONMENT, REGION, Aws, clear_caches
from tests.support.moto_snapshot import Provisioned, keep_our_services
from tests.support.refused_condition_report import RefusedConditionReport
from tests.support.rights_report import RightsReport

aws_calls.watch_sessions()
aws_call_guard.watch()
weaker_engines.watch()
current_function.watch()
kept_clients.watch()
if (
    weaker_engines.VARIABLE not in os.environ
):  # rights are AWS's, where nothing is read for want of a returned item
    rights.watch()
openapi_guard.watch()
keep_our_services()
# Each test has sessions of its own; the descriptions of AWS's services, megabytes of JSON, are read once.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)

# How long an example takes says more of the machine's work than of the code. The same code is tried with
# the same examples, so that a red run is a change's fault; ``--hypothesis-profile=long`` looks for new ones.
settings.register_profile(
    "any-machine", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("long", deadline=None, max_examples=20_000, stateful_step_count=40)
settings.load_profile("any-machine")


def pytest_configure(config: pytest.Config) -> None:
    """Let a whole run end by a look at rights that nothing used."""
    config.pluginmanager.register(RightsReport())
    if refused_condition_report.VARIABLE in os.environ:
        config.pluginmanager.register(RefusedConditionReport())


@pytest.fixture(autouse=True)
def environment_as_before() -> Iterator[None]:
    """Leave to the next test the variables that this one has found: commands set them for their process."""
    before = dict(os.environ)
    yield
    if os.environ.keys() != before.keys() or dict(os.environ) != before:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="session")
def template() -> Template:
    """template.yaml, parsed once."""
    return Template.load()


@pytest.fixture(scope="session")
def provisioned(template: Template) -> Provisioned:
    """The template's resources in moto, made once for all tests."""
    with mock_aws():
        return Provisioned(template, REGION)


@pytest.fixture
def aws(provisioned: Provisioned, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """The template's tables in memory, its buckets, queues and secrets in moto; for one thread only."""
    tables = provisioned.memory_tables()
    with mock_aws(), aws_calls.answered_by(tables.respond), aws_calls.answered_by(provisioned.respond):
        provisioned.put_back()
        environment = provisioned.environment | LOCAL_ENVIRONMENT
        for key, value in environment.items():
            monkeypatch.setenv(key, value)
        clear_caches()
        yield Aws(environment, provisioned.session, tables)
        clear_caches()
