"""What the simulated bank and the local stack's secrets agree on: logins, passwords, callback keys."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from infra.local.deployment import client
from infra.sample.suppliers import CENTER, WATER

USER = "cabinet-api"
PASSWORD = "local-bank-password"  # noqa: S105 - of the simulator
CALLBACK_KEY = "local-callback-key"
SERVICE_NUMBER = "11501"

CREDENTIALS = {"user": USER, "password": PASSWORD, "callback_key": CALLBACK_KEY}


def store_secret(
    secrets: Any,  # noqa: ANN401 - boto3's client
    name: str,
    text: str = json.dumps(CREDENTIALS),
) -> None:
    """Keep credentials, by default the simulator's, under the name that a supplier's merchant gives."""
    with contextlib.suppress(secrets.exceptions.ResourceExistsException):
        secrets.create_secret(Name=name, SecretString=text)
        return
    secrets.put_secret_value(SecretId=name, SecretString=text)


def put_secrets(endpoint: str, stack: str) -> None:
    """Give the functions of a local stack the sample suppliers' credentials at the simulated bank."""
    manager = client(endpoint, "secretsmanager")
    for supplier_id in (CENTER, WATER):
        store_secret(manager, f"{stack}/bank/{supplier_id}")
