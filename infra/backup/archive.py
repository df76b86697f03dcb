"""The folder of a backup: numbered parts and a manifest, all encrypted; each is written whole or not at all.

`backup.json` alone can be read by anybody: the format, the backup's id, when it was begun. A part is a run of
records, each a header and a body. What a part holds, its name says:

rows
    rows as they were when a table was read for the first time;
late
    rows and whole partitions that changed meanwhile, as they were at one later moment; they take their place;
objects
    objects of the buckets, in pieces.
"""

from __future__ import annotations

import json
import os
import struct
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from infra.backup.encryption import Encryptor
from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

type Kind = Literal["rows", "late", "objects"]
type Record = tuple[dict[str, Any], bytes]
"""A header and a body."""

FORMAT = 1
PART_BYTES = 4_000_000
"""Size at which a part ends, before compression: a process holds one part in memory."""
_LENGTHS = struct.Struct(">II")
_ABOUT, _MANIFEST = "backup.json", "manifest"


@dataclass(frozen=True, slots=True)
class Part:
    """One part by its number and what it holds."""

    number: int
    kind: Kind

    @property
    def name(self) -> str:
        """Return the file's name, which it is encrypted under."""
        return f"{self.number:08d}-{self.kind}"


class Archive:
    """One backup's folder and its encryptor."""

    def __init__(self, folder: Path, key: bytes) -> None:
        about = json.loads(_read(folder / _ABOUT, f"{folder} holds no backup"))
        if about["format"] != FORMAT:
            raise CommandError(f"{folder} has format {about['format']}, this program reads {FORMAT}")
        self.folder = folder
        self.encryptor = Encryptor(key, about["id"])
        self.id: str = about["id"]
        self.begun_at: str = about["begun_at"]

    @classmethod
    def begin(cls, folder: Path, key: bytes) -> Archive:
        """Return the backup in a folder, begun now unless it was before; raises CommandError."""
        if not (folder / _ABOUT).exists():
            folder.mkdir(parents=True, exist_ok=True)
            if any(path.name != _unfinished(path.with_name(_ABOUT)).name for path in folder.iterdir()):
                raise CommandError(f"{folder} is not empty and no backup")
            begun = datetime.now(UTC).isoformat(timespec="seconds")
            about = {"format": FORMAT, "id": uuid.uuid4().hex, "begun_at": begun}
            write_whole(folder / _ABOUT, json.dumps(about).encode())
        (folder / "parts").mkdir(exist_ok=True)
        return cls(folder, key)

    @property
    def is_finished(self) -> bool:
        """Tell whether the manifest is there, which is written last."""
        return (self.folder / _MANIFEST).exists()

    def write_part(self, part: Part, records: Iterable[Record]) -> None:
        """Write a part; a part of a crashed run that was not noted yet is overwritten."""
        content = b"".join(each for header, body in records for each in _packed(header, body))
        write_whole(self.folder / "parts" / part.name, self.encryptor.encrypt(part.name, content))

    def read_part(self, part: Part) -> Iterator[Record]:
        """Yield a part's records; raises CommandError when it is missing or was changed."""
        missing = f"part {part.name} is missing"
        content = self.encryptor.decrypt(part.name, _read(self.folder / "parts" / part.name, missing))
        at = 0
        while at < len(content):
            header_length, body_length = _LENGTHS.unpack_from(content, at)
            body_at = at + _LENGTHS.size + header_length
            header = json.loads(content[at + _LENGTHS.size : body_at])
            at = body_at + body_length
            yield header, content[body_at:at]

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Finish the backup."""
        write_whole(self.folder / _MANIFEST, self.encryptor.encrypt(_MANIFEST, json.dumps(manifest).encode()))

    def remove_unknown(self, parts: Iterable[Part]) -> None:
        """Remove files of crashed runs that were not noted yet."""
        known = {part.name for part in parts}
        for path in (self.folder / "parts").iterdir():
            if path.name not in known:
                path.unlink()

    def manifest(self) -> dict[str, Any]:
        """Return what the backup consists of; raises CommandError for one that is not finished."""
        encrypted = _read(self.folder / _MANIFEST, f"{self.folder} is not finished: run cabinet backup again")
        manifest: dict[str, Any] = json.loads(self.encryptor.decrypt(_MANIFEST, encrypted))
        return manifest

    def parts(self, kind: Kind) -> Iterator[Part]:
        """Yield the finished backup's parts of a kind, in the order in which they were written."""
        for number, part_kind in self.manifest()["parts"]:
            if part_kind == kind:
                yield Part(number, part_kind)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in one step, so that it is there whole or not at all, also after a power cut."""
    unfinished = _unfinished(path)
    with unfinished.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _unfinished(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _packed(header: dict[str, Any], body: bytes) -> tuple[bytes, bytes, bytes]:
    written = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    return _LENGTHS.pack(len(written), len(body)), written, body


def _read(path: Path, missing: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise CommandError(missing) from None
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from None
