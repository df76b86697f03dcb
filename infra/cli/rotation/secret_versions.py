"""A secret's text as it was read, and its replacement only if it has not changed since."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"


@dataclass(frozen=True, slots=True)
class SecretVersion:
    """What a secret held when it was read."""

    secret: str
    version_id: str
    text: str
    created_at: datetime


def read(client: Any, secret: str, **version: str) -> SecretVersion:  # noqa: ANN401 - boto3's client
    """Return the secret's current version, or the one that ``version`` names as the API does."""
    with _refusals(f"the secret {secret} cannot be read"):
        found = client.get_secret_value(SecretId=secret, **(version or {"VersionStage": CURRENT}))
    return SecretVersion(secret, found["VersionId"], found.get("SecretString") or "", found["CreatedDate"])


def read_if_there(client: Any, secret: str, **version: str) -> SecretVersion | None:  # noqa: ANN401
    """Return a version that need not exist."""
    try:
        return read(client, secret, **version)
    except CommandError as refusal:
        if "(ResourceNotFoundException)" in str(refusal):
            return None
        raise


def replace(client: Any, seen: SecretVersion, text: str) -> str:  # noqa: ANN401 - boto3's client
    """Make ``text`` current if ``seen`` still is; return its version's id.

    Secrets Manager has no conditional put, but a label moves from the version that one names. A run that
    dies between the two calls leaves a version that nobody reads.
    """
    version_id = put_pending(client, seen.secret, text)
    promote(client, seen, version_id)
    return version_id


def put_pending(client: Any, secret: str, text: str) -> str:  # noqa: ANN401 - boto3's client
    """Write a version that is not current yet; return its id."""
    with _refusals(f"the secret {secret} cannot be written"):
        made = client.put_secret_value(
            SecretId=secret, SecretString=text, VersionStages=[PENDING], ClientRequestToken=str(uuid.uuid4())
        )
    return str(made["VersionId"])


def promote(client: Any, seen: SecretVersion, version_id: str) -> None:  # noqa: ANN401 - boto3's client
    """Make a version current if ``seen`` still is; raises CommandError if it was changed meanwhile."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client.update_secret_version_stage(
            SecretId=seen.secret,
            VersionStage=CURRENT,
            MoveToVersionId=version_id,
            RemoveFromVersionId=seen.version_id,
        )
    except (ClientError, BotoCoreError) as error:
        # Sent twice because the first answer was lost, it is refused and yet done.
        if read(client, seen.secret).version_id != version_id:
            code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
            raise CommandError(
                f"the secret {seen.secret} was not changed, somebody else may have done it meanwhile: "
                f"run the command again ({code})"
            ) from None


def _refusals(sentence: str) -> AbstractContextManager[None]:
    from contextlib import contextmanager

    from botocore.exceptions import BotoCoreError, ClientError

    @contextmanager
    def worded() -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            raise CommandError(f"{sentence} ({error.response['Error']['Code']})") from None
        except BotoCoreError as error:
            raise CommandError(f"{sentence} ({type(error).__name__})") from None

    return worded()
