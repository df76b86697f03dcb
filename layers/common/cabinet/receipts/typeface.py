"""One face of the sheet's typeface: measures text, and says where the font file is that a document embeds.

Read once and shared by all documents: a sheet measures every text before it sets it.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self


class Advances(dict[str, int]):
    """Advances by character, in thousandths of the size; what the face lacks is as wide as a digit."""

    def __missing__(self, character: str) -> int:
        return self["0"]


@dataclass(frozen=True, slots=True)
class Typeface:
    """A prepared face (see `fonts.py`): its file and the advances of its characters."""

    path: Path
    advances: Advances

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the advances beside `path` (a prepared .ttf)."""
        return cls(path, Advances(json.loads(path.with_suffix(".json").read_text("utf-8"))))

    def width(self, text: str, size: float) -> float:
        """Return the length of `text` in points when set in `size` points."""
        return sum(map(self.advances.__getitem__, text)) * size / 1000
