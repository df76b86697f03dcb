"""Prepares the sheet's fonts: PT Sans Narrow (OFL), cut down to the letters of most receipts, and the rest.

The rest of its letters are the fallback: a sheet takes of them those that it uses (`metrics.py`).

`python -m cabinet.receipts.fonts.prepare DIR` does it once, when the layer is built: cutting and embedding
a whole font is most of what a sheet costs. The build runs this file alone, so it imports
nothing of the package.
"""

import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

PACKAGE = "fontpkg_pt_sans_narrow"
WEIGHTS = {"regular": "PT_Sans-Narrow-Web-Regular.ttf", "bold": "PT_Sans-Narrow-Web-Bold.ttf"}
_TABLES = {"OS/2", "cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post", "GlyphOrder"}
"""What fpdf2 reads and a PDF reader needs of a TrueType font (ISO 32000-1, 9.9)."""

FAMILY = "sheet-"
FALLBACK = "fallback-"
"""How the files of the weights begin."""

# ASCII, the Cyrillic of Russia's languages (Tatar and Bashkir names too), the punctuation of Russian texts.
# Every further letter is in each sheet: the whole font would make it twice as large.
_ALPHABET = {
    *range(0x20, 0x7F), *range(0x400, 0x460), *map(ord, "ҒғҖҗҘҙҚқҠҡҢңҪҫҮүҰұҲҳҺһӀӘәӨө"),
    *map(ord, "\u00a0\u2011«»§°±²³·×÷½¼¾–—…“”„’№₽−≤≥≈•′″€"), *map(ord, "Ґґ"),
}  # fmt: skip


def prepare(directory: Path) -> None:
    """Write regular and bold (.ttf), the fallback of each and the fonts' licence into `directory`."""
    package = files(PACKAGE)
    directory.mkdir(parents=True, exist_ok=True)
    for weight, packaged in WEIGHTS.items():
        with as_file(package / "files" / packaged) as path:
            _subset(path, _ALPHABET).save(directory / f"{FAMILY}{weight}.ttf")
            _subset(path, _rest_of(path)).save(directory / f"{FALLBACK}{weight}.ttf")
    (directory / "OFL.txt").write_bytes((package / "LICENSE").read_bytes())


def _rest_of(path: Path) -> set[int]:
    from fontTools.ttLib import TTFont

    return set(TTFont(path).getBestCmap()) - _ALPHABET


def _subset(path: Path, alphabet: set[int]) -> "TTFont":
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    font = TTFont(path, recalcTimestamp=False)
    options = Options(hinting=False, layout_features=[], notdef_outline=True)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=alphabet)
    subsetter.subset(font)
    for tag in set(font.keys()) - _TABLES:
        del font[tag]
    return font


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
