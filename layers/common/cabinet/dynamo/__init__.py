"""The only package that talks to DynamoDB's API: reads, conditional writes, transactions, retries.

Stores give it keys, expressions with ``#name`` and ``:value`` placeholders, and for each write the domain
error that a refused condition means. Only the portable subset of the API is used (docs/adr): no PartiQL, no
Streams, no ClientRequestToken; an item past ``expires_at`` counts as absent.
"""

from cabinet.dynamo.calling import Key, Table, client
from cabinet.dynamo.reading import Page, batch_get, get, query, walk
from cabinet.dynamo.writing import (
    IS_ABSENT,
    IS_PRESENT,
    MAX_ACTIONS,
    Otherwise,
    Transaction,
    conflict,
    delete,
    increment,
    put,
    update,
)

__all__ = [
    "IS_ABSENT", "IS_PRESENT", "MAX_ACTIONS", "Key", "Otherwise", "Page", "Table", "Transaction", "batch_get",
    "client", "conflict", "delete", "get", "increment", "put", "query", "update", "walk",
]  # fmt: skip
