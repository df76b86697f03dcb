"""Instants as rows keep them."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import PlainSerializer


def _fixed_width(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="microseconds")


type Timestamp = Annotated[datetime, PlainSerializer(_fixed_width, return_type=str)]
"""An instant, stored as UTC of fixed width: strings sort as the instants do."""
