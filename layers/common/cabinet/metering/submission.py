"""From the form to readings: all rows are checked together, and accepted together or not at all. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cabinet.accounts.supplier_model import Supplier
from cabinet.core.errors import FieldError, InvalidFields
from cabinet.core.model import FrozenModel
from cabinet.core.periods import Period
from cabinet.metering.errors import Preview, ReadingRejected
from cabinet.metering.meter_state import AVERAGE_DECIMALS
from cabinet.metering.model import ChargedService, Meter, Source, ZoneReading
from cabinet.metering.rules import ValidatedReading, amount_by_tariff, check_day, last_bill, validate_reading
from cabinet.metering.submission_window import Window, window_for
from cabinet.metering.volumes import format_volume


@dataclass(frozen=True, slots=True)
class ReadingInput:
    """One row of the form, as typed; `zone` may be left out for a meter of one zone."""

    meter_id: str
    zone: str | None = None
    value: str | None = None
    delta: str | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class AcceptedReading:
    """A checked row with the reading that will be stored."""

    validated: ValidatedReading
    reading: ZoneReading


class ReplacedReading(FrozenModel):
    """What a resubmission replaces."""

    reading_id: str
    value: str
    taken_on: date


class AcceptedReadingResponse(FrozenModel):
    """One accepted row; `delta` is null for the first reading of a meter."""

    reading_id: str
    meter_id: str
    zone: str
    value: str
    delta: str | None
    period: Period | None
    replaces: ReplacedReading | None


class ReadingsAccepted(FrozenModel):
    """«Показания приняты», with the number to quote when asking about them."""

    number: str
    accepted: list[AcceptedReadingResponse]


def validate_submission(
    rows: Sequence[ReadingInput],
    meters: Mapping[str, Meter],
    supplier: Supplier,
    taken_on: date,
    today: date,
) -> tuple[list[ValidatedReading], Window]:
    """Return all rows checked; raises InvalidFields with an error for each row that cannot be accepted.

    `meters` are the account's own by identifier; `today` is the day in the supplier's time zone.
    """
    window = window_for(today, supplier.reading_window)
    try:
        check_day(taken_on, today, window)
    except ReadingRejected as refused:
        raise InvalidFields(FieldError("taken_on", refused.code, refused.message)) from None
    errors: list[FieldError] = []
    validated: list[ValidatedReading] = []
    seen: Counter[tuple[str, str]] = Counter()
    for index, row in enumerate(rows):
        try:
            meter, zone = _meter_and_zone(row, meters)
            seen[meter.meter_id, zone] += 1
            if seen[meter.meter_id, zone] > 1:
                raise _RowRejected("zone", "duplicate", "Показание этого прибора указано дважды.")
            validated.append(
                validate_reading(
                    meter, zone,
                    value=row.value, delta=row.delta, taken_on=taken_on, window=window, supplier=supplier,
                )
            )  # fmt: skip
        except _RowRejected as refused:
            errors.append(FieldError(f"readings[{index}].{refused.field}", refused.code, refused.message))
        except ReadingRejected as refused:
            field = "value" if row.value is not None else "delta"
            errors.append(FieldError(f"readings[{index}].{field}", refused.code, refused.message))
    if errors:
        raise InvalidFields(*errors)
    return validated, window


class _RowRejected(ReadingRejected):
    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(code, message)
        self.field = field


def _meter_and_zone(row: ReadingInput, meters: Mapping[str, Meter]) -> tuple[Meter, str]:
    meter = meters.get(row.meter_id)
    if meter is None:
        raise _RowRejected("meter_id", "meter_unknown", "Такого прибора учёта на лицевом счёте нет.")
    zone = row.zone
    if zone is None:
        if meter.zones > 1:
            raise _RowRejected("zone", "zone_required", "Укажите тарифную зону.")
        zone = meter.zone_names[0]
    if zone not in meter.zone_names:
        raise _RowRejected("zone", "zone_unknown", "У прибора нет такой тарифной зоны.")
    if row.value is None and row.delta is None:
        raise _RowRejected("value", "required", "Введите новое показание или объём изменения.")
    if row.value is not None and row.delta is not None:
        raise _RowRejected("value", "value_and_delta", "Введите что-то одно: показание или объём изменения.")
    return meter, zone


def rows_to_confirm(
    rows: Sequence[ReadingInput], validated: Sequence[ValidatedReading]
) -> list[ValidatedReading]:
    """Return the rows that the subscriber must confirm before they can be accepted."""
    return [
        each
        for row, each in zip(rows, validated, strict=True)
        if each.confirmation_reason and not row.confirmed
    ]


def previews(
    validated: Sequence[ValidatedReading],
    charges: Sequence[ChargedService],
    *,
    is_bound: bool,
    sees_history: bool = True,
) -> list[Preview]:
    """Return what each row would mean, in rubles by the last tariff where that is known.

    The last bill is shown only to a subscriber who has bound the account (`is_bound`), not to a guest.
    Without `sees_history`, the past is another holder's: neither the last bill nor the average is shown.
    """
    return [
        Preview(
            meter_id=each.meter.meter_id,
            zone=each.zone,  # type: ignore[arg-type]
            delta=format_volume(each.delta or 0, each.meter.decimals),
            average=None
            if each.average is None or not sees_history
            else format_volume(each.average, AVERAGE_DECIMALS),
            amount=amount_by_tariff(each.meter, each.delta or 0, charges),
            reason=each.confirmation_reason or "unusual",
            last_amount=last_bill(each.meter, charges) if is_bound and sees_history else None,
        )
        for each in validated
    ]


def build_readings(
    validated: Sequence[ValidatedReading], mark: str, taken_on: date, window: Window, source: Source
) -> list[AcceptedReading]:
    """Return the readings to store; identifiers follow from the request's mark."""
    return [
        AcceptedReading(
            each,
            ZoneReading(
                reading_id=f"{mark[:20]}{index}",
                value=format_volume(each.value, each.meter.decimals),
                taken_on=taken_on,
                source=source,
                period=window.period,
                delta=None if each.delta is None else format_volume(each.delta, each.meter.decimals),
            ),
        )
        for index, each in enumerate(validated)
    ]


def accepted(number: str, readings: list[AcceptedReading]) -> ReadingsAccepted:
    """Return the answer to a form that was accepted."""
    return ReadingsAccepted(
        number=number,
        accepted=[
            AcceptedReadingResponse(
                reading_id=each.reading.reading_id,
                meter_id=each.validated.meter.meter_id,
                zone=each.validated.zone,
                value=each.reading.value,
                delta=each.reading.delta,
                period=each.reading.period,
                replaces=ReplacedReading.model_validate(each.validated.replaces, from_attributes=True)
                if each.validated.replaces
                else None,
            )
            for each in readings
        ],
    )
