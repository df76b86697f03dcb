"""The clients of AWS, all of one session: another would read botocore's data anew.

botocore's session rather than boto3's: what boto3 adds (resources, transfers in threads) is a twentieth of a
start and nothing here uses it (docs/adr/0007).
"""

import os
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

from cabinet.aws.tracing import trace

CONNECTIONS = "AWS_CLIENT_CONNECTIONS"
"""How many connections a client keeps, where a process has many threads; a Lambda has one."""
PORTABLE_STORAGE = Config(
    request_checksum_calculation="when_required", response_checksum_validation="when_required"
)
"""For S3: send and request checksums, unknown to other clouds, only where the API demands them."""


@cache
def shared_session() -> botocore.session.Session:
    """Return the session that all clients are made of."""
    return botocore.session.get_session()


def create_client(service: str, config: Config | None = None) -> Any:  # noqa: ANN401 - the service's own
    """Return a new client of a service in the function's region; callers keep it warm."""
    connections = os.environ.get(CONNECTIONS)
    if connections:
        config = (config or Config()).merge(Config(max_pool_connections=int(connections)))
    return trace(shared_session().create_client(service, config=config))
