"""iCalendar text (RFC 5545): properties escaped, folded at 75 octets, lines ended by CRLF. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from cabinet.calendar_feed.calendar_rules import CalendarEvent, event_uid
from cabinet.core.text import strip_control_chars

MAX_OCTETS = 75
"""Maximum length of a line without its break; a longer one is folded (RFC 5545, 3.1)."""


@dataclass(frozen=True, slots=True)
class Revision:
    """How often the calendar has changed, and when it did last."""

    sequence: int
    revised_at: datetime


def calendar_text(user_id: str, events: Iterable[CalendarEvent], revision: Revision) -> str:
    """Return the whole calendar.

    Without a METHOD, DTSTAMP says when the event was last revised (3.8.7.2), so an unchanged calendar is the
    same text to the octet.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//cabinet//subscriber calendar//RU",
        "CALSCALE:GREGORIAN",
        "NAME:Коммунальные платежи",
        "X-WR-CALNAME:Коммунальные платежи",
        "REFRESH-INTERVAL;VALUE=DURATION:PT12H",
        "X-PUBLISHED-TTL:PT12H",
    ]
    for event in events:
        lines += _event_lines(user_id, event, revision)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def _event_lines(user_id: str, event: CalendarEvent, revision: Revision) -> list[str]:
    stamp = revision.revised_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    # The end of whole days is the day after them, at midnight: nine in the morning is 15 hours before.
    hours = event.warned_days * 24 + 15
    return [
        "BEGIN:VEVENT",
        f"UID:{event_uid(user_id, event)}",
        f"DTSTAMP:{stamp}",
        f"LAST-MODIFIED:{stamp}",
        f"SEQUENCE:{revision.sequence}",
        f"DTSTART;VALUE=DATE:{_date(event.first)}",
        f"DTEND;VALUE=DATE:{_date(event.last + timedelta(days=1))}",
        f"SUMMARY:{escaped(event.title)}",
        f"DESCRIPTION:{escaped(event.details)}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"TRIGGER;RELATED=END:-PT{hours}H",
        f"DESCRIPTION:{escaped(event.title)}",
        "END:VALARM",
        "END:VEVENT",
    ]


def _date(day: date) -> str:
    return f"{day:%Y%m%d}"


def escaped(text: str) -> str:
    r"""Return a TEXT value (3.3.11): backslash, semicolon, comma and line break are escaped."""
    plain = strip_control_chars(text).replace("\r", "")
    for mark in ("\\", ";", ","):
        plain = plain.replace(mark, f"\\{mark}")
    return plain.replace("\n", "\\n")


def folded(line: str) -> Iterator[str]:
    """Yield the line in parts of at most 75 octets, each after the first begun by a space.

    No character is torn apart: not all readers join octets before they decode them.
    """
    part, octets = "", 0
    for character in line:
        size = len(character.encode())
        if octets + size > MAX_OCTETS:
            yield part
            part, octets = " ", 1
        part, octets = part + character, octets + size
    yield part
