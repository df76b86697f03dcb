"""Clients: how many connections each keeps."""

import pytest
from botocore.config import Config

from cabinet.aws.clients import CONNECTIONS, create_client
from tests.support.aws import Aws


@pytest.mark.parametrize(("said", "kept"), [(None, 10), ("40", 40)])
def test_a_process_with_many_threads_keeps_a_connection_for_each(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, said: str | None, kept: int
) -> None:
    if said:
        monkeypatch.setenv(CONNECTIONS, said)
    for config in (None, Config(read_timeout=7)):
        made = create_client("sqs", config)
        assert made.meta.config.max_pool_connections == kept
        assert made.meta.config.read_timeout == (7 if config else 60)
