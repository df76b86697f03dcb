"""Consumption as a table that Russian spreadsheets open: `;`, comma decimals, a byte order mark. Pure."""

import csv
import io
from collections.abc import Iterable

from cabinet.core.periods import period_title
from cabinet.core.text import is_formula
from cabinet.metering.model import Meter

COLUMNS = ("Месяц", "Услуга", "Место", "Счётчик", "Зона", "Объём", "Единица")


def consumption_csv(meters: Iterable[Meter]) -> bytes:
    """Return each meter's volumes by month and tariff zone, the oldest month first; UTF-8."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for meter in sorted(meters, key=lambda each: (each.service, each.number)):
        for zone in meter.zone_names:
            for period, volume in sorted(meter.monthly.get(zone, {}).items()):
                texts = (
                    period_title(period), meter.service, meter.place, meter.number,
                    meter.zone_title(zone), volume.replace(".", ","), meter.unit,
                )  # fmt: skip
                writer.writerow([_escape_formula(text) for text in texts])
    return written.getvalue().encode("utf-8-sig")


def _escape_formula(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run."""
    return f"'{text}" if is_formula(text) else text
