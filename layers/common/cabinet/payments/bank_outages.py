"""Since when a bank does not answer, by contract.

Kept in a row, because the orders that a bank is silent about are asked about ever more rarely: their age
says nothing of an outage.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, IS_PRESENT, Table
from cabinet.core import clock
from cabinet.core.errors import Conflict
from cabinet.core.logging import Event, log_error
from cabinet.payments.keys import bank_outage_key, bank_outage_partition

OUTAGE_AFTER_SECONDS = 900
"""How long a bank may fail to answer before on-call is alerted."""


@dataclass(slots=True)
class BankResponses:
    """Which contracts' banks answered in a run, and which did not."""

    answered: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)

    def add(self, contract: str, *, has_answered: bool) -> None:
        """Count one question to the bank."""
        (self.answered if has_answered else self.unanswered).add(contract)


def record(responses: BankResponses, now: datetime) -> int:
    """Record a run's bank calls; return the seconds of the longest current outage, 0 for none.

    A bank that answered one question of the run is not silent. One that was not asked stays as it was.
    """
    partition = bank_outage_partition()
    since = {row["sk"]: int(row["since"]) for row in dynamo.query_all(Table.PAYMENTS, partition)}
    for contract in responses.answered & since.keys():
        with suppress(Conflict):
            dynamo.delete(
                Table.PAYMENTS, bank_outage_key(contract), condition=IS_PRESENT, on_conflict=Conflict
            )
        del since[contract]
    for contract in responses.unanswered - responses.answered - since.keys():
        since[contract] = clock.epoch(now)
        row = {"pk": partition, "sk": contract, "since": since[contract]}
        # A concurrent run that recorded the same outage first has the earlier time.
        with suppress(Conflict):
            dynamo.put(Table.PAYMENTS, row, condition=IS_ABSENT, on_conflict=Conflict)
    for contract, moment in since.items():
        if clock.epoch(now) - moment > OUTAGE_AFTER_SECONDS:
            log_error(Event.BANK_OUTAGE, contract=contract, seconds=clock.epoch(now) - moment)
    return clock.epoch(now) - min(since.values(), default=clock.epoch(now))


def current_outages() -> dict[str, datetime]:
    """Return since when the banks of contracts do not answer; those that do are left out."""
    rows = dynamo.query_all(Table.PAYMENTS, bank_outage_partition())
    return {row["sk"]: datetime.fromtimestamp(int(row["since"]), UTC) for row in rows}
