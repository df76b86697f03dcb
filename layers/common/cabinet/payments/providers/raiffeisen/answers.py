"""Raiffeisenbank's answers: JSON, errors by status and code."""

from typing import Any

from cabinet.payments.providers.base import AccessDenied, ProviderDeclined
from cabinet.payments.providers.http_client import Answer


def read_content(answer: Answer) -> dict[str, Any]:
    """Return the answer's object; raises AccessDenied, ProviderDeclined, NoUsableAnswer."""
    if answer.status in (401, 403):
        raise AccessDenied(str(answer.status))
    content = answer.json()
    if answer.status >= 400:
        raise ProviderDeclined(str(content.get("code") or answer.status), str(content.get("message", "")))
    return content
