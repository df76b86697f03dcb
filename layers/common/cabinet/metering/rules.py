"""What makes a reading acceptable: checked per tariff zone, in a fixed order. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from cabinet.accounts.supplier_model import Supplier
from cabinet.core.money import Kopecks
from cabinet.core.periods import period_from_date
from cabinet.core.text import normalise_text
from cabinet.metering.errors import ReadingRejected
from cabinet.metering.meter_state import average, withdraw
from cabinet.metering.model import ChargedService, Meter, ZoneReading
from cabinet.metering.submission_window import Window, too_old
from cabinet.metering.volumes import UNIT, Millionths, ParsedNumber, parse_number

type Reason = Literal["unusual", "roll_over"]

_SUBSCRIBER_SOURCES: tuple[str, ...] = ("subscriber", "guest")


@dataclass(frozen=True, slots=True)
class ValidatedReading:
    """A row that can be accepted, perhaps after the subscriber has confirmed it."""

    meter: Meter
    zone: str
    value: Millionths
    delta: Millionths | None
    """The change; None for the first reading of a meter that has no initial value."""
    average: Millionths | None
    replaces: ZoneReading | None
    """The active reading of the same month that this one replaces."""
    confirmation_reason: Reason | None


def meter_rejection(meter: Meter, day: date) -> tuple[str, str] | None:
    """Return (code, sentence) why a meter takes no reading on `day`, or None when it does."""
    if meter.calculated_to is not None and meter.calculated_to <= day:
        why = f": {meter.removal_reason}" if meter.removal_reason else ""
        return "meter_removed", f"Прибор снят с расчёта {meter.calculated_to:%d.%m.%Y}{why}."
    begins = meter.calculated_from or meter.installed_on
    if begins is not None and begins > day:
        return "meter_not_started", f"Прибор принят к расчёту с {begins:%d.%m.%Y}."
    if meter.verify_until is not None and meter.verify_until < day:
        return (
            "verification_expired",
            f"Срок поверки истёк {meter.verify_until:%d.%m.%Y}. Передайте в офис акт о поверке.",
        )
    return None


def is_reading_missing(meter: Meter, window: Window, today: date) -> bool:
    """Tell whether a meter that takes readings has none for the window's month in some zone."""
    if meter_rejection(meter, today) is not None:
        return False
    return any(
        (last := meter.last.get(zone)) is None
        or (last.period != window.period and last.taken_on < window.opens_on)
        for zone in meter.zone_names
    )


def check_day(taken_on: date, today: date, window: Window) -> None:
    """Raise ReadingRejected unless readings are taken today and may be dated `taken_on`."""
    if not window.accepts_readings:
        raise ReadingRejected(
            "window_closed", f"Приём показаний откроется {window.opens_on:%d.%m.%Y}. {window.note}"
        )
    if taken_on > today:
        raise ReadingRejected("date_in_future", "Дата снятия показания ещё не наступила.")
    if too_old(taken_on, today):
        raise ReadingRejected(
            "date_too_old", "Показание снято больше месяца назад. Укажите свежее показание."
        )


def validate_reading(
    meter: Meter,
    zone: str,
    *,
    value: str | None,
    delta: str | None,
    taken_on: date,
    window: Window,
    supplier: Supplier,
) -> ValidatedReading:
    """Return the row with its change; raises ReadingRejected with the first reason against it.

    Exactly one of `value` («Новое показание») and `delta` («Объем изменения») is given, as typed.
    """
    refusal = meter_rejection(meter, taken_on)
    if refusal is not None:
        raise ReadingRejected(*refusal)
    replaces = reading_to_replace(meter, zone, window)
    base = meter.before.get(zone) if replaces else meter.last.get(zone)
    if base is not None and taken_on < base.taken_on:
        raise ReadingRejected(
            "date_before_last", f"Предыдущее показание снято {base.taken_on:%d.%m.%Y}: дата раньше него."
        )
    start = base.value_millionths if base is not None else 0
    typed = _typed(value if value is not None else delta or "", meter)
    target = typed if value is not None else start + typed
    change, rolled_over = _change(meter, start, target, supplier, has_base=base is not None)
    # A reading that is being replaced must not have moved the measure that its successor is compared with.
    months = withdraw(meter, zone).monthly if replaces else meter.monthly
    mean = average(months.get(zone, {}))
    return ValidatedReading(
        meter=meter,
        zone=zone,
        value=target % meter.modulus,
        delta=change if base is not None else None,
        average=mean,
        replaces=replaces,
        confirmation_reason=_reason(change if base is not None else 0, mean, supplier, rolled_over),
    )


def reading_to_replace(meter: Meter, zone: str, window: Window) -> ZoneReading | None:
    """Return the active reading that a new one replaces: the last submission before the cut-off wins.

    Only what a resident has handed in for the same month, and billing has not accepted yet.
    """
    last = meter.last.get(zone)
    if last is None or last.source not in _SUBSCRIBER_SOURCES or last.accounted_on is not None:
        return None
    return last if last.period == window.period else None


