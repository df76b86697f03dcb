"""JSON packed into a short text: for parts of an item that are read often, and only as a whole."""

import base64
import json
import zlib
from typing import Any


def compress(value: object) -> str:
    """Return what is of JSON's types as a text of ASCII letters."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def decompress(text: str) -> Any:  # noqa: ANN401 - any of JSON's types
    """Return what `compress` was given."""
    return json.loads(zlib.decompress(base64.b64decode(text)))
