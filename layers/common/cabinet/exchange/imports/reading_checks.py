"""Readings of a registry compared with the meter's earlier ones: falls, jumps, too many digits. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from cabinet.accounts.supplier_model import Supplier
from cabinet.core.periods import months_between, period_from_date
from cabinet.exchange.imports.account_update import Data
from cabinet.exchange.imports.merge_rules import make_meter_id, meter_attributes
from cabinet.exchange.limit_hints import limit_hint
from cabinet.exchange.model import AccountRows, Issue, Location
from cabinet.metering.meter_state import average
from cabinet.metering.model import Meter
from cabinet.metering.volumes import UNIT, Millionths, format_volume, parse_volume


@dataclass(frozen=True, slots=True)
class _Compared:
    """The reading that the next one is compared with."""

    value: Millionths
    taken_on: date


def find_issues(rows: AccountRows, meters: Mapping[str, Meter], supplier: Supplier) -> Iterator[Issue]:
    """Yield implausible readings; `meters` are the stored ones, by their identifiers."""
    passports = {make_meter_id(row["meter_no"]): row for row in rows.of("meters")}
    by_zone: dict[tuple[str, str], list[tuple[Location, Data]]] = {}
    for location, row in rows.with_location("readings"):
        by_zone.setdefault((make_meter_id(row["meter_no"]), row["zone"]), []).append((location, row))
    for (meter_id, zone), readings in by_zone.items():
        existing, given = meters.get(meter_id), passports.get(meter_id)
        if existing is None and given is None:
            continue
        meter = Meter.model_validate(
            (existing.model_dump() if existing else {}) | (meter_attributes(given) if given else {})
        )
        ordered = sorted(readings, key=lambda placed: str(placed[1]["taken"]))
        yield from _check_zone(meter, zone, ordered, supplier)


def _check_zone(
    meter: Meter, zone: str, readings: list[tuple[Location, Data]], supplier: Supplier
) -> Iterator[Issue]:
    earlier: _Compared | None = None
    for location, row in readings:
        value, taken_on = parse_volume(row["value"]), date.fromisoformat(row["taken"])
        previous = _find_previous(meter, zone, earlier, taken_on)
        if value >= meter.modulus:
            message = (
                f"Показание {_shown(value, meter)} не помещается на приборе {meter.number}: "
                f"у него {meter.digits} цифр до запятой."
            )
            yield Issue(location, "value", "reading_digits", message)
            continue
        if previous is not None and row["source"] != "initial":
            yield from _check_change(location, meter, zone, previous, _Compared(value, taken_on), supplier)
        earlier = _Compared(value, taken_on)


def _find_previous(meter: Meter, zone: str, earlier: _Compared | None, taken_on: date) -> _Compared | None:
    """Return the latest reading before `taken_on`, of the registry or the cabinet."""
    known = [memory.get(zone) for memory in (meter.last, meter.before)]
    candidates = [_Compared(each.value_millionths, each.taken_on) for each in known if each is not None]
    if candidates and all(previous.taken_on > taken_on for previous in candidates):
        return None  # a row of old history
    if earlier is not None:
        candidates.append(earlier)
    return max(
        (previous for previous in candidates if previous.taken_on < taken_on),
        key=lambda previous: previous.taken_on,
        default=None,
    )


def _check_change(
    location: Location, meter: Meter, zone: str, previous: _Compared, new: _Compared, supplier: Supplier
) -> Iterator[Issue]:
    limits = supplier.registry_limits
    change = new.value - previous.value
    was = f"после {_shown(previous.value, meter)} от {previous.taken_on:%d.%m.%Y}"
    value = f"Показание {_shown(new.value, meter)} {was} (прибор {meter.number})"
    if change < 0:
        change += meter.modulus
        if change > supplier.rollover_cap * UNIT:
            message = (
                f"{value} меньше прежнего: проверьте, не опечатка ли это. Если верно, менять ничего не нужно."
            )
            yield Issue(location, "value", "reading_falls", message, "warning")
        return
    max_change = meter.modulus * limits.reading_refused_percent // 100
    if change > max_change:
        message = (
            f"{value}: расход {_shown(change, meter)} неправдоподобен, больше {_shown(max_change, meter)}. "
            f"{limit_hint('reading_refused_percent', limits.reading_refused_percent)}"
        )
        yield Issue(location, "value", "reading_jumps", message)
        return
    mean = average(meter.monthly.get(zone, {}))
    months = max(1, months_between(period_from_date(previous.taken_on), period_from_date(new.taken_on)))
    if mean and change > mean * months * limits.reading_warned_factor:
        message = (
            f"{value}: расход {_shown(change, meter)}, а в среднем за месяц {_shown(mean, meter)}: больше, "
            f"чем в {limits.reading_warned_factor} раз. {limit_hint('reading_warned_factor')}"
        )
        yield Issue(location, "value", "reading_jumps", message, "warning")


def _shown(amount: Millionths, meter: Meter) -> str:
    whole, _, fraction = format_volume(amount, meter.decimals).partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole},{fraction}" if fraction else whole
