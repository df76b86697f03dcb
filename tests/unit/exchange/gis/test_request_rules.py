"""When a fill's message counts as lost, and when the fill as dead."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cabinet.exchange.gis.request_rules import MAX_RESENDS, is_dead, is_message_lost

NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)


def at(seconds: int) -> str:
    return (NOW - timedelta(seconds=seconds)).isoformat()


@pytest.mark.parametrize(
    ("row", "forgotten", "dead"),
    [
        ({"requested_at": at(59)}, False, False),
        ({"requested_at": at(60)}, True, False),
        ({"requested_at": at(7200)}, True, False),
        ({"requested_at": at(7200), "state": "ready"}, False, False),
        ({"requested_at": at(7200), "state": "refused"}, False, False),
        ({"requested_at": at(7200), "woken_at": at(59), "wakes": 1}, False, False),
        ({"requested_at": at(7200), "woken_at": at(60), "wakes": 1}, True, False),
        ({"requested_at": at(7200), "woken_at": at(1799), "wakes": MAX_RESENDS}, False, False),
        ({"requested_at": at(7200), "woken_at": at(1800), "wakes": MAX_RESENDS}, False, True),
        ({"requested_at": at(7200), "started_at": at(1799)}, False, False),
        ({"requested_at": at(7200), "started_at": at(1800)}, False, True),
        ({"requested_at": at(7200), "woken_at": at(7000), "wakes": 1, "started_at": at(10)}, False, False),
    ],
)
def test_what_becomes_of_a_row_that_waits(row: dict[str, Any], forgotten: bool, dead: bool) -> None:
    assert (is_message_lost({"state": "waiting"} | row, NOW), is_dead({"state": "waiting"} | row, NOW)) == (
        forgotten, dead,
    )  # fmt: skip
