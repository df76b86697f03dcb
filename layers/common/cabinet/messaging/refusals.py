"""All refusals of paper («Отказ от бумажного носителя») as they stand: whom the supplier need not print for.

What changes from day to day goes out by itself (`accounts/exports.py`); this is the whole, to compare with.
"""

from dataclasses import dataclass

from cabinet import dynamo
from cabinet.accounts.keys import BY_SHARD
from cabinet.accounts.store import SHARDS
from cabinet.dynamo import Table
from cabinet.messaging.rules import refused_paper


@dataclass(frozen=True, slots=True)
class Refusal:
    """The state of one account: refused by at least one of its subscribers, or withdrawn by all who had."""

    number: str
    is_refused: bool
    at: str
    """When it came to this, ISO time in UTC."""
    statement_version: str
    statement_sha256: str

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the row, in the order of `REFUSALS_OUT`."""
        refused = "1" if self.is_refused else "0"
        return self.number, refused, self.at, self.statement_version, self.statement_sha256


def refusals_of(supplier_id: str) -> list[Refusal]:
    """Return every account whose subscribers have ever refused paper, in order of numbers."""
    found: dict[str, Refusal] = {}
    for shard in range(SHARDS):
        for binding in dynamo.walk(Table.USERS, f"BINDINGS#{supplier_id}#{shard}", index=BY_SHARD):
            record = binding.get("paperless")
            if record:
                refusal = Refusal(
                    binding["account_id"].partition(":")[2],
                    refused_paper(binding),
                    record.get("at", ""),
                    record.get("version", ""),
                    record.get("sha256", ""),
                )
                found[refusal.number] = _stronger(found.get(refusal.number), refusal)
    return [found[number] for number in sorted(found)]


def _stronger(one: Refusal | None, other: Refusal) -> Refusal:
    """Return which of two subscribers' wishes counts: a refusal before a withdrawal, then the later one."""
    if one is None:
        return other
    return max(one, other, key=lambda refusal: (refusal.is_refused, refusal.at))
