"""Reads again what changed while a backup was taken, each group of rows at one moment.

A group is a row that changed and the places of all that may have been written in one transaction with it, and
so on from whatever of these has changed as well. It is read until two reads in a row are equal: then it had
this content between them. What was stored before and has changed since is stored anew, with its group.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from infra.backup.archive import PART_BYTES, Archive, Part, Record
from infra.backup.reference_rules import Place, RegistryPayment, own_place, related
from infra.backup.row_json import decode_row, encode_row, values_of
from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from infra.backup.row_index import RowIndex
    from infra.backup.services import Services

type Group = set[Place | RegistryPayment]
type Found = dict[tuple[str, str, str], bytes]
"""Table, pk, sk → the row's canonical bytes."""

MAX_READS = 60
"""Number of reads after which a group that keeps changing is an error."""
_DONE = "changed rows done"


class ChangedGroups:
    """Works through the rows that differed between the two passes."""

    def __init__(self, archive: Archive, services: Services, index: RowIndex) -> None:
        self._archive, self._encryptor = archive, archive.encryptor
        self._services, self._index = services, index
        self._records: list[Record] = []
        self._bytes = 0

    def run(self) -> None:
        """Store the group of every changed row; raises CommandError for a group that keeps changing."""
        done = int(self._index.noted(_DONE) or b"0")
        while True:
            next_ = self._index.db.execute(
                "SELECT number, sealed FROM changed_rows WHERE number > ? ORDER BY number LIMIT 1", (done,)
            ).fetchone()
            if next_ is None or self._bytes >= PART_BYTES:
                self._write(done)
            if next_ is None:
                return
            done = next_[0]
            table, content = json.loads(self._encryptor.decrypt("changed row", next_[1]))
            self._store_group(table, content.encode())

    def _store_group(self, table: str, content: bytes) -> None:
        group = set(related(table, values_of(decode_row(content))))
        group_numbers = {self._group_number(place) for place in group if isinstance(place, Place)}
        if len(group_numbers) == 1 and None not in group_numbers:
            return  # in one group, which was read after this row was noted
        for group_number in group_numbers - {None}:
            group |= self._places(group_number)
        before: Found | None = None
        for _ in range(MAX_READS):
            found = {where: encode_row(row) for where, row in self._services.read(group).items()}
            more = self._related_to_changed(found) - group
            if not more and found == before:
                self._note(group, found)
                return
            group |= more
            before = None if more else found
        raise CommandError(
            f"rows of {table} changed through {MAX_READS} reads: run the same command at a quieter time"
        )

    def _related_to_changed(self, found: Found) -> Group:
        """Return what belongs to a group by those of its rows that are not as they are noted."""
        more: Group = set()
        for (table, pk, sk), content in found.items():
            known = self._index.get(self._encryptor.row_id(table, pk, sk))
            if known is not None and known.digest == self._encryptor.digest(content):
                continue
            more |= set(related(table, values_of(decode_row(content))))
            group_number = self._group_number(own_place(table, pk, sk))
            if group_number is not None:
                more |= self._places(group_number)
        return more

    def _note(self, group: Group, found: Found) -> None:
        """Put the group's rows in the place of what is noted of them."""
        part = self._index.next_part()
        number = int(
            self._index.db.execute("SELECT coalesce(max(number), 0) + 1 FROM stored_groups").fetchone()[0]
        )
        for place in sorted(place for place in group if isinstance(place, Place) and place.sk is None):
            self._index.drop_partition(self._encryptor.partition_id(place.table, place.pk))
            self._add({"table": place.table, "pk": place.pk}, b"")
        for place in (place for place in group if isinstance(place, Place)):
            if place.sk is not None:
                self._index.drop(self._id(place))
                self._add({"table": place.table, "pk": place.pk, "sk": place.sk}, b"")
        for (table, pk, sk), content in found.items():
            self._index.put(
                self._encryptor.row_id(table, pk, sk), table, self._encryptor.digest(content), part
            )
            self._add({"table": table}, content)
        for each in group:
            encrypted = self._encryptor.encrypt("place", json.dumps(each).encode())
            self._index.db.execute("INSERT INTO stored_groups VALUES (?, ?)", (number, encrypted))
            if isinstance(each, Place):
                self._index.db.execute(
                    "INSERT OR REPLACE INTO components VALUES (?, ?)", (self._id(each), number)
                )

    def _group_number(self, place: Place) -> int | None:
        found = self._index.db.execute(
            "SELECT number FROM components WHERE place = ?", (self._id(place),)
        ).fetchone()
        return None if found is None else int(found[0])

    def _places(self, group_number: int | None) -> Group:
        rows = self._index.db.execute("SELECT sealed FROM stored_groups WHERE number = ?", (group_number,))
        read = [json.loads(self._encryptor.decrypt("place", encrypted)) for (encrypted,) in rows]
        return {RegistryPayment(*each) if len(each) == 2 else Place(*each) for each in read}

    def _id(self, place: Place) -> bytes:
        if place.sk is None:
            return self._encryptor.partition_id(place.table, place.pk)
        return self._encryptor.row_id(place.table, place.pk, place.sk)

    def _add(self, header: dict[str, str], body: bytes) -> None:
        self._records.append((header, body))
        self._bytes += len(body) + len(header)

    def _write(self, done: int) -> None:
        if self._records:
            part = Part(self._index.next_part(), "late")
            self._archive.write_part(part, self._records)
            self._index.add_part(part.number, part.kind)
        self._records, self._bytes = [], 0
        self._index.note(_DONE, str(done).encode())
        self._index.commit()
