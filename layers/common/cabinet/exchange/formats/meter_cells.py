"""Readers of the cells that meters have: number, zone, who gave a reading, how a volume was found."""

from functools import lru_cache

from cabinet.core.text import slug
from cabinet.exchange.formats.cell_parsers import CACHE_SIZE, BadCell, parse_number_as_text

_ZONES = {"": "T1", "1": "T1", "2": "T2", "3": "T3"}
_SOURCES = {
    "": "billing", "billing": "billing", "биллинг": "billing", "расчётный центр": "billing",
    "расчетный центр": "billing",
    "initial": "initial", "начальное": "initial",
    "subscriber": "subscriber", "абонент": "subscriber", "личный кабинет": "subscriber",
    "guest": "guest", "без регистрации": "guest",
    "staff": "staff", "контролёр": "staff", "контролер": "staff",
}  # fmt: skip
_VOLUME_KINDS = {
    "": None,
    "meter": "meter", "прибор учёта": "meter", "прибор учета": "meter", "ипу": "meter",
    "norm": "norm", "норматив": "norm", "норм": "norm",
    "average": "average", "среднее": "average",
    "common": "common", "общедомовое": "common", "одн": "common", "общ": "common",
}  # fmt: skip


@lru_cache(CACHE_SIZE)
def parse_zone(cell: str) -> str:
    """Read a tariff zone: 1–3 or T1–T3 (either alphabet's T); empty is the only one, T1."""
    plain = cell.strip().upper().removeprefix("T").removeprefix("Т")
    if plain not in _ZONES:
        raise BadCell("zone", "Нужна тарифная зона T1, T2 или T3.")
    return _ZONES[plain]


@lru_cache(CACHE_SIZE)
def parse_source(cell: str) -> str:
    """Read who gave a reading, in Russian or by code; empty means the billing system."""
    plain = cell.strip().lower()
    if plain not in _SOURCES:
        raise BadCell("source", "Источник: начальное, абонент, без регистрации, контролёр или биллинг.")
    return _SOURCES[plain]


@lru_cache(CACHE_SIZE)
def parse_volume_kind(cell: str) -> str | None:
    """Read how a volume was found, in Russian or by code; empty is None."""
    plain = cell.strip().lower()
    if plain not in _VOLUME_KINDS:
        raise BadCell("volume_kind", "Вид объёма: прибор учёта, норматив, среднее или общедомовое.")
    return _VOLUME_KINDS[plain]


_meter_text = parse_number_as_text(40)


@lru_cache(CACHE_SIZE)
def parse_meter_number(cell: str) -> str:
    """Read a meter's number; it must have a letter or a digit, of which its identifier is made."""
    plain: str = _meter_text(cell)
    if not plain:
        raise BadCell("required", "Нужен номер прибора: ячейка пуста.")
    if slug(plain) == "x" and plain.lower() not in ("x", "х"):
        raise BadCell("meter_number", "В номере прибора нет ни букв, ни цифр.")
    return plain
