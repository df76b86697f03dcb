"""The file format: numbered objects in, bytes of a PDF 1.7 file out (ISO 32000-1, 7.5).

All that is not a stream goes into one compressed object stream, which keeps hundreds of tags small.
The same objects always give the same bytes: no clock, no random identifier.
"""

import hashlib
import zlib
from dataclasses import dataclass
from struct import Struct

_HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_COMPRESSION = 6
_PLACE = Struct(">BIH")


class Ref(int):
    """The number of an object; prints as a reference to it."""

    def __str__(self) -> str:
        return f"{int(self)} 0 R"

    __format__ = object.__format__


@dataclass(frozen=True, slots=True)
class _Stream:
    entries: str
    data: bytes


def text_string(text: str) -> str:
    """Write a text string for readers' menus and screen readers, in UTF-16."""
    return f"<FEFF{text.encode('utf-16-be').hex().upper()}>"


class PdfFile:
    """The objects of a file, in the order of their numbers."""

    def __init__(self) -> None:
        self._objects: list[str | _Stream] = []

    def reserve(self) -> Ref:
        """Give out a number whose object comes later, for objects that point at each other."""
        self._objects.append("null")
        return Ref(len(self._objects))

    def put(self, ref: Ref, body: str) -> None:
        """Write the object whose number was reserved."""
        self._objects[ref - 1] = body

    def add(self, body: str) -> Ref:
        """Write an object and return its number."""
        ref = self.reserve()
        self.put(ref, body)
        return ref

    def add_stream(self, data: bytes, entries: str = "") -> Ref:
        """Write a compressed stream; `entries` join its dictionary."""
        ref = self.reserve()
        self._objects[ref - 1] = _Stream(f"/Filter /FlateDecode {entries}", zlib.compress(data, _COMPRESSION))
        return ref

    def to_bytes(self, catalog: Ref, info: Ref) -> bytes:
        """Return the file; the identifier in its trailer is a digest of what it holds."""
        out = bytearray(_HEADER)
        container = Ref(len(self._objects) + 1)
        places: list[bytes] = [_place(0, 0, 65535)]
        packed: list[tuple[int, str]] = []
        for number, body in enumerate(self._objects, 1):
            if isinstance(body, _Stream):
                places.append(_place(1, len(out), 0))
                out += _stream_object(number, body)
            else:
                places.append(_place(2, container, len(packed)))
                packed.append((number, body))
        places.append(_place(1, len(out), 0))
        out += _stream_object(container, _object_stream(packed))
        start = len(out)
        places.append(_place(1, start, 0))
        identifier = hashlib.sha256(out).hexdigest()[:32]
        table = _Stream(
            f"/Type /XRef /Size {len(places)} /W [1 4 2] /Root {catalog} /Info {info}"
            f" /ID [<{identifier}> <{identifier}>] /Filter /FlateDecode",
            zlib.compress(b"".join(places), _COMPRESSION),
        )
        out += _stream_object(container + 1, table)
        out += f"startxref\n{start}\n%%EOF\n".encode()
        return bytes(out)


def _place(kind: int, where: int, which: int) -> bytes:
    """One row of the cross-reference stream: free (0), at an offset (1) or inside an object stream (2)."""
    return _PLACE.pack(kind, where, which)


def _stream_object(number: int, stream: _Stream) -> bytes:
    head = f"{int(number)} 0 obj\n<</Length {len(stream.data)} {stream.entries}>>\nstream\n"
    return head.encode() + stream.data + b"\nendstream\nendobj\n"


def _object_stream(packed: list[tuple[int, str]]) -> _Stream:
    index, bodies, offset = [], [], 0
    for number, body in packed:
        index.append(f"{number} {offset}")
        bodies.append(body)
        offset += len(body) + 1
    head = " ".join(index) + "\n"
    data = zlib.compress((head + "\n".join(bodies)).encode("ascii"), _COMPRESSION)
    entries = f"/Type /ObjStm /N {len(packed)} /First {len(head)} /Filter /FlateDecode"
    return _Stream(entries, data)
