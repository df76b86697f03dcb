"""An address in one cell, as banks write it: which part is the street, the house, the flat. Pure."""

import re
from collections.abc import Sequence

from cabinet.exchange.formats import cell_parsers
from cabinet.exchange.formats.cell_parsers import BadCell

# A name may begin alike: «Дружбы», «Долгодеревенское», «Квартальная».
_HOUSE = re.compile(r"(?:дом|д)(?:\.\s*|\s+|(?=\d))(\S.*)", re.IGNORECASE)
_FLAT = re.compile(r"(?:квартира|кв)(?:\.\s*|\s+|(?=\d))(\S.*)", re.IGNORECASE)
_BLOCK = re.compile(
    r"(?:корпус|корп|к|строение|стр|литера?|лит|сооружение|соор)(?:\.\s*|\s+|(?=\d))\d*\s?[а-яa-z]?(?:/\d+)?",
    re.IGNORECASE,
)
"""A part of the house's number («к. 2», «стр. 1», «лит. А»), though after a comma."""
_NUMBERED = re.compile(r"\d|(?:дом|д)\b", re.IGNORECASE)


def split_address(cell: str) -> list[str]:
    """Part an address at its commas; what belongs to the house before it stays with the house."""
    parts: list[str] = []
    for part in (part.strip() for part in cell_parsers.parse_text(240)(cell).split(",")):
        if parts and _BLOCK.fullmatch(part) and _NUMBERED.match(parts[-1]):
            parts[-1] = f"{parts[-1]} {part}"
        else:
            parts.append(part)
    return parts


def parse_positional(cell: str) -> dict[str, str]:
    """Read ``Город,Улица,Дом,Кв`` in this order; a street's own commas stay with the street."""
    parts = split_address(cell)
    if len(parts) < 3 or not any(parts):
        raise BadCell("address", "Нужен адрес вида Город,Улица,Дом,Кв.")
    flat = parts.pop() if len(parts) > 3 else ""
    return _address(parts[0], parts[1:-1], parts[-1], flat)


def parse_labelled(cell: str) -> dict[str, str]:
    """Read «г. Челябинск, ул. Кыштымская, д. 10, к. 2, кв. 10», or the same parts without their names."""
    parts = [part for part in split_address(cell) if part]
    flat = next((part for part in parts if _FLAT.fullmatch(part)), "")
    house = next((part for part in parts if _HOUSE.fullmatch(part)), "")
    if not house and len(parts) >= 4:
        flat, house = parts[-1], parts[-2]
    elif not house and len(parts) == 3:
        house = parts[-1]
    rest = [part for part in parts if part not in (house, flat)]
    return _address(", ".join(rest[:-1]), rest[-1:], house, flat)


def _address(city: str, street: Sequence[str], house: str, flat: str) -> dict[str, str]:
    if not house:
        raise BadCell(
            "address", "В адресе нет номера дома: нужно как «г. Челябинск, ул. Ленина, д. 1, кв. 2»."
        )
    number = cell_parsers.parse_number_as_text(20)
    return {
        "city": city,
        "street": ", ".join(street),
        "house": cell_parsers.read_cell("Дом", cell_parsers.required(number), _bare(_HOUSE, house)),
        "flat": cell_parsers.read_cell("Квартира", number, _bare(_FLAT, flat)),
    }


def _bare(pattern: re.Pattern[str], part: str) -> str:
    matched = pattern.fullmatch(part)
    return matched[1] if matched else part
