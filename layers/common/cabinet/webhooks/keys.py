"""Keys of webhooks' rows in the Messages table: the one place that spells them."""

from collections.abc import Iterator

from cabinet.aws.dynamo import Key
from cabinet.core.identifiers import supplier_part
from cabinet.core.sharding import shard_for

SHARDS = 4
ENDPOINTS = "WEBHOOKENDPOINTS"
"""Partition of all endpoints: read by the sweep, written when somebody changes one or it fails."""


def endpoint_key(supplier_id: str) -> Key:
    """Return the key of a supplier's endpoint."""
    return ENDPOINTS, supplier_id


def waiting_partition(account_id: str) -> str:
    """Return the partition in which an account's events wait."""
    return f"WEBHOOKS#{supplier_part(account_id)}#{shard_for(account_id, SHARDS)}"


def waiting_partitions(supplier_id: str) -> Iterator[str]:
    """Yield all partitions in which a supplier's events wait."""
    for shard in range(SHARDS):
        yield f"WEBHOOKS#{supplier_id}#{shard}"


def waiting_key(account_id: str, created_at: str, event_id: str) -> Key:
    """Return the key of an event: an account's events share a partition, in the order of their time."""
    return waiting_partition(account_id), f"{account_id}#{created_at}#{event_id}"


def log_partition(supplier_id: str) -> str:
    """Return the partition of what a supplier was notified of; few workers write it."""
    return f"WEBHOOKLOG#{supplier_id}"
