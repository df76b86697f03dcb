"""What each file of a registry has brought, kept beside the reports: another file is compared with it.

One object a file: ``numbers/<supplier>/rows/<registry>/<content>-<import>.jsonl.gz``;
never changed, but emptied when the import is undone.
"""

import gzip
import hashlib
import json
from collections.abc import Iterator, Set
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import Self

from cabinet.exchange.imports import bucket
from cabinet.exchange.imports.job_store import Job
from cabinet.exchange.imports.repeated_rows import Comparison, ReceivedRow, rows_of
from cabinet.exchange.imports.staging_db import StagingDb
from cabinet.exchange.model import Issue, Registry

_IN_MEMORY_BYTES = 1 << 22
_SECTIONS = {"payments", "readings"}


class EarlierFiles:
    """What the registry's other files say, which came before this one. Use as a context manager."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._open = ExitStack()
        self._comparison: Comparison | None = None
        self._own_key = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def find_issues(self, staging: StagingDb, registry: Registry) -> Iterator[Issue]:
        """Yield what the file says otherwise than the registry's other files did."""
        if not _SECTIONS & staging.sections:
            return
        comparison = self._open.enter_context(Comparison(registry, staging.sections))
        comparison.add_here(rows_of(staging))
        content = hashlib.sha256()
        for row in comparison.new_rows():
            content.update(repr(tuple(row)).encode())
        folder = _folder(self._job.supplier_id, registry.stamp)
        own = f"{folder}{content.hexdigest()[:32]}"
        self._comparison, self._own_key = comparison, f"{own}-{self._job.import_id}.jsonl.gz"
        # What this very import has kept is left aside: a run that died says the same again.
        others = [key for key in bucket.keys(folder) if key != self._own_key]
        for key in others:
            if key.startswith(own):
                comparison.add_before(key, _load(key))
                comparison.drop_rows_of_first_import()
        for key in others:
            if not key.startswith(own):
                comparison.add_before(key, _load(key))
        yield from comparison.find_issues()

    def keep(self, left_out: Set[str]) -> None:
        """Keep what the file was the first to bring, once it is applied; again changes nothing."""
        if self._comparison is None:
            return
        with SpooledTemporaryFile(_IN_MEMORY_BYTES) as packed:
            with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as written:
                for row in self._comparison.new_rows(left_out):
                    written.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
                brought_anything = written.tell() > 0
            packed.seek(0)
            if brought_anything:
                bucket.s3().put_object(Bucket=bucket.name(), Key=self._own_key, Body=packed)


def _load(key: str) -> Iterator[ReceivedRow]:
    body = bucket.s3().get_object(Bucket=bucket.name(), Key=key)["Body"]
    with gzip.GzipFile(fileobj=body) as lines:
        for line in lines:
            yield ReceivedRow(*json.loads(line))


def forget(supplier_id: str, import_id: str, stamp: str) -> None:
    """Empty what an import has kept: it is undone, and what comes next is not compared with it."""
    for key in list(bucket.keys(_folder(supplier_id, stamp))):
        if key.endswith(f"-{import_id}.jsonl.gz"):
            bucket.write(key, gzip.compress(b"", mtime=0))


def _folder(supplier_id: str, stamp: str) -> str:
    return f"numbers/{supplier_id}/rows/{stamp.replace('#', '-')}/"
