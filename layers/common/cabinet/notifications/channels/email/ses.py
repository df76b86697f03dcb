"""Sends by SES v2's SendEmail, a raw MIME message: SES itself, or a service that speaks its protocol."""

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cabinet.aws.clients import create_client
from cabinet.core.contacts import ascii_email
from cabinet.notifications.channels.email.provider import (
    InvalidSendRequest,
    RetryableSendError,
    SendingSuspended,
    Throttled,
    mail_settings,
)

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


_RETRYABLE_CODES = {
    "TooManyRequestsException", "ThrottlingException", "Throttling", "LimitExceededException",
}  # fmt: skip
_SUSPENDED_CODES = {
    "SendingPausedException", "AccountSuspendedException", "MailFromDomainNotVerifiedException",
}  # fmt: skip
# MessageRejected is also what a sender gets that is not verified yet: no email may die of a setting.
_INVALID_REQUEST_CODES = {
    "BadRequestException",
    "ValidationException",
    "InvalidParameterValue",
    "MessageRejected",
}
_INVALID_TAG_CHARACTERS = re.compile(r"[^A-Za-z0-9_-]")


@cache
def ses_client() -> "SESV2Client":
    """Return the one client of SES."""
    # One try only: a repetition that botocore makes by itself is a second mail to the person.
    config = Config(connect_timeout=2, read_timeout=6, retries={"mode": "standard", "total_max_attempts": 1})
    client: SESV2Client = create_client("sesv2", config=config)
    return client


def send(message: bytes, to: str, tags: dict[str, str | None]) -> str:
    """Hand a MIME message to the provider and return its identifier of it.

    `tags` come back with a bounce or complaint; what a tag cannot hold is replaced.

    Raises
    ------
    Throttled, SendingSuspended, RetryableSendError, InvalidSendRequest
        See each.
    UnicodeError
        When the address has no domain that mail could reach.
    """
    request: dict[str, Any] = {
        "Content": {"Raw": {"Data": message}},
        "Destination": {"ToAddresses": [ascii_email(to)]},
        "EmailTags": [
            {"Name": name, "Value": _INVALID_TAG_CHARACTERS.sub("_", value)[:200]}
            for name, value in tags.items()
            if value
        ],
    }
    if mail_settings().mail_configuration_set:
        request["ConfigurationSetName"] = mail_settings().mail_configuration_set
    try:
        return ses_client().send_email(**request)["MessageId"]
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _RETRYABLE_CODES:
            raise Throttled(code) from None
        if code in _SUSPENDED_CODES:
            raise SendingSuspended(code) from None
        if code in _INVALID_REQUEST_CODES:
            raise InvalidSendRequest(code) from None
        raise RetryableSendError(code) from None
    except BotoCoreError as error:
        raise RetryableSendError(type(error).__name__) from None
