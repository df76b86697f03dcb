"""The two faces that sheets are set in, read once a process."""

import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cabinet.receipts.fonts import prepare
from cabinet.receipts.typeface import Typeface

PREPARED = "cabinet_receipt_fonts"
"""The directory of prepared fonts: looked for beside the packages, because layers are not always in /opt."""


class Faces(NamedTuple):
    """Regular and bold."""

    regular: Typeface
    bold: Typeface


@cache
def faces() -> Faces:
    """Return the faces: prepared ones where the layer has them, else cut now (a fresh checkout, a second)."""
    for place in sys.path:
        if (directory := Path(place) / PREPARED).is_dir():
            return _read(directory)
    with tempfile.TemporaryDirectory() as fresh:
        prepare(Path(fresh))
        return _read(Path(fresh))


def _read(directory: Path) -> Faces:
    return Faces(*(Typeface.read(directory / f"{weight}.ttf") for weight in Faces._fields))
