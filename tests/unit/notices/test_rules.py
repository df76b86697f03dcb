"""Which notices are new to a reader, and what a board shows first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.notices.model import RECENT_NOTICES, Emergency, Notice, Publication, ReadMarks
from cabinet.notices.rules import (
    boards_for_binding,
    emergencies_after,
    is_read,
    mark_as_read,
    newly_read,
    recent,
    unread,
    validity_text,
)

NOON = "2026-11-26T07:00:00+00:00"


def notice(number: int, text: str = "Текст", title: str = "Тема") -> Notice:
    return Notice(number=number, title=title, text=text, published_at=NOON)


@pytest.mark.parametrize(
    ("house", "names"),
    [
        ({}, ["SUPPLIER#uk", "ACCOUNT#uk:1"]),
        ({"house_key": ""}, ["SUPPLIER#uk", "ACCOUNT#uk:1"]),
        ({"house_key": "uk#северная#3"}, ["SUPPLIER#uk", "ACCOUNT#uk:1", "HOUSE#uk#северная#3"]),
    ],
)
def test_an_account_reads_its_suppliers_its_own_and_its_houses_board(
    house: dict[str, str], names: list[str]
) -> None:
    assert [board.name for board in boards_for_binding({"account_id": "uk:1"} | house)] == names


@pytest.mark.parametrize(
    ("number", "count", "marks", "expected"),
    [
        (1, 1, ReadMarks(), False),
        (1, 1, ReadMarks(upto=1), True),
        (2, 3, ReadMarks(upto=1), False),
        (3, 3, ReadMarks(upto=1, single=[3]), True),
        (1, RECENT_NOTICES, ReadMarks(), False),
        (1, RECENT_NOTICES + 1, ReadMarks(), True),
        (2, RECENT_NOTICES + 1, ReadMarks(), False),
    ],
)
def test_read_is_what_was_marked_or_is_older_than_the_window(
    number: int, count: int, marks: ReadMarks, expected: bool
) -> None:
    assert is_read(number, count, marks) is expected


def test_marks_grow_to_one_number_when_the_gap_closes() -> None:
    marks = mark_as_read(3, 3, ReadMarks(upto=1))
    assert marks == ReadMarks(upto=1, single=[3])
    assert mark_as_read(2, 3, marks) == ReadMarks(upto=3)


@given(st.integers(0, 3 * RECENT_NOTICES), st.data())
def test_reading_one_notice_makes_that_one_read_and_no_other(count: int, data: st.DataObject) -> None:
    marks = ReadMarks()
    for number in data.draw(st.lists(st.integers(1, count), max_size=30) if count else st.just([])):
        before = [each for each in range(1, count + 1) if not is_read(each, count, marks)]
        assert unread(count, marks) == len(before) <= RECENT_NOTICES
        marks = mark_as_read(number, count, marks)
        assert [each for each in range(1, count + 1) if not is_read(each, count, marks)] == [
            each for each in before if each != number
        ]
        assert len(marks.single) < RECENT_NOTICES


def test_a_board_shows_the_newest_first_and_no_more_than_the_window() -> None:
    old = [notice(number) for number in range(RECENT_NOTICES, 0, -1)]
    assert [each.number for each in recent(old, notice(RECENT_NOTICES + 1))] == list(
        range(RECENT_NOTICES + 1, 1, -1)
    )


def test_long_notices_leave_the_board_earlier_but_the_newest_always_stays() -> None:
    long = [notice(number, "я" * 4000) for number in range(10, 0, -1)]  # 8 000 bytes each
    assert [each.number for each in recent(long, notice(11, "я" * 4000))] == [11, 10, 9, 8, 7, 6, 5]


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "zone", "text"),
    [
        (None, None, "Europe/Moscow", ""),
        (NOON, None, "Europe/Moscow", "с 26.11.2026 10:00"),
        (None, NOON, "Asia/Yekaterinburg", "до 26.11.2026 12:00"),
        (NOON, "2026-11-26T20:30:00+00:00", "Asia/Yekaterinburg", "с 26.11.2026 12:00 до 27.11.2026 01:30"),
    ],
)
def test_a_term_is_told_by_the_suppliers_clock(
    valid_from: str | None, valid_until: str | None, zone: str, text: str
) -> None:
    works = Publication(
        publication_id="p", supplier_id="uk", where="uk", boards=["SUPPLIER#uk"], kind="planned",
        title="Тема", text="Текст", published_at=NOON, valid_from=valid_from, valid_until=valid_until,
    )  # fmt: skip
    assert validity_text(works, zone) == text


@pytest.mark.parametrize(
    ("changes", "remaining"),
    [
        ({"number": 3, "kind": "emergency"}, [3, 2, 1]),
        ({"number": 3, "kind": "common"}, [2, 1]),
        ({"number": 2, "kind": "emergency"}, [2, 1]),
        ({"number": 2, "kind": "emergency", "ended_at": NOON}, [1]),
        ({"number": 2, "kind": "common"}, [1]),
    ],
)
def test_a_boards_emergencies_follow_what_is_hung_corrected_or_ended(
    changes: dict[str, object], remaining: list[int]
) -> None:
    before = [Emergency(number=number, title="Авария") for number in (2, 1)]
    changed = notice(1).model_copy(update=changes)
    assert [each.number for each in emergencies_after(before, changed, NOON)] == remaining


def test_an_emergency_whose_time_has_passed_leaves_the_board() -> None:
    over = Emergency(number=1, title="Авария", valid_until=NOON)
    later = Emergency(number=2, title="Авария", valid_until="2026-11-26T07:00:01+00:00")
    assert emergencies_after([later, over], notice(3), NOON) == [later]


@pytest.mark.parametrize(
    ("count", "before", "after", "found"),
    [
        (0, ReadMarks(), ReadMarks(), []),
        (3, ReadMarks(), ReadMarks(upto=3), [1, 2, 3]),
        (3, ReadMarks(single=[2]), ReadMarks(upto=3), [1, 3]),
        (3, ReadMarks(upto=3), ReadMarks(upto=3), []),
        (30, ReadMarks(), ReadMarks(upto=30), list(range(11, 31))),
        (30, ReadMarks(), ReadMarks(upto=10, single=[15]), [15]),
    ],
)
def test_what_is_newly_read_was_new_before(
    count: int, before: ReadMarks, after: ReadMarks, found: list[int]
) -> None:
    assert newly_read(count, before, after) == found
