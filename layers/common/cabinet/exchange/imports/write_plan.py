"""What one account's update writes: groups that must not be parted, packed into few transactions."""

import itertools
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cabinet.accounts.supplier_model import Supplier
from cabinet.aws.dynamo import (
    IS_ABSENT,
    IS_PRESENT,
    MAX_ACTIONS,
    Item,
    Key,
    Table,
    Transaction,
    key_attributes,
)
from cabinet.exchange.errors import ConcurrentModification
from cabinet.exchange.imports.account_update import Data
from cabinet.exchange.imports.merge_rules import MergeDecision
from cabinet.exchange.model import Registry
from cabinet.metering.meter_summaries import summary_changes

type Write = Callable[[Transaction], object]

_VERSION_UNCHANGED = "#stamp = :seen_stamp AND #digest = :seen_digest"


@dataclass(frozen=True, slots=True)
class Import:
    """What all accounts of one import share."""

    supplier: Supplier
    registry: Registry
    format_name: str
    """The format: what a bank's registry may not overwrite is decided by it."""
    latest_stamps: dict[str, str]
    """Scope → the newest stamp that was applied when this import began."""
    payments_digest: str
    """The digest of the file's payments: it distinguishes two files of one registry."""
    undo_recorder: "UndoRecorder"
    """Where it is kept what the import replaces."""

    @property
    def stamp(self) -> str:
        """Return the registry's stamp."""
        return self.registry.stamp

    def latest_stamp(self, scope: str) -> str:
        """Return the newest applied stamp of a scope (a kind of row, of receipts a month); empty: none."""
        return self.latest_stamps.get(stamp_scope(self.format_name, scope), "")


def stamp_scope(format_name: str, scope: str) -> str:
    """Return the name of a scope: each format counts its own registries, for their stamps do not compare."""
    return scope if format_name == "native" else f"{format_name}.{scope}"


class WriteAttempt:
    """One try to write some accounts. The mark of every row that it has written begins with its name."""

    def __init__(self) -> None:
        self.name = uuid.uuid4().hex[:20]
        self._numbers = itertools.count()

    def transaction(self) -> Transaction:
        """Return a transaction with a mark of its own."""
        return Transaction(f"{self.name}{next(self._numbers):06x}")


@dataclass(slots=True)
class Plan:
    """Writes of one account, in order, and what was done with each object."""

    existing: dict[Key, Item]
    number: str = ""
    """The account's, as registries are sorted by it."""
    attempt: WriteAttempt = field(default_factory=WriteAttempt)
    undo_checks: dict[Key, Data] = field(default_factory=dict)
    """Rows that are written → what an undo compares, besides the mark, to see that they are unchanged."""
    values: dict[Key, Data] = field(default_factory=dict)
    """What is put into them: whole items, and changes of accounts that existed before."""
    created: set[Key] = field(default_factory=set)
    """Those of them that did not exist before."""
    groups: list[tuple[list[Write], int]] = field(default_factory=list)
    """Writes that happen together, with the most actions that they can be."""
    apart: list[Transaction] = field(default_factory=list)
    """Transactions of their own: they change the account's item a second time."""
    meter_summaries: dict[str, Item] = field(default_factory=dict)
    """Entries of the registry's meters, for the account's item."""
    tally: Counter[str] = field(default_factory=Counter)
    """``receipts.written`` and the like."""

    def count(self, kind: str, decision: MergeDecision, count: int = 1) -> None:
        """Count what was done with an object."""
        self.tally[f"{kind}.{decision}"] += count

    def add(self, *writes: Write, actions: int | None = None) -> None:
        """Add writes that happen together or not at all; `actions` where a write may be more than one."""
        self.groups.append((list(writes), actions or len(writes)))

    def prepare_put(self, key: Key, item: Item) -> Write:
        """Return the write of a whole item, on the condition that it has not changed since it was read."""
        full = item | key_attributes(key)
        self.undo_checks[key], self.values[key] = {}, item
        seen = self.existing.get(key)
        if seen is None:
            self.created.add(key)
            return prepare_new(full)
        return lambda transaction: transaction.put(
            Table.ACCOUNTS, full, condition=_VERSION_UNCHANGED, on_conflict=ConcurrentModification,
            seen_stamp=seen.get("stamp"), seen_digest=seen.get("digest"),
        )  # fmt: skip


def prepare_new(item: Item) -> Write:
    """Return the write of a new whole item."""
    return lambda transaction: transaction.put(
        Table.ACCOUNTS, item, condition=IS_ABSENT, on_conflict=ConcurrentModification
    )


def change_meter_summaries(
    transaction: Transaction, account: Key, summaries: Mapping[str, Item | None]
) -> None:
    """Add the entries of meters where nothing else of an account's item changes; None takes one away."""
    entries = summary_changes(summaries)
    transaction.update(
        Table.ACCOUNTS, account, entries.expression, condition=IS_PRESENT,
        on_conflict=ConcurrentModification, names=entries.names, **entries.values,
    )  # fmt: skip


class UndoRecorder(Protocol):
    """What is kept of plans before they are written."""

    def keep(self, plans: Sequence[Plan]) -> None:
        """Keep the stored rows that the plans will overwrite.

        Raises
        ------
        ConcurrentModification
            A row is not the one any more that the plan was compared with.
        """
        ...


def commit(plans: Sequence[Plan]) -> None:
    """Write the plans of one attempt in their order, as many groups in a transaction as fit.

    Raises
    ------
    ConcurrentModification
        Something has moved since it was read; what was committed before stays, and is complete in itself.
    """
    attempt = plans[0].attempt
    transaction = attempt.transaction()
    for group, actions in (group for plan in plans for group in plan.groups):
        if len(transaction) + actions > MAX_ACTIONS:
            transaction.commit()
            transaction = attempt.transaction()
        for write in group:
            write(transaction)
    if len(transaction):
        transaction.commit()
    for apart in (apart for plan in plans for apart in plan.apart):
        apart.commit()


def with_version(data: Data, importing: Import, digest: str) -> Item:
    """Return an item's attributes with what later imports compare."""
    return data | {"stamp": importing.stamp, "digest": digest, "source": importing.format_name}
