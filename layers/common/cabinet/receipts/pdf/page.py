"""One page: text, rules and fills as content operators, each tagged or marked as decoration.

Coordinates are points from the upper left corner; a text's `y` is its baseline.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from cabinet.receipts.pdf.tags import Mark, Tag
from cabinet.receipts.typeface import Typeface

A4_LANDSCAPE = (841.89, 595.28)


class _Codes(dict[str, str]):
    """Characters met so far and their glyphs' numbers, as content streams write them."""

    def __init__(self, face: Typeface) -> None:
        self._face = face

    def __missing__(self, character: str) -> str:
        code = self[character] = f"{self._face.glyph(character).index:04X}"
        return code


class Lettering:
    """A typeface as one document uses it: a name in the page's resources, and the glyphs met so far."""

    def __init__(self, resource: str, face: Typeface) -> None:
        self.resource = resource
        self.face = face
        self._codes = _Codes(face)

    def encode(self, text: str) -> str:
        """Return `text` as hexadecimal glyph numbers."""
        return "".join(map(self._codes.__getitem__, text))

    @property
    def used(self) -> dict[int, str]:
        """Numbers of the glyphs that were set, and the character that each stands for."""
        return {int(code, 16): character for character, code in sorted(self._codes.items(), reverse=True)}


class Page:
    """The content of a page, written from its first operator to its last."""

    def __init__(self, index: int, size: tuple[float, float] = A4_LANDSCAPE) -> None:
        self.index = index
        self.width, self.height = size
        self._operators: list[str] = []
        self._marks = 0

    @contextmanager
    def tagged(self, tag: Tag) -> Iterator[None]:
        """Whatever is drawn within belongs to `tag`."""
        self._operators.append(f"/{tag.kind} <</MCID {self._marks}>> BDC")
        tag.kids.append(Mark(self.index, self._marks))
        self._marks += 1
        yield
        self._operators.append("EMC")

    @contextmanager
    def decoration(self) -> Iterator[None]:
        """Whatever is drawn within is skipped by screen readers: rules, repeated heads, page numbers."""
        self._operators.append("/Artifact BMC")
        yield
        self._operators.append("EMC")

    def text(self, x: float, y: float, text: str, lettering: Lettering, size: float) -> None:
        """Set one line of text with its baseline at `y`."""
        if text:
            self._operators.append(
                f"BT /{lettering.resource} {size:g} Tf {x:.2f} {self.height - y:.2f} Td"
                f" <{lettering.encode(text)}> Tj ET"
            )

    def lines(self, segments: Iterable[tuple[float, float, float, float]], width: float, grey: float) -> None:
        """Stroke straight lines (x1, y1, x2, y2)."""
        top = self.height
        path = " ".join(f"{x1:.2f} {top - y1:.2f} m {x2:.2f} {top - y2:.2f} l" for x1, y1, x2, y2 in segments)
        self._operators.append(f"{width:g} w {grey:g} G {path} S")

    def fill(self, x: float, y: float, width: float, height: float, grey: float) -> None:
        """Fill a rectangle whose upper left corner is (x, y)."""
        self._operators.append(
            f"{grey:g} g {x:.2f} {self.height - y - height:.2f} {width:.2f} {height:.2f} re f 0 g"
        )

    def bitmap(self, x: float, y: float, side: float, size: int, rows: bytes) -> None:
        """Ink a square picture of `size` × `size` bits, 0 for black, whose upper left corner is (x, y)."""
        self._operators.append(
            f"q {side:.3f} 0 0 {side:.3f} {x:.2f} {self.height - y - side:.2f} cm\n"
            f"BI /W {size} /H {size} /IM true /F /AHx ID {rows.hex().upper()}> EI Q"
        )

    def content(self) -> bytes:
        """Return the content stream."""
        return "\n".join(self._operators).encode("ascii")
