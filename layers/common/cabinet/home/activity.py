"""Counts who has opened the first screen this month, by supplier: one of the desk's numbers.

The month (UTC, as of the other numbers) is kept in the profile, which the first screen has read anyway: a
visit costs nothing more but for the month's first one, and the first after an account of another supplier.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from botocore.exceptions import ClientError

from cabinet.accounts import monthly_counters
from cabinet.accounts.monthly_counters import MonthlyCounter
from cabinet.aws.dynamo import IS_PRESENT, Item, Table, Transaction
from cabinet.core.errors import Conflict, ServiceUnavailable
from cabinet.core.identifiers import supplier_part
from cabinet.core.periods import period_from_date
from cabinet.home import activity_rules
from cabinet.identity.keys import profile_key

_UNMARKED = f"{IS_PRESENT} AND attribute_not_exists(#active_in)"
_UNCHANGED = "#active_in = :known"
_SET = "SET #active_in = :mark"


def count_visit(user_id: str, profile: Item, bindings: Sequence[Item], now: datetime) -> None:
    """Count a visit of the first screen by a person, unless the profile says that it is counted.

    Mark and numbers are one transaction: of two visits at once one counts. A visit that cannot be counted is
    shown all the same, and the next one counts; the line `storage_failed` tells why.
    """
    known, period = str(profile.get("active_in", "")), period_from_date(now.date())
    suppliers = {supplier_part(str(binding["account_id"])) for binding in bindings}
    mark, coming = activity_rules.mark_active(known, period, suppliers)
    if not coming:
        return
    transaction, key = Transaction(), profile_key(user_id)
    if known:
        transaction.update(
            Table.USERS, key, _SET, condition=_UNCHANGED, on_conflict=Conflict, mark=mark, known=known
        )
    else:
        transaction.update(Table.USERS, key, _SET, condition=_UNMARKED, on_conflict=Conflict, mark=mark)
    for supplier_id in coming:
        monthly_counters.increment(transaction, supplier_id, period, MonthlyCounter.ACTIVE, user_id)
    with suppress(Conflict, ServiceUnavailable, ClientError):
        transaction.commit()
