"""One face of the sheet's typeface: measures texts, because a sheet measures each before it sets it."""

from dataclasses import dataclass


class Advances(dict[str, int]):
    """Advances by character, in thousandths of the size; what the face lacks is as wide as a digit."""

    def __missing__(self, character: str) -> int:
        return self["0"]


@dataclass(frozen=True, slots=True)
class Typeface:
    """The style by which fpdf2 knows the face ("" or "B"), and the advances of its characters."""

    style: str
    advances: Advances

    def width(self, text: str, size: float) -> float:
        """Return the length of `text` in points when set in `size` points."""
        return sum(map(self.advances.__getitem__, text)) * size / 1000
