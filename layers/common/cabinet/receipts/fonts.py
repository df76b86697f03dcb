"""Prepares the sheet's fonts: PT Sans Narrow (OFL), cut down to the letters that a receipt can hold.

`python -m cabinet.receipts.fonts DIR` does it once, when the layer is built; the function then neither
ships nor loads fontTools. The build runs this file alone, without the package, so it imports nothing of it.
"""

import json
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

PACKAGE = "fontpkg_pt_sans_narrow"
WEIGHTS = {"regular": "PT_Sans-Narrow-Web-Regular.ttf", "bold": "PT_Sans-Narrow-Web-Bold.ttf"}
TABLES = ("glyf", "head", "hhea", "hmtx", "loca", "maxp")
"""What a PDF reader needs of a TrueType font whose characters are addressed by glyph (ISO 32000-1, 9.9)."""

# ASCII, Latin-1, all Cyrillic (Tatar and Bashkir names too), and the punctuation of Russian texts.
_ALPHABET = {
    *range(0x20, 0x7F), *range(0xA0, 0x100), *range(0x400, 0x530), *range(0x2010, 0x2027),
    *map(ord, "№₽−≤≥≈•‰′″€"),
}  # fmt: skip


def prepare(directory: Path) -> None:
    """Write regular and bold (.ttf, .json) and the fonts' licence into `directory`."""
    package = files(PACKAGE)
    directory.mkdir(parents=True, exist_ok=True)
    for weight, packaged in WEIGHTS.items():
        with as_file(package / "files" / packaged) as path:
            font = _subset(path)
            font.save(directory / f"{weight}.ttf")
        (directory / f"{weight}.json").write_text(json.dumps(_metrics(font), ensure_ascii=False))
    (directory / "OFL.txt").write_bytes((package / "LICENSE").read_bytes())


def _subset(path: Path) -> "TTFont":
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    font = TTFont(path, recalcTimestamp=False)
    options = Options(hinting=False, layout_features=[], notdef_outline=True, glyph_names=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=_ALPHABET)
    subsetter.subset(font)
    _flatten_composites(font)
    kept = {*TABLES, "OS/2", "cmap", "name", "post"}
    for tag in set(font.keys()) - kept - {"GlyphOrder"}:
        del font[tag]
    return font


def _flatten_composites(font: "TTFont") -> None:
    """Copy the parts of й or ё into their own outlines, so that each glyph stands alone."""
    from fontTools.pens.recordingPen import DecomposingRecordingPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    glyph_set, outlines = font.getGlyphSet(), font["glyf"]
    for name in font.getGlyphOrder():
        if outlines[name].isComposite():
            recording, pen = DecomposingRecordingPen(glyph_set), TTGlyphPen(None)
            glyph_set[name].draw(recording)
            recording.replay(pen)
            outlines[name] = pen.glyph()


def _metrics(font: "TTFont") -> dict[str, object]:
    scale = 1000 / font["head"].unitsPerEm
    head, os2 = font["head"], font["OS/2"]
    advances = {name: round(advance * scale) for name, (advance, _) in font["hmtx"].metrics.items()}
    return {
        "name": font["name"].getDebugName(6),
        "ascent": round(font["hhea"].ascent * scale),
        "descent": round(font["hhea"].descent * scale),
        "cap_height": round(os2.sCapHeight * scale),
        "stem": round(50 + (os2.usWeightClass / 65) ** 2),
        "box": [round(side * scale) for side in (head.xMin, head.yMin, head.xMax, head.yMax)],
        "glyphs": {
            chr(code): (font.getGlyphID(name), advances[name]) for code, name in font.getBestCmap().items()
        },
    }


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
