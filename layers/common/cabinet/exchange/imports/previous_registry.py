"""Compares a registry's accounts with the last one's, so that a file that lost half of its rows is noticed.

The numbers of the newest registry of a kind are kept beside the reports, with those of the one before: parts
of one registry (one number and date) add up, and a repetition changes nothing.
"""

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

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

    def with_registry(self, stamp: str, numbers: Iterable[str]) -> "KnownAccounts":
        """Return what is known after a registry of `stamp`; an older one changes nothing."""
        if stamp < self.stamp:
            return self
        if stamp == self.stamp:
            return KnownAccounts(stamp, self.current | set(numbers), self.previous)
        return KnownAccounts(stamp, set(numbers), self.current)

    @property
    def missing(self) -> list[str]:
        """Return the numbers that have gone, sorted."""
        return sorted(self.previous - self.current)


def load(supplier_id: str, scope: str) -> KnownAccounts:
    """Return what is known of a scope, nothing when no registry of it was ever applied."""
    content = bucket.read(_key(supplier_id, scope))
    return KnownAccounts() if content is None else _unpacked(content)


def save(supplier_id: str, scope: str, known: KnownAccounts) -> None:
    """Keep what is known of a scope; the supplier's lock keeps rivals away."""
    bucket.write(_key(supplier_id, scope), _packed(known))


def keep(supplier_id: str, import_id: str, replaced: Mapping[str, KnownAccounts]) -> None:
    """Keep what an import is about to replace, by scope, for `put_back`."""
    for scope, known in replaced.items():
        bucket.write(f"{_kept(supplier_id, import_id)}{scope}.json.gz", _packed(known))


def put_back(supplier_id: str, import_id: str, stamp: str) -> None:
    """Put back what an import with this stamp has replaced, where no other has been noted since."""
    folder = _kept(supplier_id, import_id)
    for key in list(bucket.keys(folder)):
        scope, content = key.removeprefix(folder).removesuffix(".json.gz"), bucket.read(key)
        if content is not None and load(supplier_id, scope).stamp == stamp:
            save(supplier_id, scope, _unpacked(content))


def _packed(known: KnownAccounts) -> bytes:
    content = json.dumps([known.stamp, sorted(known.current), sorted(known.previous)])
    return gzip.compress(content.encode(), mtime=0)


def _unpacked(content: bytes) -> KnownAccounts:
    stamp, current, previous = json.loads(gzip.decompress(content))
    return KnownAccounts(stamp, set(current), set(previous))


def _kept(supplier_id: str, import_id: str) -> str:
    return f"{undo_log.folder(supplier_id, import_id)}numbers/"


def _key(supplier_id: str, scope: str) -> str:
    return f"numbers/{supplier_id}/{scope}.json.gz"
