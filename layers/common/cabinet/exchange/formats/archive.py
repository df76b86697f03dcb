"""Opens what arrived, a file or a ZIP, within bounds: decoded lines, never a whole file in memory."""

import codecs
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cabinet.accounts.supplier_model import RegistryEncoding
from cabinet.exchange.formats import encoding
from cabinet.exchange.model import Issue, Location, RegistryRejected

MAX_FILE_BYTES = 50_000_000
MAX_UNPACKED_BYTES = 1_000_000_000
MAX_MEMBERS = 100
MAX_RATIO = 200
"""Unpacked to packed; tables of numbers reach 30, bombs begin at 1000."""
MAX_LINE_BYTES = 16_384

_SMALL_MEMBER = 1_000_000
"""A member below this size may have any ratio: a file of equal rows is no bomb."""
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_PIECE_BYTES = 1 << 20
_BUFFER_BYTES = 1 << 16
_DOS_END = b"\x1a"
"""Ctrl-Z, with which programs of DOS end a text."""
_LEFT_BY_FINDER = ("__macosx/", ".ds_store", "._", "desktop.ini", "thumbs.db")
"""Beginnings of a path or of its last part: what Finder and Explorer add to a ZIP by themselves."""
_UTF_8_NAME = 0x800
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


class Line(NamedTuple):
    """One line without its end; `text` is None when its bytes are not text in the file's encoding."""

    location: Location
    text: str | None


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """One file to read: `name` is empty when it is not inside a ZIP."""

    name: str
    opened: Callable[[], BinaryIO]

    def lines(self, given: RegistryEncoding | None = None) -> Iterator[Line]:
        """Yield the lines, read in the encoding that is `given` or found.

        Raises
        ------
        RegistryRejected
            Another encoding, an endless line, a torn archive.
        """
        with _reject_truncated(self.name), self.opened() as stream:
            codec: str = self._encoding(given)
            number = 0
            while raw := stream.readline(MAX_LINE_BYTES + 1):
                number += 1
                location = Location(self.name, number)
                if len(raw) > MAX_LINE_BYTES:
                    raise RegistryRejected(
                        "line_too_long", f"Строка длиннее {MAX_LINE_BYTES} байт.", location
                    )
                if number == 1:
                    raw = raw.removeprefix(codecs.BOM_UTF8) if codec == "utf-8" else raw
                yield Line(location, _decoded(raw.rstrip(b"\r\n" + _DOS_END), codec))

    def _encoding(self, given: RegistryEncoding | None) -> RegistryEncoding:
        """Judge by the whole file: 256 KB of digits may come before the first letter."""
        with self.opened() as stream:
            if stream.read(8).startswith(_ARCHIVES):
                raise RegistryRejected(
                    "nested_archive", "Архив внутри архива не принимается.", Location(self.name, 0)
                )
        with self.opened() as stream:
            content = iter(lambda: stream.read(_PIECE_BYTES), b"")
            try:
                return encoding.detect(content) if given is None else encoding.confirm(content, given)
            except encoding.UnknownEncoding as error:
                raise RegistryRejected("encoding", str(error), Location(self.name, 0)) from None


@contextmanager
def members(path: Path) -> Iterator[list[ArchiveMember]]:
    """Open the file at `path` and give its members; raises RegistryRejected where the bounds are passed."""
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise too_large(size)
    with path.open("rb") as stream:
        start = stream.read(8)
    if not size:
        raise RegistryRejected("empty", "Файл пуст.")
    if not start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if start.startswith(_ARCHIVES):
            raise RegistryRejected("archive", "Из архивов принимается только ZIP.")
        yield [ArchiveMember("", lambda: path.open("rb"))]
        return
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN_ZIP:
        raise RegistryRejected("broken_zip", "ZIP повреждён и не открывается.") from None
    with archive:
        yield [_member(archive, info) for info in _limit_size(archive)]


def too_large(size: int) -> RegistryRejected:
    """Return the refusal of a file of `size` bytes."""
    return RegistryRejected(
        "too_large", f"Файл {size / 1e6:.0f} МБ; принимается не более {MAX_FILE_BYTES / 1e6:.0f} МБ."
    )


def bad_encoding(location: Location) -> Issue:
    """Return what to say of a line whose bytes are not text."""
    return Issue(location, "", "encoding", "Строка не читается в кодировке файла.")


def _decoded(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError:
        return None


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> ArchiveMember:
    def opened() -> BinaryIO:  # the archive's own stream parts lines one by one, in Python
        return io.BufferedReader(archive.open(info), _BUFFER_BYTES)  # type: ignore[type-var]

    return ArchiveMember(_name(info), opened)


def _limit_size(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the archive's files when their number, sizes and ratios are those of a registry."""
    files = [info for info in archive.infolist() if not info.is_dir() and not _was_added(info)]
    if not files or len(files) > MAX_MEMBERS:
        raise RegistryRejected("members", f"В ZIP должно быть от 1 до {MAX_MEMBERS} файлов.")
    if sum(info.file_size for info in files) > MAX_UNPACKED_BYTES:
        raise RegistryRejected("zip_bomb", "ZIP распаковывается в слишком большой объём.")
    for info in files:
        location = Location(_name(info), 0)
        if info.flag_bits & 0x1:
            raise RegistryRejected("encrypted", "Файл в ZIP защищён паролем.", location)
        if info.file_size > _SMALL_MEMBER and info.file_size > MAX_RATIO * max(1, info.compress_size):
            raise RegistryRejected("zip_bomb", "Степень сжатия файла неправдоподобна.", location)
        if info.filename.lower().endswith((".zip", ".rar", ".7z", ".gz")):
            raise RegistryRejected("nested_archive", "Архив внутри архива не принимается.", location)
        if info.filename.startswith("[Content_Types]"):
            raise RegistryRejected("spreadsheet", "Это книга Excel: сохраните листы в CSV.")
    return files


def _was_added(info: zipfile.ZipInfo) -> bool:
    """Tell whether a member is not the sender's but their computer's own."""
    path = info.filename.replace("\\", "/").lower()
    return path.startswith(_LEFT_BY_FINDER) or path.rsplit("/", 1)[-1].startswith(_LEFT_BY_FINDER)


def _name(info: zipfile.ZipInfo) -> str:
    """Return a member's name fit for a report: its last part, of letters that print."""
    name = info.filename
    if not info.flag_bits & _UTF_8_NAME:
        name = name.encode("cp437", "replace").decode("cp866")  # what a Russian Windows has written
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable())[:80] or "?"


@contextmanager
def _reject_truncated(name: str) -> Iterator[None]:
    try:
        yield
    except _BROKEN_ZIP:
        raise RegistryRejected(
            "broken_zip", "ZIP повреждён: файл не читается до конца.", Location(name, 0)
        ) from None
