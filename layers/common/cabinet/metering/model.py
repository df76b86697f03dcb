"""Models of metering: a meter with what must be known of its history, and one reading."""

from datetime import date
from typing import Annotated, Literal, Protocol

from pydantic import Field, field_validator

from cabinet.core.model import FrozenModel
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period
from cabinet.metering.volumes import UNIT, Millionths, parse_volume

ZONES = ("T1", "T2", "T3")
"""Tariff zones; a meter of one zone has T1."""
_ZONE_TITLES = {2: ("Т1 (день)", "Т2 (ночь)"), 3: ("Т1 (пик)", "Т2 (ночь)", "Т3 (полупик)")}
"""How people know them, by the number of a meter's zones: one calls T1 «день», the other «пик»."""

type Zone = Literal["T1", "T2", "T3"]
type Source = Literal["subscriber", "guest", "staff", "billing", "initial"]
"""Who a reading comes from; `initial` is the value at which the meter was sealed."""
type ReadingStatus = Literal["active", "replaced", "withdrawn"]
type Monthly = dict[str, dict[Period, str]]
"""Zone → period → volume (decimal string)."""


class ExportedReading(FrozenModel):
    """A reading that billing has been sent for a meter's month, where it is no longer the active one."""

    reading_id: str
    value: str
    taken_on: date
    accounted_on: date | None = None


class ZoneReading(FrozenModel):
    """A reading as its meter remembers it."""

    reading_id: str
    value: str
    taken_on: date
    source: Source
    period: Period | None = None
    """The month it counts for; None for an initial value."""
    delta: str | None = None
    """The change that it brought to its month, None where there was nothing to compare with."""
    accounted_on: date | None = None
    """When billing accepted it («дата учёта»)."""
    superseded_export: Annotated[ExportedReading | None, Field(alias="sent")] = None
    """The replaced reading of the same month that was sent to billing: a withdrawal must call it back."""

    @property
    def value_millionths(self) -> Millionths:
        """Return the value in millionths."""
        return parse_volume(self.value)


def _is_empty(text: str) -> bool:
    return not text


class Meter(FrozenModel):
    """A metering device («ИПУ») of an account.

    `last` and `before` are, for each zone, the active reading and the one before it: enough to
    replace or to withdraw a reading, and to keep `monthly`, without reading the history.
    """

    meter_id: str
    number: str
    service: str
    place: str = ""
    unit: str = ""
    zones: Annotated[int, Field(ge=1, le=3)] = 1
    digits: Annotated[int, Field(ge=1, le=12)] = 5
    """Whole digits of the counter; after all nines it rolls over to zero."""
    decimals: Annotated[int, Field(ge=0, le=6)] = 3
    installed_on: date | None = None
    verify_until: date | None = None
    calculated_from: date | None = None
    calculated_to: date | None = None
    removal_reason: str = ""
    gis_number: Annotated[str, Field(exclude_if=_is_empty)] = ""
    """The meter's number in ГИС ЖКХ, where registries say it."""
    last: dict[str, ZoneReading] = {}
    before: dict[str, ZoneReading] = {}
    monthly: Monthly = {}
    """At most 36 months of volumes."""
    version: int = 0
    """Moves with every change of the readings; writers compare it."""

    @property
    def zone_names(self) -> tuple[str, ...]:
        """Return the zones that this meter has."""
        return ZONES[: self.zones]

    def zone_title(self, zone: str) -> str:
        """Return «Т2 (ночь)»; a meter of one zone has no name for it."""
        return dict(zip(ZONES, _ZONE_TITLES.get(self.zones, ()), strict=False)).get(zone, "")

    @property
    def modulus(self) -> Millionths:
        """Return the value at which the counter shows zero again."""
        return int(10**self.digits) * UNIT


class Reading(FrozenModel):
    """One reading as the history keeps it: nothing submitted is ever deleted."""

    reading_id: str
    meter_id: str
    zone: str
    value: str
    delta: str | None = None
    taken_on: date
    submitted_at: str | None = None
    """ISO time in UTC; None for readings that billing brought."""
    accounted_on: Annotated[date | None, Field(alias="accepted_on")] = None
    """When billing accepted it («дата учёта»)."""
    period: Period | None = None
    source: Source
    by: str | None = None
    """The user who handed it in."""
    status: ReadingStatus = "active"

    @field_validator("status", mode="before")
    @classmethod
    def _parse_former_status(cls, value: object) -> object:
        """Accept the word for active readings that rows of former versions have."""
        return value if value in ("replaced", "withdrawn") else "active"


class ChargedService(Protocol):
    """What metering needs of a line that billing charged: the service's name, its tariff, the sum."""

    @property
    def service(self) -> str:
        """Return the name of the service, as billing spells it."""
        ...

    @property
    def tariff(self) -> str:
        """Return billing's text, «31,31 руб/м3»; empty where none is stated."""
        ...

    @property
    def amount(self) -> Kopecks:
        """Return what the receipt asked for it."""
        ...
