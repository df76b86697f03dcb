"""Checks of forms: every wrong field is named at once."""

from collections.abc import Callable
from typing import Any

from cabinet.core.errors import FieldError, InvalidFields
from cabinet.identity import consent
from cabinet.identity.errors import consent_outdated


def collect_errors(*checks: Callable[[], Any]) -> list[Any]:
    """Return what each check returns; raises one InvalidFields with the errors of all that failed."""
    found: list[Any] = []
    wrong: list[FieldError] = []
    for check in checks:
        try:
            found.append(check())
        except InvalidFields as error:
            wrong += error.errors
    if wrong:
        raise InvalidFields(*wrong)
    return found


def check_consent(version: str) -> None:
    """Raise InvalidFields (`consent_outdated`) unless the text in force was agreed to."""
    if version != consent.current().version:
        raise consent_outdated()
