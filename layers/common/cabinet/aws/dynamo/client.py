"""The one client of DynamoDB, its calls with their retries, and what every call shares."""

import os
import random
import time
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from cabinet.aws.clients import create_client
from cabinet.aws.dynamo.raw_json import bypass_serializer
from cabinet.aws.dynamo.serialization import Item
from cabinet.aws.failures import caller_location, error_code, table_names
from cabinet.core import clock
from cabinet.core.errors import ServiceUnavailable
from cabinet.core.logging import Event, log_error

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Key = tuple[str, str]
"""Partition key and sort key."""

ATTEMPTS = 8
_BASE_SECONDS, _CAP_SECONDS = 0.02, 0.5
_RETRYABLE_CODES = {
    "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
    "TransactionConflictException", "TransactionInProgressException",
    "InternalServerError", "ServiceUnavailable",
}  # fmt: skip
_RETRYABLE_REASONS = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


class Table(StrEnum):
    """The four tables, by the variable that holds each one's name."""

    USERS = "USERS_TABLE"
    ACCOUNTS = "ACCOUNTS_TABLE"
    PAYMENTS = "PAYMENTS_TABLE"
    MESSAGES = "MESSAGES_TABLE"

    @property
    def physical_name(self) -> str:
        """Return the name in this environment."""
        return os.environ[self.value]


@cache
def dynamodb_client() -> "DynamoDBClient":
    """Return the one client, made at the first use and kept warm."""
    made: DynamoDBClient = create_client(
        "dynamodb",
        config=Config(
            connect_timeout=1, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 2},
            parameter_validation=False, tcp_keepalive=True,
            # botocore would put its own together anew for each call: an eighth of a request's processor time
            user_agent="cabinet",
        ),
    )  # fmt: skip
    bypass_serializer(made)
    return made


def call(operation: Callable[..., Any], **request: Any) -> Any:  # noqa: ANN401 - botocore's shapes
    """Call, and repeat with full jitter what only passed by: conflicts, throttling, a broken connection."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return operation(**request)
        except ClientError as error:
            if not _is_retryable(error):
                if not _is_refused_condition(error):
                    log_failure(error_code(error), request)
                raise
            failure = error_code(error)
        except (ConnectionError, HTTPClientError) as error:
            # botocore has tried again already; every write has a condition, so the caller may too.
            failure = type(error).__name__
            break
        if attempt < ATTEMPTS:
            backoff(attempt)
    log_failure(failure, request)
    raise ServiceUnavailable


def log_failure(code: str, request: dict[str, Any]) -> None:
    """Leave the line that on-call looks for: which table, what AWS said, which of our lines asked."""
    log_error(Event.STORAGE_FAILED, code=code, table=table_names(request), place=caller_location())


def _is_refused_condition(error: ClientError) -> bool:
    """Tell whether it is the ordinary answer to a write whose condition does not hold."""
    reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
    return "ConditionalCheckFailed" in {*reasons, error.response["Error"]["Code"].removesuffix("Exception")}


def _is_retryable(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    if code == "TransactionCanceledException":
        reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
        return bool(reasons & _RETRYABLE_REASONS) and "ConditionalCheckFailed" not in reasons
    return code in _RETRYABLE_CODES


def backoff(attempt: int) -> None:
    """Wait before the next attempt, with full jitter."""
    time.sleep(random.uniform(0, min(_CAP_SECONDS, _BASE_SECONDS * 2**attempt)))  # noqa: S311 - jitter


def key_attributes(key: Key) -> Item:
    """Return the attributes of a row that are its key."""
    return {"pk": key[0], "sk": key[1]}


def serialize_key(key: Key) -> dict[str, Any]:
    """Return a key as attribute values."""
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def unexpired(item: Item | None) -> Item | None:
    """Return the item, or None past its `expires_at`: storage deletes it whenever it likes."""
    if item is None or ("expires_at" in item and item["expires_at"] <= clock.epoch(clock.now())):
        return None
    return item
