"""Integration tests run on a local AWS (MiniStack): real concurrency, where moto would lose writes.

One process serves the whole session; each test gets tables, buckets and queues of its own, made from
template.yaml. Under pytest-xdist every worker starts a process of its own.
"""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.build.template import ROOT, Template
from infra.cli.errors import CommandError
from infra.local.ministack import REGION, MiniStack, free_port
from tests.support.aws import LOCAL_ENVIRONMENT, clear_caches
from tests.support.local_aws import LocalAws
from tests.support.provision import provision
from tests.support.whole_stack import Stack, deployed


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here, so that `-m "not integration"` leaves it out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def ministack() -> Iterator[MiniStack]:
    """A local AWS on a free port, without any data."""
    with _started() as aws:
        yield aws


@contextlib.contextmanager
def _started() -> Iterator[MiniStack]:
    log = ROOT / ".local" / "integration" / f"aws-{os.getpid()}.log"
    with contextlib.ExitStack() as stopping:
        try:
            started = MiniStack.start(free_port(), log)
            stopping.callback(started.stop)
            started.wait()
        except CommandError as refusal:
            pytest.skip(f"no local AWS: {refusal}")
        yield started


@pytest.fixture
def local_aws(
    ministack: MiniStack, template: Template, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LocalAws]:
    """The template's tables, buckets, queues and secrets, new for this test; the environment names them."""
    pointing = ministack.environment()
    for key, value in pointing.items():
        monkeypatch.setenv(key, value)
    session = boto3.Session()
    stack = f"test-{secrets.token_hex(4)}"
    made = provision(template, session, REGION, ministack.endpoint, stack)
    environment: dict[str, Any] = made | LOCAL_ENVIRONMENT | pointing
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    _verify_sender(session, environment["MAIL_SENDER"])
    clear_caches()
    yield LocalAws(environment, ministack.endpoint)
    clear_caches()


@pytest.fixture
def whole_stack(template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """The template itself deployed under the local stack's name, in an AWS that the test may break."""
    with _started() as aws, deployed(aws, template, tmp_path, monkeypatch) as stack:
        yield stack


def _verify_sender(session: boto3.Session, sender: str) -> None:
    ses = session.client("sesv2", region_name=REGION)
    address = sender.rsplit("<", 1)[-1].rstrip(">")
    with contextlib.suppress(ses.exceptions.AlreadyExistsException):
        ses.create_email_identity(EmailIdentity=address)
