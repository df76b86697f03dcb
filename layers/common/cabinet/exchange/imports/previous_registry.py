"""Compares a registry's accounts with the last one's, so that a file that lost half of its rows is noticed.

The numbers of the newest registry of a kind are kept beside the reports, with those of the one before: parts
of one registry (one number and date) add up, and a repetition changes nothing.
"""

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from cabinet.exchange.errors import ConcurrentModification
from cabinet.exchange.imports import bucket, undo_log
from cabinet.exchange.model import SectionName

COMPARED_SECTIONS: tuple[SectionName, ...] = ("accounts", "balances")
"""Kinds of files that name every account of a supplier."""


@dataclass(frozen=True, slots=True)
class KnownAccounts:
    """The accounts of the newest registry of a kind, and of the one before it."""

    stamp: str = ""
    current: set[str] = field(default_factory=set)
    previous: set[str] = field(default_factory=set)
    import_id: str = ""
    """The import that has noted this."""
    seen: str = field(default="", compare=False)
    """The version of the object that it was read from; empty when there was none."""

    def with_registry(self, stamp: str, numbers: Iterable[str], import_id: str = "") -> "KnownAccounts":
        """Return what is known after an import of a registry of `stamp`; an older one changes nothing."""
        if stamp < self.stamp:
            return self
        if stamp == self.stamp:
            return KnownAccounts(stamp, self.current | set(numbers), self.previous, import_id, self.seen)
        return KnownAccounts(stamp, set(numbers), self.current, import_id, self.seen)

    @property
    def missing(self) -> list[str]:
        """Return the numbers that are missing now, sorted."""
        return sorted(self.previous - self.current)


def load(supplier_id: str, scope: str) -> KnownAccounts:
    """Return what is known of a scope, nothing when no registry of it was ever applied."""
    found = bucket.read_version(_key(supplier_id, scope))
    return KnownAccounts() if found is None else replace(_unpacked(found[0]), seen=found[1])


def save(supplier_id: str, scope: str, known: KnownAccounts) -> None:
    """Keep what is known of a scope.

    The supplier's lock keeps other imports away, but not another run of the same one: raises
    ConcurrentModification when something else is kept by now.
    """
    bucket.replace(_key(supplier_id, scope), _packed(known), known.seen)


def keep(supplier_id: str, import_id: str, replaced: Mapping[str, KnownAccounts]) -> None:
    """Keep what an import is about to replace, by scope, for `restore`."""
    for scope, known in replaced.items():
        bucket.write(f"{_kept(supplier_id, import_id)}{scope}.json.gz", _packed(known))


def restore(supplier_id: str, import_id: str) -> None:
    """Restore what an import has replaced, where no other has been noted since."""
    folder = _kept(supplier_id, import_id)
    for key in list(bucket.keys(folder)):
        scope, content = key.removeprefix(folder).removesuffix(".json.gz"), bucket.read(key)
        known = load(supplier_id, scope)
        if content is not None and known.import_id == import_id:
            try:
                save(supplier_id, scope, replace(_unpacked(content), seen=known.seen))
            except ConcurrentModification:
                continue  # another run of this undo has restored it


def _packed(known: KnownAccounts) -> bytes:
    content = json.dumps([known.stamp, sorted(known.current), sorted(known.previous), known.import_id])
    return gzip.compress(content.encode(), mtime=0)


def _unpacked(content: bytes) -> KnownAccounts:
    stamp, current, previous, import_id = json.loads(gzip.decompress(content))
    return KnownAccounts(stamp, set(current), set(previous), import_id)


def _kept(supplier_id: str, import_id: str) -> str:
    return f"{undo_log.folder(supplier_id, import_id)}numbers/"


def _key(supplier_id: str, scope: str) -> str:
    return f"numbers/{supplier_id}/{scope}.json.gz"
