"""Finds new objects of a bucket by listing it, where no events report them, and queues each once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cabinet.aws import queues
from cabinet.aws.clients import create_client
from cabinet.aws.failures import service_code
from cabinet.core.errors import ServiceUnavailable
from cabinet.core.logging import Event, log_error, log_event
from serve import leases
from serve.leases import Lease, LeaseLost, NotClaimed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serve.manifest import ObjectSource
    from serve.stopping import Stop

_RETENTION_SECONDS = 420 * 86_400
"""Longer than the bucket keeps incoming objects (template.yaml: 400 days)."""


def bucket_client() -> Any:  # noqa: ANN401 - the service's own
    """Return a client of the bucket."""
    return create_client(
        "s3",
        config=Config(
            signature_version="s3v4", connect_timeout=2, read_timeout=20,
            retries={"mode": "standard", "total_max_attempts": 3},
        ),
    )  # fmt: skip


class InboundPoller:
    """One bucket's folder in this process."""

    def __init__(self, source: ObjectSource, client: Any, stop: Stop, poll_seconds: int) -> None:  # noqa: ANN401
        self._bucket = os.environ[source.bucket_variable]
        self._prefix = source.prefix
        self._client = client
        self._stop = stop
        self._poll_seconds = poll_seconds
        self._known: dict[str, str] = {}
        """The version of each object that is done: queued by this process or by another."""

    def run(self) -> None:
        """Work until a stop is asked for."""
        while not self._stop.wait(self._poll_seconds):
            try:
                self.step()
            except (BotoCoreError, ClientError) as error:
                log_error(Event.BUCKET_UNREADABLE, code=service_code(error))
            except (ServiceUnavailable, queues.NotQueued):
                continue  # the next listing finds it again

    def step(self) -> None:
        """Queue every object that is new, or newly written, since anybody looked."""
        for key, version in self._listed():
            if self._known.get(key) == version or key.endswith("/"):
                continue
            found = leases.claim(f"OBJECT#{key}", version, retention_seconds=_RETENTION_SECONDS)
            if isinstance(found, Lease):
                self._queue(key, found)
            if found is not NotClaimed.BUSY:
                self._known[key] = version

    def _listed(self) -> Iterator[tuple[str, str]]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix
        )
        for page in pages:
            for each in page.get("Contents", ()):
                yield each["Key"], f"{each['LastModified'].isoformat()} {each['ETag']}"

    def _queue(self, key: str, lease: Lease) -> None:
        queues.send(queues.Queue.IMPORTS, [{"object_key": key}])
        try:
            lease.finish()
        except LeaseLost:
            return  # it may be queued twice, which does no harm: an import is idempotent
        supplier_id = key.removeprefix(self._prefix).split("/")[0]
        log_event(Event.INBOUND_REGISTRY_QUEUED, supplier_id=supplier_id)
