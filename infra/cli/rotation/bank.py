"""How a contract's credentials change: what is put beside, what is put in, what still proves callbacks."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from pydantic import SecretStr

from cabinet.payments.providers.credentials import Credentials, FormerCredentials

CALLBACKS_COUNT_FOR = timedelta(days=3)
"""How long callbacks signed by the former credentials may come: banks repeat one for a day or two."""


def plain(credentials: Credentials) -> Credentials:
    """Return the credentials alone, without those of before and after."""
    return credentials.model_copy(update={"upcoming": None, "former": []})


def beside(current: Credentials, coming: Credentials) -> Credentials:
    """Return the current credentials with those that the bank will accept."""
    return current.model_copy(update={"upcoming": plain(coming)})


def put_in(current: Credentials, new: Credentials, now: datetime) -> Credentials:
    """Return the new credentials; callbacks by the current ones count for some days."""
    kept = [each for each in current.former if now < each.until]
    if plain(new) != plain(current):
        kept.append(FormerCredentials(credentials=plain(current), until=now + CALLBACKS_COUNT_FOR))
    return plain(new).model_copy(update={"former": kept})


def dump(credentials: Credentials) -> str:
    """Return the secret's text: pydantic's own would hide what is secret."""
    tree = credentials.model_dump(exclude_defaults=True)
    return json.dumps(tree, ensure_ascii=False, default=_revealed)


def _revealed(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
