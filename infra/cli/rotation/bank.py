"""How a contract's credentials change: the upcoming ones, the ones in force, the former ones."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from pydantic import SecretStr

from cabinet.payments.providers.credentials import Credentials, FormerCredentials

FORMER_CALLBACKS_VALID_FOR = timedelta(days=3)
"""How long callbacks signed by the former credentials may come: banks repeat one for a day or two."""


def without_rotation(credentials: Credentials) -> Credentials:
    """Return the credentials alone, without upcoming and former ones."""
    return credentials.model_copy(update={"upcoming": None, "former": []})


def with_upcoming(current: Credentials, upcoming: Credentials) -> Credentials:
    """Return the current credentials together with those that the bank will accept later."""
    return current.model_copy(update={"upcoming": without_rotation(upcoming)})


def replace_credentials(current: Credentials, new: Credentials, now: datetime) -> Credentials:
    """Return the new credentials; callbacks signed by the current ones are accepted for some days."""
    former = [each for each in current.former if now < each.until]
    if without_rotation(new) != without_rotation(current):
        former.append(
            FormerCredentials(credentials=without_rotation(current), until=now + FORMER_CALLBACKS_VALID_FOR)
        )
    return without_rotation(new).model_copy(update={"former": former})


def dump(credentials: Credentials) -> str:
    """Return the secret's text: pydantic's own would hide what is secret."""
    tree = credentials.model_dump(exclude_defaults=True)
    return json.dumps(tree, ensure_ascii=False, default=_reveal)


def _reveal(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
