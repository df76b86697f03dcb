"""A message lost between a row and its queue: a request that reads the row sends the message again."""

from datetime import datetime

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Table
from cabinet.core import clock
from cabinet.core.errors import Conflict


def claim_resend(item: Item, now: datetime) -> bool:
    """Note on a row of `Table.ACCOUNTS` that its message is sent again: `woken_at`, and how often, `wakes`.

    Return False if another request has claimed that already.
    """
    seen = item.get("woken_at")
    condition = "#woken_at = :seen" if seen else "attribute_exists(pk) AND attribute_not_exists(#woken_at)"
    try:
        dynamo.update(
            Table.ACCOUNTS, (str(item["pk"]), str(item["sk"])), "SET #woken_at = :now, #wakes = :wakes",
            condition=condition, on_conflict=Conflict, now=clock.timestamp(now),
            wakes=item.get("wakes", 0) + 1, **({"seen": seen} if seen else {}),
        )  # fmt: skip
    except Conflict:
        return False
    return True
