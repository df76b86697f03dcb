"""Decides when the message of a queued fill is sent again, and when the fill is reported as failed. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cabinet.exchange.lost_message_rules import MESSAGE_LOST_AFTER

MAX_RESENDS = 3
"""A worker that dies before it has begun gets no more messages."""
DEAD_AFTER = timedelta(minutes=30)
"""A template not ready this long after its last sign of life never will be: a worker has five minutes, and
its message comes a second time only then."""


def is_message_lost(row: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether no worker has begun and its message is to be sent again."""
    return (
        row["state"] == "waiting"
        and "started_at" not in row
        and row.get("wakes", 0) < MAX_RESENDS
        and now - _last_sign(row) >= MESSAGE_LOST_AFTER
    )


def is_dead(row: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether a row waits for what is not coming any more."""
    return row["state"] == "waiting" and not is_message_lost(row, now) and now - _last_sign(row) >= DEAD_AFTER


def _last_sign(row: Mapping[str, Any]) -> datetime:
    signs = (row["requested_at"], row.get("woken_at", ""), row.get("started_at", ""))
    return datetime.fromisoformat(max(map(str, signs)))
