"""A meter, and what is made of a value typed for it on a day of the window."""

from datetime import date
from typing import Any

from cabinet.accounts.supplier_model import ReadingWindow, Supplier
from cabinet.metering.model import Meter, ZoneReading
from cabinet.metering.rules import ValidatedReading, validate_reading
from cabinet.metering.submission_window import window_for
from tests.support.factories.bound_accounts import PAYEE

TODAY = date(2026, 10, 20)


SUPPLIER = Supplier(supplier_id="s", name="S", inn=PAYEE.inn, payees=[PAYEE], reading_window=ReadingWindow())


WINDOW = window_for(TODAY, SUPPLIER.reading_window)


def meter_at(last: str | None, **changes: Any) -> Meter:
    known = {
        "T1": ZoneReading(reading_id="r", value=last, taken_on=date(2026, 9, 20), source="billing")
    } if last is not None else {}  # fmt: skip
    return Meter(**({"meter_id": "m", "number": "m", "service": "ХВС С/У", "last": known} | changes))


def validated(
    meter: Meter, value: str | None = None, delta: str | None = None, taken_on: date = TODAY
) -> ValidatedReading:
    return validate_reading(
        meter, "T1", value=value, delta=delta, taken_on=taken_on, window=WINDOW, supplier=SUPPLIER
    )


def monthly(volume: str, months: int) -> dict[str, dict[str, str]]:
    return {"T1": {f"2026-{10 - back:02d}": volume for back in range(1, months + 1)}}
