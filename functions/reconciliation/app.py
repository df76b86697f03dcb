"""Entry of `reconciliation`: nothing is handled yet, and an event is refused rather than lost."""

from typing import Any


def handler(event: dict[str, Any], context: object) -> None:
    """Refuse every event, so that its queue keeps it."""
    raise NotImplementedError("reconciliation")
