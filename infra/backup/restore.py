"""Puts a backup back into empty tables and buckets, and compares the result row by row.

Nothing is written before the whole archive was read and found sound, and before every row that is there
already was found to be the backup's own: another's table is rejected as it is. So the same command continues
a run that crashed, and what a rival writes meanwhile is never overwritten.

Two rows the backup does not have, and they count neither as another's nor as a difference: the restore's own
in the audit log, and the one that holds autopay (docs/adr/0077). Both are written right before the first row
of the backup.
"""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cabinet.audit.keys import day_partition
from cabinet.audit.model import Action
from cabinet.autopay.hold import hold_row
from cabinet.aws.dynamo.serialization import serialize_item
from cabinet.core import clock
from cabinet.payments.keys import autopay_hold_key
from infra.backup.archive import Archive, Part
from infra.backup.reference_rules import PAYMENTS, TABLES, USERS, Place
from infra.backup.row_index import RowIndex
from infra.backup.row_json import Attributes, decode_row, encode_row, key_of
from infra.backup.services import BUCKETS, Services
from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MAX_ACTIONS = 25
MAX_BYTES = 2_000_000
"""Size limit of one transaction; DynamoDB accepts 4 MB by its own count, which is less than ours."""
_EXPIRES = "expires_at"
_HOLD = (PAYMENTS, *autopay_hold_key())


