"""The colours that a supplier's own colour comes to, in both themes, with letters that can be read. Pure.

The contrast is WCAG 2.2's (1.4.3): 4.5 : 1 at least between letters and their background.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cabinet.accounts.supplier_model import Branding
from cabinet.core.errors import FieldError

MIN_CONTRAST = 4.5
LIGHT_BACKGROUNDS, DARK_BACKGROUNDS = ("#ffffff", "#f3f6f5", "#edf2f1"), ("#18211f", "#0f1615", "#212c2a")
"""Backgrounds of text, the surface first: `web/src/styles/tokens.css`."""
_WHITE, _BLACK = "#ffffff", "#000000"
_STEPS = 20


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one theme, `#rrggbb`: buttons and links, pressed, as a tint, letters on a button."""

    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str


def find_issues(branding: Branding) -> list[FieldError]:
    """Return what is wrong with a supplier's branding; a refusal names a colour that would do."""
    if branding.accent is None or _is_readable(_light(branding.accent), LIGHT_BACKGROUNDS):
        return []
    contrast = f"{_contrast(branding.accent, _WHITE):.1f}".replace(".", ",")
    message = (
        f"Цвет {branding.accent} слишком светлый: белые буквы на нём не прочесть "
        f"(контраст {contrast}, нужно не меньше 4,5). Подойдёт {_darker(branding.accent)}."
    )
    return [FieldError("branding.accent", "contrast", message)]


@lru_cache(maxsize=64)
def palettes(accent: str) -> tuple[Palette, Palette]:
    """Return the light and the dark theme's palette; the dark accent is as bright as it must be."""
    shades = _steps(accent, _WHITE)
    dark = next(each for each in map(_dark, shades) if _is_readable(each, DARK_BACKGROUNDS))
    return _light(accent), dark


def _darker(accent: str) -> str:
    return next(each for each in _steps(accent, _BLACK) if _is_readable(_light(each), LIGHT_BACKGROUNDS))


def _light(accent: str) -> Palette:
    return Palette(accent, _mix(accent, _BLACK, 0.2), _mix(accent, _WHITE, 0.88), _WHITE)


def _dark(accent: str) -> Palette:
    soft = _mix(accent, DARK_BACKGROUNDS[0], 0.82)
    return Palette(accent, _mix(accent, _WHITE, 0.25), soft, _mix(accent, _BLACK, 0.88))


def _is_readable(palette: Palette, backgrounds: tuple[str, ...]) -> bool:
    """Tell whether letters can be read on buttons, and links on every background."""
    pairs = [
        (palette.accent, background) for background in (*backgrounds, palette.accent_soft, palette.on_accent)
    ]
    pairs.append((palette.accent_hover, palette.on_accent))
    return all(_contrast(letters, background) >= MIN_CONTRAST for letters, background in pairs)


def _steps(colour: str, towards: str) -> Iterator[str]:
    return (_mix(colour, towards, step / _STEPS) for step in range(_STEPS + 1))


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(colour: str, other: str, share: float) -> str:
    """Return `colour` with so large a `share` of the other one."""
    pairs = zip(_parts(colour), _parts(other), strict=True)
    return "#" + "".join(f"{round(ours + (theirs - ours) * share):02x}" for ours, theirs in pairs)


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in _parts(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
