"""One face of the sheet's typeface: measures texts, because a sheet measures each before it sets it."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from cabinet.receipts.fonts.substitutes import substitute


@dataclass(frozen=True, slots=True)
class Typeface:
    """Family and style by which fpdf2 knows the face ("" or "B"), and what its characters advance by."""

    style: str
    advances: dict[str, int]
    """Widths in thousandths of the size."""
    family: str
    path: Path
    """The file, of which a document embeds the letters that it uses."""
    fallback: "Callable[[], Typeface] | None" = None
    """What sets the letters that this face lacks; it is asked for only when a text has one."""

    def width(self, text: str, size: float) -> float:
        """Return the length of `text` in points when set in `size` points."""
        try:
            return sum(map(self.advances.__getitem__, text)) * size / 1000
        except KeyError:
            return sum(face.width(run, size) for face, run in self.runs(text))

    def runs(self, text: str) -> "list[tuple[Typeface, str]]":
        """Return the text as it is set, in pieces with the face of each; see `substitute` for the rest."""
        if self.fallback is None or self.advances.keys() >= set(text):
            return [(self, text)]
        other = self.fallback()
        shown = substitute(text, self.advances.keys() | other.advances.keys())
        return [
            (self if is_own else other, "".join(run))
            for is_own, run in groupby(shown, self.advances.keys().__contains__)
        ]
