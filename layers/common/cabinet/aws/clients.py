"""The clients of AWS, all of one session: another would read botocore's data anew.

botocore's session rather than boto3's: what boto3 adds (resources, transfers in threads) is a twentieth of a
start and nothing here uses it (docs/adr/0007).
"""

from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session

from cabinet.aws.tracing import trace

if TYPE_CHECKING:
    from botocore.config import Config


@cache
def shared_session() -> botocore.session.Session:
    """Return the session that all clients are made of."""
    return botocore.session.get_session()


def create_client(service: str, config: "Config | None" = None) -> Any:  # noqa: ANN401 - the service's own
    """Return a new client of a service in the function's region; callers keep it warm."""
    return trace(shared_session().create_client(service, config=config))