def can_withdraw(reading: ZoneReading, window: Window) -> bool:
    """Tell whether a resident may still take `reading` back: its month is open and billing has not got it."""
    own_and_open = reading.source == "subscriber" and reading.period == window.period
    return own_and_open and reading.accounted_on is None and window.accepts_readings


def current_month_reading(meter: Meter, zone: str, today: date) -> ZoneReading | None:
    """Return the zone's active reading when it counts for today's month or a later one, else None.

    After the cut-off both the closed month's reading and one handed in for the next month are such.
    """
    last = meter.last.get(zone)
    return (
        last
        if last is not None and last.period is not None and last.period >= period_from_date(today)
        else None
    )


def _typed(text: str, meter: Meter) -> Millionths:
    """Return what was typed, in millionths, after the checks of digits and decimals."""
    try:
        typed: ParsedNumber = parse_number(text)
    except ValueError:
        raise ReadingRejected("not_a_number", "Введите число, например 123,45.") from None
    if typed.is_negative and (typed.whole or typed.fraction):
        raise ReadingRejected("negative", "Показание не может быть отрицательным.")
    if len(typed.whole) > meter.digits:
        raise ReadingRejected("too_many_digits", f"У прибора {meter.digits} цифр до запятой: введено больше.")
    if len(typed.fraction) > meter.decimals:
        if meter.decimals == 0:
            raise ReadingRejected("too_many_decimals", "Введите целое число, без цифр после запятой.")
        raise ReadingRejected(
            "too_many_decimals", f"Цифр после запятой у прибора не больше {meter.decimals}: введено больше."
        )
    return typed.millionths


def _change(
    meter: Meter, start: Millionths, target: Millionths, supplier: Supplier, *, has_base: bool
) -> tuple[Millionths, bool]:
    """Return (change, whether the counter passed through zero); refuses a value lower than the last."""
    if start <= target < meter.modulus or not has_base:
        return target - start, False
    change = target % meter.modulus + meter.modulus - start
    if change < supplier.rollover_cap * UNIT:
        return change, True
    raise ReadingRejected(
        "lower_than_last",
        "Показание меньше предыдущего. Если прибор показывает именно столько, отправьте заявку.",
    )


def _reason(
    change: Millionths, mean: Millionths | None, supplier: Supplier, rolled_over: bool
) -> Reason | None:
    if rolled_over:
        return "roll_over"
    if mean is not None and change > supplier.unusual_factor * mean:
        return "unusual"
    return None


# ------------------------------------------------------------------ what it will cost

_TARIFF = re.compile(r"\s*(\d[\d \u00a0]{0,15}(?:[.,]\d{1,12})?)", re.ASCII)


def last_bill(meter: Meter, charges: Sequence[ChargedService]) -> Kopecks | None:
    """Return what the last receipt asked for the meter's service, None where it does not name it."""
    lines = _lines_for(meter, charges)
    return sum(line.amount for line in lines) if lines else None


def amount_by_tariff(meter: Meter, change: Millionths, charges: Sequence[ChargedService]) -> Kopecks | None:
    """Return what a change would cost by the tariff of the meter's service in the last receipt, if known.

    Tariffs are billing's texts, «31,31 руб/м3»; the meter may be named more closely than the service («ГВС
    С/У»), so the longest service that begins its name is taken.
    """
    fitting = _lines_for(meter, [line for line in charges if line.tariff])
    stated = _number_of(fitting[0].tariff) if fitting else None
    if stated is None:
        return None
    whole, _, fraction = stated.partition(".")
    # Tariffs may be finer than kopecks; the text is kept as a whole number over a power of ten.
    scale: int = 10 ** len(fraction)
    divisor = scale * UNIT
    return (2 * change * int(whole + fraction) * 100 + divisor) // (2 * divisor)


def tariff_of(meter: Meter, charges: Sequence[ChargedService]) -> str | None:
    """Return what a unit of the meter's service cost in the last receipt, in rubles, «31.31».

    None where the receipt states none, or several (by tariff zones): then a price would mislead.
    """
    stated = {line.tariff for line in _lines_for(meter, [line for line in charges if line.tariff])}
    return _number_of(stated.pop()) if len(stated) == 1 else None


def _number_of(tariff: str) -> str | None:
    """Return the number that billing's text begins with, digits with at most one point."""
    matched = _TARIFF.match(tariff)
    return re.sub(r"[^\d.]", "", matched[1].replace(",", ".")) if matched else None


def _lines_for(meter: Meter, charges: Sequence[ChargedService]) -> list[ChargedService]:
    """Return the lines of the meter's service: the longest with which the meter's own begins."""
    name = normalise_text(meter.service)
    fitting = [line for line in charges if name.startswith(normalise_text(line.service))]
    longest = max((normalise_text(line.service) for line in fitting), key=len, default="")
    return [line for line in fitting if normalise_text(line.service) == longest]
