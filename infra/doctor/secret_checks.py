"""Secrets: there, readable, and of the form that the code reads; their values are never shown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from infra.doctor.check import Check, Issue, Skipped, error_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.doctor.installation import Installation

SHORTEST = 32
"""Characters of a secret that nobody can guess."""


def checks(installation: Installation) -> Iterator[Check]:
    """Return one check a secret; those of banks are the banks' checks."""
    for logical_id, _ in installation.template.resources("AWS::SecretsManager::Secret"):
        yield Check(
            "secrets", logical_id, "readable, long enough",
            partial(examine_generated, installation, logical_id),
        )  # fmt: skip
    yield Check(
        "secrets", "esia", "readable, a way to sign and a key to verify", lambda: examine_esia(installation)
    )


def examine_generated(installation: Installation, logical_id: str) -> Iterator[Issue]:
    """Yield what is wrong with a secret that the stack makes by itself."""
    name = installation.names[logical_id]
    text = read_secret(installation.client("secretsmanager"), name)
    if text is None:
        command = (
            f"aws secretsmanager restore-secret --secret-id {name} (deleted ones wait 7 to 30 days); "
            f"else {installation.redeploy()}"
        )
        yield Issue("there is no such secret", command)
    elif len(text.strip()) < SHORTEST:
        yield Issue(
            f"it is shorter than {SHORTEST} characters", "rotate it (docs/runbook.md, Rotating secrets)"
        )
    elif logical_id in ("SigningKey", "PushKey"):
        yield from _key_set_issues(text)


def _key_set_issues(text: str) -> Iterator[Issue]:
    from cabinet.api_secrets import ApiSecrets

    try:
        ApiSecrets.parse(text)
    except ValueError:
        yield Issue("it is no set of keys", "put its version before back (docs/runbook.md, Rotating secrets)")


def examine_esia(installation: Installation) -> Iterator[Issue]:
    """Yield what keeps people from signing in by Госуслуги."""
    from pydantic import ValidationError

    from cabinet.identity.esia.settings import EsiaSecret

    if not installation.environment.get("ESIA_CLIENT_ID"):
        raise Skipped("signing in by Госуслуги is off: EsiaClientId is empty")
    name = installation.environment["ESIA_SECRETS"]
    remedy = f"write it anew: aws secretsmanager put-secret-value --secret-id {name} (docs/esia.md)"
    text = read_secret(installation.client("secretsmanager"), name)
    if text is None:
        yield Issue(f"there is no secret {name}: signing in by Госуслуги is off", remedy)
        return
    try:
        secret = EsiaSecret.model_validate_json(text)
    except ValidationError as error:
        fields = {".".join(map(str, each["loc"])) or "JSON" for each in error.errors(include_input=False)}
        yield Issue(f"it is not in the form that is read: {', '.join(sorted(fields))}", remedy)
        return
    if secret.dialect == "esia" and not (secret.private_key or secret.signing_url):
        yield Issue("it has neither private_key nor signing_url", remedy)
    if secret.dialect == "esia" and not (secret.id_token_key or secret.jwks_url):
        yield Issue("it has neither id_token_key nor jwks_url", remedy)


def read_secret(secrets: Any, name: str) -> str | None:  # noqa: ANN401 - boto3's client
    """Return a secret's text, None when there is none (or it is being deleted)."""
    try:
        return str(secrets.get_secret_value(SecretId=name).get("SecretString") or "")
    except secrets.exceptions.ClientError as error:
        if error_code(error) in ("ResourceNotFoundException", "InvalidRequestException"):
            return None
        raise
