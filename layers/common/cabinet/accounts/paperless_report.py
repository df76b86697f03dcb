"""All current paper opt-outs («Отказ от бумажного носителя»): whom the supplier need not print for.

What changes from day to day goes out by itself (`exchange/exports/paperless.py`); this is the whole,
to compare with.
"""

from dataclasses import dataclass

from cabinet.accounts.keys import GSI_BY_SHARD
from cabinet.accounts.rules import is_paperless
from cabinet.accounts.store import SHARDS
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core.identifiers import own_part


@dataclass(frozen=True, slots=True)
class PaperlessAccount:
    """The state of one account: refused by at least one of its subscribers, or withdrawn by all who had."""

    number: str
    is_paper_refused: bool
    at: str
    """When it became so, ISO time in UTC."""
    statement_version: str
    statement_sha256: str

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the row, in the order of `PAPERLESS_COLUMNS`."""
        refused = "1" if self.is_paper_refused else "0"
        return self.number, refused, self.at, self.statement_version, self.statement_sha256


def list_paperless(supplier_id: str) -> list[PaperlessAccount]:
    """Return every account whose subscribers have ever opted out of paper, in order of numbers."""
    found: dict[str, PaperlessAccount] = {}
    for shard in range(SHARDS):
        for binding in dynamo.query_all(Table.USERS, f"BINDINGS#{supplier_id}#{shard}", index=GSI_BY_SHARD):
            record = binding.get("paperless")
            if record:
                account = PaperlessAccount(
                    own_part(binding["account_id"]),
                    is_paperless(binding),
                    record.get("at", ""),
                    record.get("version", ""),
                    record.get("sha256", ""),
                )
                found[account.number] = _effective_decision(found.get(account.number), account)
    return [found[number] for number in sorted(found)]


def _effective_decision(one: PaperlessAccount | None, other: PaperlessAccount) -> PaperlessAccount:
    """Return which of two subscribers' decisions counts: an opt-out before a withdrawal, else the later."""
    if one is None:
        return other
    return max(one, other, key=lambda each: (each.is_paper_refused, each.at))
