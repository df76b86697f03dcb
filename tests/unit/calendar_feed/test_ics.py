"""iCalendar text by the rules of RFC 5545, and as the `icalendar` library reads it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import icalendar
from hypothesis import given
from hypothesis import strategies as st

from cabinet.calendar_feed.calendar_rules import CalendarEvent
from cabinet.calendar_feed.ics import MAX_OCTETS, Revision, calendar_text, escaped, folded
from cabinet.core.text import strip_control_chars

REVISION = Revision(3, datetime(2026, 11, 20, 6, 30, tzinfo=UTC))
LONG = "Заканчивается поверка счётчика: Холодное водоснабжение, ванная; «кухня» \\ прихожая и коридор"
EVENT = CalendarEvent("verification/uk:1/m1", date(2026, 11, 15), date(2026, 11, 25), LONG, "а\nб,в", 30)


def test_lines_end_by_crlf_and_have_75_octets_at_most() -> None:
    text = calendar_text("u1", [EVENT], REVISION)
    assert text.endswith("END:VCALENDAR\r\n")
    lines = text.split("\r\n")[:-1]
    assert not [line for line in lines if "\r" in line or "\n" in line]
    assert max(len(line.encode()) for line in lines) <= MAX_OCTETS
    assert any(line.startswith(" ") for line in lines)


def test_the_library_reads_what_was_written() -> None:
    calendar = icalendar.Calendar.from_ical(calendar_text("u1", [EVENT], REVISION))
    assert (calendar["VERSION"], calendar["CALSCALE"]) == ("2.0", "GREGORIAN")
    (event,) = calendar.walk("VEVENT")
    assert not event.errors
    assert (event["SUMMARY"], event["DESCRIPTION"]) == (LONG, "а\nб,в")
    assert (event.start, event.end) == (date(2026, 11, 15), date(2026, 11, 26))
    assert event["SEQUENCE"] == 3
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == REVISION.revised_at
    (alarm,) = event.walk("VALARM")
    assert alarm["ACTION"] == "DISPLAY"
    # Nine in the morning of 26 October, thirty days before the last day.
    assert datetime(2026, 11, 26) + alarm["TRIGGER"].dt == datetime(2026, 10, 26, 9)  # noqa: DTZ001 - whole days have no zone
    assert alarm["TRIGGER"].params["RELATED"] == "END"


def test_a_moment_of_another_zone_is_written_in_utc() -> None:
    local = REVISION.revised_at.astimezone(ZoneInfo("Asia/Yekaterinburg"))
    assert "DTSTAMP:20261120T063000Z\r\n" in calendar_text("u1", [EVENT], Revision(0, local))


def test_an_empty_calendar_is_a_calendar() -> None:
    assert icalendar.Calendar.from_ical(calendar_text("u1", [], REVISION)).walk("VEVENT") == []


def test_what_has_a_meaning_in_a_text_is_escaped() -> None:
    assert escaped("a\\b;c,d\r\ne\x07") == "a\\\\b\\;c\\,d\\ne"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_folding_loses_nothing_and_tears_no_character(text: str) -> None:
    parts = list(folded(text))
    assert parts[0] + "".join(part[1:] for part in parts[1:]) == text
    assert all(part.startswith(" ") for part in parts[1:])
    assert all(len(part.encode()) <= MAX_OCTETS for part in parts)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_any_title_comes_back_as_it_was(title: str) -> None:
    event = CalendarEvent("k", date(2026, 11, 15), date(2026, 11, 15), title, "", 1)
    (read,) = icalendar.Calendar.from_ical(calendar_text("u1", [event], REVISION)).walk("VEVENT")
    # Marks of the writing's direction are dropped: a calendar would obey them.
    assert read["SUMMARY"] == strip_control_chars(title)
