"""Responses of the meters' pages: meters with their last readings, past readings, consumption by month."""

from datetime import date
from typing import Self

from cabinet.core.model import DeferredModel
from cabinet.core.periods import Period, shift_period
from cabinet.metering import meter_state
from cabinet.metering.model import Meter, Reading, ReadingStatus, Source
from cabinet.metering.volumes import format_volume
from cabinet.web.responses import response_from


class MeterZone(DeferredModel):
    """A tariff zone with its last reading; `title` is «Т2 (ночь)», empty for a meter of one zone."""

    zone: str
    title: str
    last_value: str | None
    last_taken_on: date | None


class MeterLastReading(DeferredModel):
    """The reading taken last, of any zone."""

    zone: str
    value: str
    taken_on: date
    accounted_on: date | None
    source: Source


class MeterResponse(DeferredModel):
    """One line of «Информация об ИПУ»."""

    meter_id: str
    number: str
    service: str
    place: str
    unit: str
    installed_on: date | None
    verify_until: date | None
    calculated_from: date | None
    calculated_to: date | None
    removal_reason: str
    average_6_months: str | None
    zones: list[MeterZone]
    last_reading: MeterLastReading | None

    @classmethod
    def of(cls, meter: Meter) -> Self:
        """Return it as the API shows it."""
        newest = max(meter.last.items(), key=lambda pair: (pair[1].taken_on, pair[0]), default=None)
        return response_from(
            cls,
            meter,
            average_6_months=meter_state.average_text(meter),
            zones=[
                MeterZone(
                    zone=zone,
                    title=meter.zone_title(zone),
                    last_value=last.value if last else None,
                    last_taken_on=last.taken_on if last else None,
                )
                for zone in meter.zone_names
                for last in [meter.last.get(zone)]
            ],
            last_reading=newest and response_from(MeterLastReading, newest[1], zone=newest[0]),
        )


class Meters(DeferredModel):
    """«Информация об ИПУ»; meters on the account come before those taken off."""

    items: list[MeterResponse]

    @classmethod
    def of(cls, found: list[Meter]) -> Self:
        """Return the meters of an account, those in use first."""
        ordered = sorted(
            found, key=lambda meter: (meter.calculated_to is not None, meter.service, meter.number)
        )
        return cls(items=[MeterResponse.of(meter) for meter in ordered])


class ReadingResponse(DeferredModel):
    """One of the «Предыдущие показания»; `accounted_on` is «Дата учета», null until billing has it."""

    reading_id: str
    accounted_on: date | None
    taken_on: date
    source: Source
    zone: str
    value: str
    delta: str | None
    period: Period | None
    status: ReadingStatus
    counts: bool
    """Whether it is what counts of its zone and day, where several were given."""

    @classmethod
    def of(cls, reading: Reading, *, counts: bool) -> Self:
        """Return a reading as the history lists it."""
        return response_from(cls, reading, counts=counts)


class ReadingsPage(DeferredModel):
    """Readings of one meter, the last taken first."""

    items: list[ReadingResponse]
    next: str | None


class ConsumptionPoint(DeferredModel):
    """The volume of one month, all zones together."""

    period: Period
    volume: str


class MeterConsumption(DeferredModel):
    """One meter's months, the oldest first."""

    meter_id: str
    service: str
    unit: str
    points: list[ConsumptionPoint]


class Consumption(DeferredModel):
    """Points for the charts."""

    meters: list[MeterConsumption]

    @classmethod
    def of(cls, found: list[Meter], months: int) -> Self:
        """Return the last `months` of each meter, counted back from the newest month that any of them has."""
        volumes = {meter.meter_id: meter_state.monthly_volumes(meter) for meter in found}
        newest = max((period for points in volumes.values() for period in points), default=None)
        oldest = shift_period(newest, 1 - months) if newest else ""
        return cls(
            meters=[
                MeterConsumption(
                    meter_id=meter.meter_id,
                    service=meter.service,
                    unit=meter.unit,
                    points=[
                        ConsumptionPoint(period=period, volume=format_volume(volume, meter.decimals))
                        for period, volume in volumes[meter.meter_id].items()
                        if period >= oldest
                    ],
                )
                for meter in found
            ]
        )
