"""Where secrets are, by a setting: Secrets Manager, a directory of files, or the environment (docs/adr/0053).

Systemd's credentials, Docker's and Kubernetes's secrets are directories of files.
"""

import os
import re
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from botocore.config import Config

from cabinet.aws.clients import create_client
from cabinet.core.settings import Settings


class Source(StrEnum):
    """What `SECRETS_SOURCE` may be."""

    SECRETS_MANAGER = "secrets-manager"
    DIRECTORY = "directory"
    ENVIRONMENT = "environment"


class SecretSettings(Settings):
    """Where this process finds its secrets."""

    secrets_source: Source = Source.SECRETS_MANAGER
    secrets_directory: Path = Path("/run/secrets")
    """For `directory`: each file is a secret; a slash in a secret's name is a dot in the file's."""


@cache
def _settings() -> SecretSettings:
    return SecretSettings.load()


@cache
def _client() -> Any:  # noqa: ANN401 - the service's own
    # By the session that serves DynamoDB too: Powertools' provider would make its own (40 ms).
    return create_client(
        "secretsmanager",
        config=Config(
            connect_timeout=2, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 2}
        ),
    )


def read_secret(name: str) -> str:
    """Return a secret's text as it is now.

    Raises
    ------
    botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError, OSError, KeyError, ValueError
        There is no such secret, or it cannot be read.
    """
    settings = _settings()
    match settings.secrets_source:
        case Source.DIRECTORY:
            return (settings.secrets_directory / file_name(name)).read_text("utf-8").removesuffix("\n")
        case Source.ENVIRONMENT:
            return os.environ[variable_name(name)]
        case Source.SECRETS_MANAGER:
            found = _client().get_secret_value(SecretId=name, VersionStage="AWSCURRENT")
            return str(found["SecretString"])


def file_name(name: str) -> str:
    """Return the file of a secret, always in the folder: `cabinet/bank/uk` is `cabinet.bank.uk`."""
    return name.replace("/", ".")


def variable_name(name: str) -> str:
    """Return the variable of a secret: `cabinet/bank/uk-1` is `SECRET_CABINET_BANK_UK_1`."""
    return "SECRET_" + re.sub(r"[^A-Z0-9]", "_", name.upper())
