"""Idempotency-Key: the response to a request is stored in the transaction that does its work.

So there is no moment in which the work is done and the response is not stored: a repeat finds it, or nothing
happened. The row is read in the batch that authorises (``web.auth.load_owned_account_and_item``): no extra
round trip.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Key, Table, Transaction
from cabinet.core import clock
from cabinet.core.errors import Conflict, IdempotencyConflict

LIFETIME = timedelta(hours=24)


class DuplicateRequest(Conflict):
    """The same key finished in a rival request between our read and our write: read the row and respond."""


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """One request with an Idempotency-Key, of one user on one route, with its body's fingerprint."""

    row_key: Key
    body_hash: str

    @property
    def transaction_id(self) -> str:
        """Return the mark of this request's transaction: the same at each repetition."""
        return hashlib.sha256(f"{self.row_key}{self.body_hash}".encode()).hexdigest()[:32]

    def response_from_row(self, row: Item | None) -> dict[str, Any] | None:
        """Return the stored response, None at the first time; raises IdempotencyConflict for another body."""
        if row is None:
            return None
        if row["body_hash"] != self.body_hash:
            raise IdempotencyConflict
        response: dict[str, Any] = json.loads(row["reply"])
        return response

    def stored_response(self) -> dict[str, Any] | None:
        """Read the row (one consistent read) and return its response."""
        return self.response_from_row(dynamo.get(Table.USERS, self.row_key, consistent=True))

    def store_response(self, transaction: Transaction, response: dict[str, Any]) -> None:
        """Add the response's row to the transaction; a rival that was first raises DuplicateRequest."""
        pk, sk = self.row_key
        transaction.put(
            Table.USERS,
            {
                "pk": pk,
                "sk": sk,
                "body_hash": self.body_hash,
                "reply": json.dumps(response, ensure_ascii=False),
                "expires_at": clock.epoch(clock.now() + LIFETIME),
            },
            # An expired row counts as absent, whether or not the table has swept it away.
            condition="attribute_not_exists(pk) OR #expires_at <= :now",
            on_conflict=DuplicateRequest,
            now=clock.epoch(clock.now()),
        )


def partition(user_id: str) -> str:
    """Return where a user's stored responses are."""
    return f"IDEMPOTENCY#{user_id}"


def identify_request(user_id: str, route: str, key: str, body: object) -> IdempotentRequest:
    """Return the request by its key; `body` is JSON-able and is compared by its canonical form."""
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    row_key = (partition(user_id), f"{route}#{key}")
    return IdempotentRequest(row_key, hashlib.sha256(canonical.encode()).hexdigest())
