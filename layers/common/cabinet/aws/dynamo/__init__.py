"""The only package that talks to DynamoDB's API: reads, conditional writes, transactions, retries.

Stores give it keys, expressions with ``#name`` and ``:value`` placeholders, and for each write the domain
error that a refused condition means. Only the portable subset of the API is used (docs/adr): no PartiQL, no
Streams, no ClientRequestToken; an item past ``expires_at`` counts as absent.
"""

from cabinet.aws.dynamo.client import Key, Table, dynamodb_client, key_attributes
from cabinet.aws.dynamo.reads import BATCH_LIMIT, Page, batch_get, get, query, query_all, require
from cabinet.aws.dynamo.serialization import Item
from cabinet.aws.dynamo.writes import (
    ALWAYS,
    IS_ABSENT,
    IS_PRESENT,
    MAX_ACTIONS,
    OnConflict,
    Transaction,
    conflict,
    delete,
    increment,
    put,
    update,
)

__all__ = [
    "ALWAYS",
    "BATCH_LIMIT",
    "IS_ABSENT",
    "IS_PRESENT",
    "MAX_ACTIONS",
    "Item",
    "Key",
    "OnConflict",
    "Page",
    "Table",
    "Transaction",
    "batch_get",
    "conflict",
    "delete",
    "dynamodb_client",
    "get",
    "increment",
    "key_attributes",
    "put",
    "query",
    "query_all",
    "require",
    "update",
]  # fmt: skip
