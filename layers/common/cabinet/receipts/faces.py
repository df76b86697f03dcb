"""The two faces that sheets are set in, read once a process."""

import atexit
import shutil
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
    # Kept for as long as the process: each document embeds the files anew.
    fresh = Path(tempfile.mkdtemp(prefix="receipt-fonts-"))
    atexit.register(shutil.rmtree, fresh, ignore_errors=True)
    prepare(fresh)
    return _read(fresh)


def _read(directory: Path) -> Faces:
    return Faces(*(Typeface.read(directory / f"{weight}.ttf") for weight in Faces._fields))
