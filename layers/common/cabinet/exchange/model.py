"""Models of the exchange: a registry's identity, its rows, and what a check has to say about a line."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple, get_args

from cabinet.core.model import FrozenModel

type Severity = Literal["fatal", "error", "warning"]
"""A fatal issue refuses the file; errors do when they pass the supplier's share; warnings never do."""
type SectionName = Literal[
    "accounts", "balances", "services", "charges", "payments", "meters", "readings", "closures"
]
type FormatName = Literal["native", "gorod", "sber"]
FORMATS: tuple[FormatName, ...] = get_args(FormatName.__value__)


class Registry(FrozenModel):
    """Who sent a registry and which one it is. A split registry has one number and date in all its parts."""

    supplier_id: str
    number: int
    dated: date

    @property
    def stamp(self) -> str:
        """Return what is compared so that an older registry never overwrites a newer one."""
        return f"{self.dated.isoformat()}#{self.number:010d}"


class Location(NamedTuple):
    """A line of a file, counted from 1, 0 for none; `member` names the file inside a ZIP, else empty."""

    member: str
    line: int

    def __str__(self) -> str:
        if not self.line:
            return self.member
        return f"{self.member}:{self.line}" if self.member else str(self.line)


@dataclass(frozen=True, slots=True)
class Issue:
    """An error or a warning at one location: a line of the import report."""

    location: Location
    field: str
    code: str
    message: str
    severity: Severity = "error"
    number: str = ""
    """The account's number where the row shows it: the account is then left out whole."""


class Row(NamedTuple):
    """One readable row: its values are JSON-able (kopecks, ISO dates, texts), keyed by column."""

    section: SectionName
    location: Location
    number: str
    """The account's number («лицевой счёт»), as the file spells it."""
    values: dict[str, Any]


class RegistryRejected(Exception):
    """The file as a whole cannot be taken (not a ZIP, too large, another supplier's); nothing is applied."""

    def __init__(self, code: str, message: str, location: Location | None = None, field: str = "") -> None:
        super().__init__(message)
        self.issue = Issue(location or Location("", 0), field, code, message, "fatal")


@dataclass(slots=True)
class AccountRows:
    """All rows of one account in a registry, by section: the unit in which a registry is applied."""

    number: str
    """Folded (`text.number_key`): rows that spell it in different ways are one account's."""
    rows: dict[SectionName, list[tuple[Location, dict[str, Any]]]] = field(default_factory=dict)

    @property
    def spelling(self) -> str:
        """Return the number as the file's first row of the account spells it."""
        spelled: str = next(iter(self.rows.values()))[0][1]["ls"]
        return spelled

    def of(self, section: SectionName) -> list[dict[str, Any]]:
        """Return the rows of one section, in the file's order."""
        return [values for _, values in self.rows.get(section, ())]

    def with_location(self, section: SectionName) -> list[tuple[Location, dict[str, Any]]]:
        """Return the rows of one section with their locations."""
        return self.rows.get(section, [])
