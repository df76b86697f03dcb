"""Which pictures may be a supplier's logo in the site's head: small, with nothing in them that acts. Pure.

An SVG is a document: what it may hold is named here, everything else (scripts, links, style sheets, foreign
objects, entities) is refused, not cut out.
"""

import hashlib
import re
from xml.parsers import expat

from cabinet.accounts.logo import Logo
from cabinet.core.errors import FieldError

MAX_BYTES = 32 * 1024
MAX_SIDE = 1024
"""Pixels, or an SVG's units."""

_PNG = b"\x89PNG\r\n\x1a\n"
_SVG_SPACE = "http://www.w3.org/2000/svg"
# fmt: off
_ELEMENTS = frozenset([
    "svg", "g", "defs", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon",
    "text", "tspan", "linearGradient", "radialGradient", "stop", "clipPath",
])
_ATTRIBUTES = frozenset([
    "id", "class", "version", "viewBox", "preserveAspectRatio", "width", "height", "x", "y", "x1", "y1",
    "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "dx", "dy", "d", "points", "transform", "offset",
    "color", "fill", "fill-rule", "fill-opacity", "opacity", "clip-path", "clip-rule", "clipPathUnits",
    "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-opacity",
    "stroke-dasharray", "stroke-dashoffset", "stop-color", "stop-opacity", "gradientUnits",
    "gradientTransform", "spreadMethod", "font-family", "font-size", "font-weight", "font-style",
    "text-anchor", "letter-spacing", "role", "aria-label", "aria-hidden", "focusable",
])
# fmt: on
_EXTERNAL_REFERENCE = re.compile(r"url\(\s*(?!#[\w-]+\s*\))|[\\@]|javascript:", re.IGNORECASE)
"""Matches references in an attribute to anything outside the picture, and what may hide one."""


class InvalidLogo(Exception):
    """Why a picture cannot be the logo: a sentence for the person who sets up the supplier."""

    @property
    def issue(self) -> FieldError:
        """Return it as an issue of the settings."""
        return FieldError("branding.logo", "logo", str(self))


def check(content: bytes) -> Logo:
    """Return the logo that a file holds, whatever the file is called; raises InvalidLogo."""
    if len(content) > MAX_BYTES:
        size = f"{len(content) / 1024:.0f}"
        raise InvalidLogo(
            f"Логотип слишком велик: {size} КБ, нужно не больше {MAX_BYTES // 1024} КБ. Уменьшите картинку."
        )
    kind, (width, height) = (
        ("png", _png_size(content)) if content.startswith(_PNG) else ("svg", _svg_size(content))
    )
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise InvalidLogo(f"Размер логотипа {width} × {height}: сторона — от 1 до {MAX_SIDE} точек.")
    if not height <= width * 2 <= height * 12:
        raise InvalidLogo(
            f"Логотип {width} × {height} не встанет в шапку: ширина — от половины до шести высот."
        )
    return Logo(f"{hashlib.sha256(content).hexdigest()[:16]}-{width}x{height}.{kind}", content)


def _png_size(content: bytes) -> tuple[int, int]:
    """Return width and height; the picture must be whole, with nothing behind its end."""
    at, names = len(_PNG), []
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4])
        names.append(content[at + 4 : at + 8])
        at += 12 + length
    if at != len(content) or names[:1] != [b"IHDR"] or names[-1:] != [b"IEND"]:
        raise InvalidLogo("Файл логотипа повреждён: это не целая картинка PNG.")
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def _svg_size(content: bytes) -> tuple[int, int]:
    """Return width and height by the view box, else by the attributes; refuse what may act."""
    root: dict[str, str] = {}
    parser = expat.ParserCreate(namespace_separator=" ")

    def reject_doctype(*_: object) -> None:
        raise InvalidLogo("В логотипе SVG нельзя <!DOCTYPE> и свои сущности: сохраните картинку без них.")

    def reject_instruction(target: str, _: str) -> None:
        raise InvalidLogo(f"В логотипе SVG нельзя <?{target}?>: сохраните картинку без него.")

    def on_element(name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if not root and (space, local) != (_SVG_SPACE, "svg"):
            raise InvalidLogo("Логотип — картинка PNG или SVG; этот файл — ни то, ни другое.")
        if space != _SVG_SPACE or local not in _ELEMENTS:
            raise InvalidLogo(f"В логотипе SVG нельзя <{local}>: сохраните картинку контурами, без него.")
        for attribute, value in attributes.items():
            if attribute not in _ATTRIBUTES or _EXTERNAL_REFERENCE.search(value):
                raise InvalidLogo(
                    f"В логотипе SVG нельзя {attribute.rpartition(' ')[2]}=«{value[:40]}» у <{local}>."
                )
        if not root:
            root.update(attributes, svg="yes")

    parser.StartDoctypeDeclHandler = reject_doctype
    parser.ProcessingInstructionHandler = reject_instruction
    parser.StartElementHandler = on_element
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        raise InvalidLogo("Логотип — картинка PNG или SVG; этот файл — ни то, ни другое.") from None
    return _view(root)


def _view(root: dict[str, str]) -> tuple[int, int]:
    sides = root.get("viewBox", "").replace(",", " ").split()[2:] or [
        root.get("width", ""),
        root.get("height", ""),
    ]
    numbers = [re.fullmatch(r"(\d{1,6}(?:\.\d+)?)(?:px)?", side) for side in sides]
    if len(numbers) != 2 or not (numbers[0] and numbers[1]):
        raise InvalidLogo("У логотипа SVG нет размера: нужен viewBox или width и height числами.")
    return max(1, round(float(numbers[0][1]))), max(1, round(float(numbers[1][1])))
