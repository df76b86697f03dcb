"""Opens what arrived, a file or a ZIP, within bounds: decoded lines, never a whole file in memory."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cabinet.exchange import encoding
from cabinet.exchange.model import Finding, Place, RegistryRefused

MAX_FILE_BYTES = 50_000_000
MAX_UNPACKED_BYTES = 1_000_000_000
MAX_MEMBERS = 100
MAX_RATIO = 200
"""Unpacked to packed; tables of numbers reach 30, bombs begin at 1000."""
MAX_LINE_BYTES = 16_384

_SMALL_MEMBER = 1_000_000
"""A member below this size may have any ratio: a file of equal rows is no bomb."""
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end; `text` is None when its bytes are not text in the file's encoding."""

    place: Place
    text: str | None


@dataclass(frozen=True, slots=True)
class Member:
    """One file to read: `name` is empty when it is not inside a ZIP."""

    name: str
    opened: Callable[[], BinaryIO]

    def lines(self) -> Iterator[Line]:
        """Yield the lines; raises RegistryRefused for another encoding, an endless line, a torn archive."""
        with _refusing_torn(self.name), self.opened() as stream:
            codec = self._encoding()
            number = 0
            while raw := stream.readline(MAX_LINE_BYTES + 1):
                number += 1
                place = Place(self.name, number)
                if len(raw) > MAX_LINE_BYTES:
                    raise RegistryRefused("line_too_long", f"Строка длиннее {MAX_LINE_BYTES} байт.", place)
                yield Line(place, _decoded(raw, codec if number == 1 else codec.removesuffix("-sig")))

    def _encoding(self) -> str:
        with self.opened() as stream:
            sample = stream.read(encoding.SAMPLE_BYTES)
        if sample.startswith(_ARCHIVES):
            raise RegistryRefused(
                "nested_archive", "Архив внутри архива не принимается.", Place(self.name, 0)
            )
        try:
            return encoding.detect(sample)
        except encoding.UnknownEncoding as error:
            raise RegistryRefused("encoding", str(error), Place(self.name, 0)) from None


@contextmanager
def members(path: Path) -> Iterator[list[Member]]:
    """Open the file at `path` and give its members; raises RegistryRefused where the bounds are passed."""
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise too_large(size)
    with path.open("rb") as stream:
        start = stream.read(8)
    if not size:
        raise RegistryRefused("empty", "Файл пуст.")
    if not start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if start.startswith(_ARCHIVES):
            raise RegistryRefused("archive", "Из архивов принимается только ZIP.")
        yield [Member("", lambda: path.open("rb"))]
        return
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN_ZIP:
        raise RegistryRefused("broken_zip", "ZIP повреждён и не открывается.") from None
    with archive:
        yield [_member(archive, info) for info in _bounded(archive)]


def too_large(size: int) -> RegistryRefused:
    """Return the refusal of a file of `size` bytes."""
    return RegistryRefused(
        "too_large", f"Файл {size / 1e6:.0f} МБ; принимается не более {MAX_FILE_BYTES / 1e6:.0f} МБ."
    )


def bad_encoding(place: Place) -> Finding:
    """Return what to say of a line whose bytes are not text."""
    return Finding(place, "", "encoding", "Строка не читается в кодировке файла.")


def _decoded(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec).rstrip("\r\n")
    except UnicodeDecodeError:
        return None


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    return Member(_printable(info.filename), lambda: archive.open(info))  # type: ignore[arg-type,return-value]


def _bounded(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the archive's files when their number, sizes and ratios are those of a registry."""
    files = [info for info in archive.infolist() if not info.is_dir()]
    if not files or len(files) > MAX_MEMBERS:
        raise RegistryRefused("members", f"В ZIP должно быть от 1 до {MAX_MEMBERS} файлов.")
    if sum(info.file_size for info in files) > MAX_UNPACKED_BYTES:
        raise RegistryRefused("zip_bomb", "ZIP распаковывается в слишком большой объём.")
    for info in files:
        place = Place(_printable(info.filename), 0)
        if info.flag_bits & 0x1:
            raise RegistryRefused("encrypted", "Файл в ZIP защищён паролем.", place)
        if info.file_size > _SMALL_MEMBER and info.file_size > MAX_RATIO * max(1, info.compress_size):
            raise RegistryRefused("zip_bomb", "Степень сжатия файла неправдоподобна.", place)
        if info.filename.lower().endswith((".zip", ".rar", ".7z", ".gz")):
            raise RegistryRefused("nested_archive", "Архив внутри архива не принимается.", place)
        if info.filename.startswith("[Content_Types]"):
            raise RegistryRefused("spreadsheet", "Это книга Excel: сохраните листы в CSV.")
    return files


def _printable(name: str) -> str:
    """Return a member's name fit for a report: its last part, of letters that print."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable())[:80] or "?"


@contextmanager
def _refusing_torn(name: str) -> Iterator[None]:
    try:
        yield
    except _BROKEN_ZIP:
        raise RegistryRefused(
            "broken_zip", "ZIP повреждён: файл не читается до конца.", Place(name, 0)
        ) from None
