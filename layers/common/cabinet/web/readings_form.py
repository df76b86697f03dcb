"""«Передать показания» over HTTP: what is handed in, and the form with window and meters."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool, StringConstraints, WithJsonSchema

from cabinet.core.model import DeferredModel
from cabinet.core.periods import Period
from cabinet.metering import meter_state
from cabinet.metering.model import ChargedService, Meter, Source, Zone
from cabinet.metering.rules import can_withdraw, current_month_reading, meter_rejection, tariff_of
from cabinet.metering.submission import ReadingInput
from cabinet.metering.submission_window import Window
from cabinet.web.responses import response_from


def _number_as_text(given: object) -> object:
    """Take a JSON number as the text that a person would have typed; NaN stays the text «NaN»."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        return given
    return str(given) if isinstance(given, int) else format(Decimal(repr(given)), "f")


def _parse_day(given: object) -> date:
    if isinstance(given, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", given, re.ASCII):
        return date.fromisoformat(given)
    raise ValueError("not a day")


type TypedNumber = Annotated[
    str,
    StringConstraints(max_length=400),
    BeforeValidator(_number_as_text),
    WithJsonSchema({"anyOf": [{"type": "string", "maxLength": 400}, {"type": "number"}]}),
]
"""A number as typed: a string with a point or a comma, or a JSON number."""
type Day = Annotated[date, BeforeValidator(_parse_day)]
type MeterId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^#\x00-\x1f]+$")]
type TypedZone = Annotated[str, StringConstraints(max_length=8)]


class NewReading(DeferredModel):
    """One row: «Новое показание» or «Объем изменения»; `zone` is needed for meters of several zones."""

    meter_id: MeterId
    zone: TypedZone | None = None
    value: TypedNumber | None = None
    delta: TypedNumber | None = None
    confirmed: StrictBool = False

    def to_input(self) -> ReadingInput:
        """Return the row for the rules; the zone's letter may have been typed in Cyrillic."""
        zone = self.zone.strip().upper().replace("Т", "T") if self.zone else None
        return ReadingInput(self.meter_id, zone, self.value, self.delta, self.confirmed)


class NewReadings(DeferredModel):
    """The form «Передать показания»: all rows are accepted, or none."""

    taken_on: Day
    readings: Annotated[list[NewReading], Field(min_length=1, max_length=30)]

    def to_inputs(self) -> list[ReadingInput]:
        """Return the rows for the rules."""
        return [reading.to_input() for reading in self.readings]


class FormWindow(DeferredModel):
    """When readings are taken, by the supplier's clock; `note` says it in words."""

    today: date
    opens_on: date
    closes_on: date
    open: bool
    note: str
    period: Period


class ReadingBefore(DeferredModel):
    """What is valid again when a reading is withdrawn."""

    value: str
    taken_on: date


class CurrentMonthReading(DeferredModel):
    """The valid reading of this month; `withdrawable` while the subscriber may take it back."""

    reading_id: str
    value: str
    delta: str | None
    taken_on: date
    period: Period
    source: Source
    accounted_on: date | None
    withdrawable: bool
    before: ReadingBefore | None


class FormZone(DeferredModel):
    """A tariff zone with its last reading; `handed_in` is this month's, and is not shown to guests.

    `title` is «Т2 (ночь)», empty for a meter of one zone.
    """

    zone: Zone
    title: str
    last_value: str | None
    last_taken_on: date | None
    handed_in: CurrentMonthReading | None = None


class FormMeter(DeferredModel):
    """One line of the form; `refusal` says why the meter takes no readings.

    `tariff` is what a unit cost in the last receipt, in rubles («31.31»); null where that is not one number.
    """

    meter_id: str
    number: str
    service: str
    place: str
    unit: str
    digits: int
    decimals: int
    verify_until: date | None
    average_6_months: str | None
    tariff: str | None
    zones: list[FormZone]
    accepts: bool
    refusal: str | None
    refusal_code: str | None


class ReadingsForm(DeferredModel):
    """«Передать показания»."""

    window: FormWindow
    meters: list[FormMeter]


def build_form(
    window: Window, meters: list[Meter], charges: Sequence[ChargedService], today: date, *, is_own: bool
) -> dict[str, Any]:
    """Return window and meters as the form shows them: those in use, and those taken off this year not.

    `charges` are the last receipts', for the tariffs. With `is_own` it is the subscriber's: it tells what
    has been handed in this month.
    """
    return {
        "window": FormWindow(
            today=today,
            opens_on=window.opens_on,
            closes_on=window.closes_on,
            open=window.accepts_readings,
            note=window.note,
            period=window.period,
        ),
        "meters": [
            _form_meter(meter, window, charges, today, is_own=is_own)
            for meter in sorted(meters, key=lambda each: (each.service, each.number))
            if meter.calculated_to is None or meter.calculated_to > today
        ],
    }


def _form_meter(
    meter: Meter, window: Window, charges: Sequence[ChargedService], today: date, *, is_own: bool
) -> FormMeter:
    code, sentence = meter_rejection(meter, today) or (None, None)
    if code is None and not window.accepts_readings:
        code, sentence = "window_closed", window.note
    return response_from(
        FormMeter,
        meter,
        average_6_months=meter_state.average_text(meter),
        tariff=tariff_of(meter, charges),
        zones=[
            FormZone(
                zone=zone,
                title=meter.zone_title(zone),
                last_value=last.value if last else None,
                last_taken_on=last.taken_on if last else None,
                handed_in=_current_month_reading(meter, zone, window, today) if is_own else None,
            )
            for zone in meter.zone_names
            for last in [meter.last.get(zone)]
        ],
        accepts=code is None,
        refusal=sentence,
        refusal_code=code,
    )


def _current_month_reading(
    meter: Meter, zone: str, window: Window, today: date
) -> CurrentMonthReading | None:
    active = current_month_reading(meter, zone, today)
    if active is None or active.period is None:
        return None
    return response_from(
        CurrentMonthReading,
        active,
        withdrawable=can_withdraw(active, window),
        before=meter.before.get(zone),
    )
