"""Which files are taken for a check, and when a request counts as forgotten."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cabinet.core.errors import InvalidFields
from cabinet.exchange.formats.archive import MAX_FILE_BYTES
from cabinet.exchange.imports.import_request_rules import MAX_NAME, check_file, clean_name, is_message_lost

NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("реестр 10.zip", "реестр 10.zip"),
        ("C:\\Users\\me\\debts.txt", "debts.txt"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\n c.csv", "ab c.csv"),
        ("..", "registry"),
        ("", "registry"),
        ("folder/", "registry"),
        ("x" * 300 + ".zip", "x" * (MAX_NAME - 4) + ".zip"),
        ("x" * 300, "x" * MAX_NAME),
        ("a." + "y" * 300, ("a." + "y" * 300)[:MAX_NAME]),
    ],
)
def test_a_name_is_kept_without_what_a_key_could_trip_over(name: str, kept: str) -> None:
    assert clean_name(name) == kept
    assert len(clean_name(name)) <= MAX_NAME


@pytest.mark.parametrize(("size", "code"), [(0, "file_empty"), (MAX_FILE_BYTES + 1, "too_large")])
def test_a_file_of_no_size_or_too_much_is_refused(size: int, code: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        check_file("a.zip", size)
    assert [error.code for error in refused.value.errors] == [code]


@pytest.mark.parametrize("size", [1, MAX_FILE_BYTES])
def test_a_file_within_the_bounds_is_taken(size: int) -> None:
    assert check_file("a.zip", size) == "a.zip"


def at(seconds: int) -> str:
    return (NOW - timedelta(seconds=seconds)).isoformat()


@pytest.mark.parametrize(
    ("item", "forgotten"),
    [
        ({"status": "checking", "requested_at": at(60)}, True),
        ({"status": "checking", "requested_at": at(59)}, False),
        ({"status": "checking", "requested_at": at(600), "started_at": at(500)}, False),
        ({"status": "checking", "requested_at": at(600), "woken_at": at(30)}, False),
        ({"status": "checking", "requested_at": at(600), "woken_at": at(61)}, True),
        ({"status": "checking"}, False),
        ({"status": "applying", "apply_requested_at": at(60)}, True),
        ({"status": "applying", "apply_requested_at": at(60), "apply_started_at": at(50)}, False),
        ({"status": "applied", "undo_state": "requested", "undo_requested_at": at(60)}, True),
        (
            {
                "status": "applied",
                "undo_state": "requested",
                "undo_requested_at": at(60),
                "undo_started_at": at(50),
            },
            False,
        ),
        ({"status": "applied", "undo_state": "refused", "undo_requested_at": at(60)}, False),
        ({"status": "undoing", "undo_state": "writing", "undo_requested_at": at(60)}, False),
        ({"status": "preview", "requested_at": at(60)}, False),
    ],
)
def test_a_request_is_forgotten_when_nobody_has_begun(item: dict[str, Any], forgotten: bool) -> None:
    assert is_message_lost(item, NOW) is forgotten
