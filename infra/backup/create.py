"""Takes a backup while the cabinet works: every row once, what changed meanwhile once more, then the objects.

Consistency. The first pass reads every row of every table, the second one checks whether it has changed. A
row with equal content in both passes had it at the moment T between them, so all such rows together are the
tables at T. What changed is read again with everything that may be written in one transaction with it
(`changed_groups`), at one later moment. So each account, with its orders and what they posted, is of one
moment, and no transaction spans two of different moments.

Every step is recorded together with the part that it wrote: the same command resumes after a crash.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.backup.archive import PART_BYTES, Archive, Kind, Part, Record
from infra.backup.changed_groups import ChangedGroups
from infra.backup.reference_rules import TABLES
from infra.backup.row_index import RowIndex
from infra.backup.row_json import Attributes, decode_row, encode_row, key_of
from infra.backup.services import BUCKETS, Services

if TYPE_CHECKING:
    from collections.abc import Callable

INDEX = "progress.db"
PIECE_BYTES = 8_000_000
"""An object is stored in pieces of this size."""
_KEPT_HEADERS = ("ContentType", "ContentDisposition", "ContentEncoding", "CacheControl", "Metadata")
_DONE = b"done"


class Backup:
    """One backup in progress; `run` continues where an earlier run stopped."""

    def __init__(self, archive: Archive, services: Services, report: Callable[[str], None]) -> None:
        self._archive = archive
        self._encryptor = archive.encryptor
        self._services = services
        self._report = report
        self._index = RowIndex(archive.folder / INDEX)
        self._waiting: list[Record] = []
        self._waiting_bytes = 0

    def run(self) -> dict[str, Any]:
        """Take what is still to be taken and return the manifest.

        Raises
        ------
        CommandError
            A group of rows kept changing, or the storage does not answer: the same command continues.
        """
        try:
            for table in TABLES:
                self._step(f"copy {table}", partial(self._copy, table))
            for table in TABLES:
                self._step(f"look at {table} again", partial(self._look_again, table))
            self._step("find what was there before", self._note_former_rows)
            groups = ChangedGroups(self._archive, self._services, self._index)
            self._step("read again what changed", groups.run)
            for bucket in BUCKETS:
                self._step(f"copy {bucket}", partial(self._copy_objects, bucket))
            manifest = self._manifest()
            self._archive.remove_unknown(Part(number, kind) for number, kind in manifest["parts"])
            self._archive.write_manifest(manifest)
        finally:
            self._index.close()
        for path in self._archive.folder.glob(f"{INDEX}*"):
            path.unlink()
        return manifest

    def _step(self, name: str, work: Callable[[], None]) -> None:
        if self._index.noted(name) == _DONE:
            return
        self._report(name)
        work()
        self._index.note(name, _DONE)
        self._index.commit()

    # ------------------------------------------------------------------ tables

    def _copy(self, table: str) -> None:
        cursor = f"cursor of {table}"
        for rows, after in self._services.pages(table, self._cursor(cursor)):
            part = self._index.next_part()
            for row in rows:
                content = encode_row(row)
                self._index.put(
                    self._encryptor.row_id(table, *key_of(row)), table, self._encryptor.digest(content), part
                )
                self._add({"table": table}, content)
            if self._waiting_bytes >= PART_BYTES or after is None:
                self._write("rows")
                self._save_cursor(cursor, after)
                self._index.commit()

    def _look_again(self, table: str) -> None:
        cursor = f"second cursor of {table}"
        for rows, after in self._services.pages(table, self._cursor(cursor)):
            for row in rows:
                content = encode_row(row)
                row_id = self._encryptor.row_id(table, *key_of(row))
                known = self._index.get(row_id)
                if known is not None and known.digest == self._encryptor.digest(content):
                    self._index.mark_seen(row_id)
                else:
                    self._note_changed(table, content)
            self._save_cursor(cursor, after)
            self._index.commit()

    def _note_former_rows(self) -> None:
        """Record changed and deleted rows as they were before: they name what changed with them."""
        for number in self._index.parts_with_unseen_rows():
            for header, content in self._archive.read_part(Part(number, "rows")):
                table = header["table"]
                known = self._index.get(self._encryptor.row_id(table, *key_of(decode_row(content))))
                if known is not None and not known.is_seen and known.part == number:
                    self._note_changed(table, content)

    def _note_changed(self, table: str, content: bytes) -> None:
        encrypted = self._encryptor.encrypt("changed row", json.dumps([table, content.decode()]).encode())
        self._index.db.execute("INSERT INTO changed_rows (sealed) VALUES (?)", (encrypted,))

    def _cursor(self, name: str) -> Attributes | None:
        encrypted = self._index.noted(name)
        return None if encrypted is None else decode_row(self._encryptor.decrypt(name, encrypted))

    def _save_cursor(self, name: str, after: Attributes | None) -> None:
        if after is not None:
            self._index.note(name, self._encryptor.encrypt(name, encode_row(after)))

    # ------------------------------------------------------------------ buckets

    def _copy_objects(self, bucket: str) -> None:
        """Copy objects in the order of their keys; one that was removed meanwhile is left out."""
        cursor = f"cursor of {bucket}"
        encrypted = self._index.noted(cursor)
        after = self._encryptor.decrypt(cursor, encrypted).decode() if encrypted else ""
        for key, _ in self._services.objects(bucket, after):
            self._copy_object(bucket, key)
            self._index.note(cursor, self._encryptor.encrypt(cursor, key.encode()))
            if self._waiting_bytes >= PART_BYTES:
                self._write("objects")
                self._index.commit()
        self._write("objects")

    def _copy_object(self, bucket: str, key: str) -> None:
        try:
            found = self._services.s3.get_object(Bucket=self._services.buckets[bucket], Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return
            raise
        kept = {name: found[name] for name in _KEPT_HEADERS if found.get(name)}
        content, whole, number = found["Body"], sha256(), 0
        piece = content.read(PIECE_BYTES)
        while True:
            following = content.read(PIECE_BYTES) if len(piece) == PIECE_BYTES else b""
            whole.update(piece)
            header = {"bucket": bucket, "key": key, "piece": number, "last": not following}
            self._add(header | ({"kept": kept} if number == 0 else {}), piece)
            if not following:
                break
            self._write("objects")  # noted with the object's last piece: a death begins the object anew
            piece, number = following, number + 1
        size = number * PIECE_BYTES + len(piece)
        self._index.db.execute(
            "INSERT OR REPLACE INTO objects (id, source, digest, size) VALUES (?, ?, ?, ?)",
            (self._encryptor.row_id(bucket, key, ""), bucket, whole.digest(), size),
        )

    # ------------------------------------------------------------------ parts

    def _add(self, header: dict[str, Any], body: bytes) -> None:
        self._waiting.append((header, body))
        self._waiting_bytes += len(body)

    def _write(self, kind: Kind) -> None:
        if self._waiting:
            part = Part(self._index.next_part(), kind)
            self._archive.write_part(part, self._waiting)
            self._index.add_part(part.number, kind)
        self._waiting, self._waiting_bytes = [], 0

    def _manifest(self) -> dict[str, Any]:
        objects = self._index.db.execute(
            "SELECT source, count(*), coalesce(sum(size), 0) FROM objects GROUP BY source"
        )
        return {
            "begun_at": self._archive.begun_at,
            "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "tables": {table: self._index.totals(table) for table in TABLES},
            "buckets": {source: (count, size) for source, count, size in objects},
            "parts": self._index.parts(),
        }