class Restore:
    """One restore of an archive into tables and buckets."""

    def __init__(
        self, archive: Archive, services: Services, work: Path, report: Callable[[str], None],
        audit: Callable[[], None],
    ) -> None:  # fmt: skip
        """`audit` writes the audit row: action `BACKUP_RESTORED`, about ``backup:<archive id>``."""
        self._archive, self._encryptor = archive, archive.encryptor
        self._services = services
        self._report, self._audit = report, audit
        self._index = RowIndex(work / "restore.db")
        self._written = 0

    def run(self) -> dict[str, int]:
        """Restore and compare; return the number of rows and objects by table and bucket.

        Raises
        ------
        CommandError
            The archive is not sound, the tables hold what is not the backup's, or the comparison failed.
        """
        try:
            self._report("read the backup")
            self._read_archive()
            self._report("look at what is there")
            self._reject_foreign()
            self._audit()
            self._hold_autopay()
            self._report("put rows")
            self._put_rows()
            self._report("put objects")
            self._put_objects()
            self._report("compare")
            return self._compare()
        finally:
            self._index.close()

    # ------------------------------------------------------------------ the archive

    def _read_archive(self) -> None:
        """Note for every row its digest and its part; check all against the manifest."""
        for part in self._archive.parts("late"):
            for header, content in self._archive.read_part(part):
                self._note_reread_row(header, content, part.number)
        for part in self._archive.parts("rows"):
            for header, content in self._archive.read_part(part):
                row_id = self._encryptor.row_id(header["table"], *key_of(decode_row(content)))
                if not self._is_superseded(row_id):
                    self._index.put(row_id, header["table"], self._encryptor.digest(content), part.number)
            self._index.commit()
        manifest = self._archive.manifest()
        for table in TABLES:
            if list(self._index.totals(table)) != manifest["tables"][table]:
                raise CommandError(f"{table}: the backup's rows are not those of its manifest")
        self._read_objects(manifest)

    def _note_reread_row(self, header: dict[str, Any], content: bytes, part: int) -> None:
        """Note a row or place that was read again, as it had changed meanwhile: this reading counts."""
        table = header["table"]
        if content:
            row_id = self._encryptor.row_id(table, *key_of(decode_row(content)))
            self._index.put(row_id, table, self._encryptor.digest(content), part)
        elif "sk" in header:
            row_id = self._encryptor.row_id(table, header["pk"], header["sk"])
            self._index.drop(row_id)
            self._supersede(row_id)
        else:
            partition_id = self._encryptor.partition_id(table, header["pk"])
            self._index.drop_partition(partition_id)
            self._supersede(partition_id)

    def _supersede(self, place: bytes) -> None:
        self._index.db.execute("INSERT OR REPLACE INTO components VALUES (?, 0)", (place,))

    def _is_superseded(self, row_id: bytes) -> bool:
        places = (row_id, self._encryptor.partition_prefix(row_id))
        found = self._index.db.execute("SELECT 1 FROM components WHERE place IN (?, ?)", places)
        return found.fetchone() is not None

    def _read_objects(self, manifest: dict[str, Any]) -> None:
        for header, digest, size in self._whole_objects():
            self._index.db.execute(
                "INSERT OR REPLACE INTO objects (id, source, digest, size) VALUES (?, ?, ?, ?)",
                (self._object_id(header), header["bucket"], digest, size),
            )
        self._index.commit()
        counted = self._index.db.execute("SELECT source, count(*), sum(size) FROM objects GROUP BY source")
        if {source: [count, size] for source, count, size in counted} != manifest["buckets"]:
            raise CommandError("the backup's objects are not those of its manifest")

    def _whole_objects(self) -> Iterator[tuple[dict[str, Any], bytes, int]]:
        """Yield each object that is whole: its last header, its digest, its size."""
        whole, size = sha256(), 0
        for header, piece in self._pieces():
            if header["piece"] == 0:
                whole, size = sha256(), 0
            whole.update(piece)
            size += len(piece)
            if header["last"]:
                yield header, whole.digest(), size

    def _pieces(self) -> Iterator[tuple[dict[str, Any], bytes]]:
        for part in self._archive.parts("objects"):
            yield from self._archive.read_part(part)

    def _object_id(self, header: dict[str, Any]) -> bytes:
        return self._encryptor.row_id(header["bucket"], header["key"], "")

    # ------------------------------------------------------------------ rows

    def _reject_foreign(self) -> None:
        """Note which rows exist already; refuse a table that holds anything else, before any write."""
        for table in TABLES:
            for row_id, digest in self._existing_rows(table):
                known = self._index.get(row_id)
                if known is None or known.digest != digest:
                    name = self._services.tables[table]
                    raise CommandError(f"{name} holds rows that are not the backup's: nothing was changed")
                self._index.mark_seen(row_id)
            self._index.commit()

    def _existing_rows(self, table: str) -> Iterator[tuple[bytes, bytes]]:
        for rows, _ in self._services.pages(table, None):
            for row in rows:
                row_id = self._encryptor.row_id(table, *key_of(row))
                is_own = self._is_own_audit_row(table, row) or (table, *key_of(row)) == _HOLD
                if is_own and self._index.get(row_id) is None:
                    continue
                yield row_id, self._encryptor.digest(encode_row(row))

    def _is_own_audit_row(self, table: str, row: Attributes) -> bool:
        """Tell whether a row of the audit log says that this very backup is being restored."""
        said = [row.get(name, {}).get("S") for name in ("action", "about")]
        is_entry = table == USERS and row["pk"]["S"].startswith(day_partition(""))
        return is_entry and said == [Action.BACKUP_RESTORED.name, f"backup:{self._archive.id}"]

    def _hold_autopay(self) -> None:
        """Put the hold before anything that autopay could charge by; of a backup that has one, that."""
        row_id = self._encryptor.row_id(*_HOLD)
        row: Attributes = serialize_item(hold_row(f"backup:{self._archive.id}", clock.now()))
        known = self._index.get(row_id)
        for part in chain(self._archive.parts("rows"), self._archive.parts("late")):
            if known is not None and part.number == known.part:
                rows = (decode_row(content) for _, content in self._archive.read_part(part) if content)
                row = next(each for each in rows if key_of(each) == _HOLD[1:])
        self._services.put_all(PAYMENTS, [row])  # an existing one is of a run that crashed: it is kept
        self._index.mark_seen(row_id)

    def _put_rows(self) -> None:
        for kind in ("rows", "late"):
            for part in self._archive.parts(kind):
                for table, batch in self._batches(part):
                    self._put(table, batch)
                self._index.commit()

    def _batches(self, part: Part) -> Iterator[tuple[str, list[Attributes]]]:
        """Yield rows of one table that are to be put, as many as a transaction takes."""
        batch: list[Attributes] = []
        size, batch_table = 0, ""
        for header, content in self._archive.read_part(part):
            if not content or not self._is_wanted(header["table"], content, part.number):
                continue
            is_full = len(batch) == MAX_ACTIONS or size + len(content) > MAX_BYTES
            if batch and (is_full or header["table"] != batch_table):
                yield batch_table, batch
                batch, size = [], 0
            batch_table = header["table"]
            batch.append(decode_row(content))
            size += len(content)
        if batch:
            yield batch_table, batch

    def _is_wanted(self, table: str, content: bytes, part: int) -> bool:
        """Tell whether this part holds the row's final version, not yet put; if so, mark it as put."""
        row = decode_row(content)
        row_id = self._encryptor.row_id(table, *key_of(row))
        known = self._index.get(row_id)
        if known is None or known.part != part or known.digest != self._encryptor.digest(content):
            return False
        if known.is_seen or _has_expired(row):
            return False
        self._index.mark_seen(row_id)
        return True

    def _put(self, table: str, rows: list[Attributes]) -> None:
        if self._services.put_all(table, rows):
            return
        for row in rows:  # a rival, or an answer that was lost
            if not self._services.put_all(table, [row]) and not self._is_stored(table, row):
                name = self._services.tables[table]
                raise CommandError(f"{name}: somebody else writes rows there; nothing was overwritten")

    def _is_stored(self, table: str, row: Attributes) -> bool:
        found = self._services.read({Place(table, *key_of(row))})
        return [encode_row(each) for each in found.values()] == [encode_row(row)]

    # ------------------------------------------------------------------ objects

    def _put_objects(self) -> None:
        upload: _Upload | None = None
        for header, piece in self._pieces():
            if header["piece"] == 0:
                upload = self._upload(header)
            if upload is not None:
                upload.add(piece, is_last=header["last"])

    def _upload(self, header: dict[str, Any]) -> _Upload | None:
        """Return what takes an object's pieces; None when the object is there already."""
        bucket, key = self._services.buckets[header["bucket"]], header["key"]
        with suppress(KeyError):
            expected = self._index.db.execute(
                "SELECT digest FROM objects WHERE id = ?", (self._object_id(header),)
            ).fetchone()
            present = self._digest_of(bucket, key)
            if expected is None or present == expected[0]:
                return None
            raise CommandError(f"{bucket} holds another {key}: nothing was overwritten")
        return _Upload(self._services.s3, bucket, key, header["kept"])

    def _digest_of(self, bucket: str, key: str) -> bytes:
        """Return the digest of an existing object; raises KeyError if there is none."""
        try:
            content = self._services.s3.get_object(Bucket=bucket, Key=key)["Body"]
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                raise KeyError(key) from None
            raise
        whole = sha256()
        for chunk in content.iter_chunks(1 << 20):
            whole.update(chunk)
        return whole.digest()

    # ------------------------------------------------------------------ comparison

    def _compare(self) -> dict[str, int]:
        self._index.db.execute("UPDATE rows SET seen = 0")
        compared: dict[str, int] = {}
        for table in TABLES:
            found = different = 0
            for row_id, digest in self._existing_rows(table):
                known = self._index.get(row_id)
                found += 1
                different += known is None or known.digest != digest
                self._index.mark_seen(row_id)
            self._index.commit()
            self._raise_if_different(self._services.tables[table], self._missing(table), different)
            compared[table] = found
        for bucket in BUCKETS:
            compared[bucket] = self._compare_objects(bucket)
        return compared

    def _missing(self, table: str) -> int:
        """Count the rows that are not there and have not expired."""
        if not self._index.unseen(table):
            return 0
        missing = 0
        for kind in ("rows", "late"):
            for part in self._archive.parts(kind):
                for header, content in self._archive.read_part(part):
                    if content and header["table"] == table:
                        missing += self._is_wanted(table, content, part.number)
        return missing

    def _compare_objects(self, bucket: str) -> int:
        name, different = self._services.buckets[bucket], 0
        known = self._index.db.execute("SELECT count(*) FROM objects WHERE source = ?", (bucket,)).fetchone()[
            0
        ]
        found = 0
        for key, _ in self._services.objects(bucket, ""):
            expected = self._index.db.execute(
                "SELECT digest FROM objects WHERE id = ?", (self._encryptor.row_id(bucket, key, ""),)
            ).fetchone()
            found += 1
            with suppress(KeyError):
                different += expected is None or self._digest_of(name, key) != expected[0]
        self._raise_if_different(name, max(known - found, 0), different)
        return found

    def _raise_if_different(self, name: str, missing: int, different: int) -> None:
        if missing or different:
            raise CommandError(
                f"{name} is not as the backup has it: {missing} missing, {different} different or not in it"
            )


class _Upload:
    """One object, piece by piece: at once when there is one, else by S3's uploads of parts."""

    def __init__(self, s3: Any, bucket: str, key: str, kept: dict[str, Any]) -> None:  # noqa: ANN401
        self._s3, self._where, self._kept = s3, {"Bucket": bucket, "Key": key}, kept
        self._id = ""
        self._parts: list[dict[str, Any]] = []

    def add(self, piece: bytes, *, is_last: bool) -> None:
        """Send the next piece."""
        if is_last and not self._id:
            self._s3.put_object(**self._where, **self._kept, Body=piece)
            return
        if not self._id:
            self._id = self._s3.create_multipart_upload(**self._where, **self._kept)["UploadId"]
        number = len(self._parts) + 1
        sent = self._s3.upload_part(**self._where, UploadId=self._id, PartNumber=number, Body=piece)
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        if is_last:
            self._s3.complete_multipart_upload(
                **self._where, UploadId=self._id, MultipartUpload={"Parts": self._parts}
            )


def _has_expired(row: Attributes) -> bool:
    """Tell whether the engine may have deleted the row: it counts as absent."""
    return _EXPIRES in row and int(row[_EXPIRES]["N"]) <= clock.epoch(clock.now())
