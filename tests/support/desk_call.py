"""One request to the desk, as the scenarios of its routes make it."""

from dataclasses import dataclass, field
from typing import Any

SUPPLIER = "uk-test"
OTHER = "uk-other"


@dataclass(frozen=True)
class DeskCall:
    """A request to the desk about something of `SUPPLIER`."""

    path: str
    body: dict[str, Any] | None = None
    names_subject: bool = False
    """Whether the path names something of the supplier: for another supplier's staff it is not there."""
    headers: dict[str, str] = field(default_factory=dict)
