"""What a new holder does not see: an account's history before the change of holder. Pure.

The mirror of what `holders` keeps from a former holder. Each binding keeps from which day its owner may look
back (`history_from`); one from before that was kept is decided by the day on which it was made.
"""

from datetime import date

from cabinet.accounts.model import Account, HistoryStart
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws.dynamo import Item
from cabinet.core.periods import period_from_date, shift_period

EVERYTHING = ""
"""`history_from` of a resident who may see the account's whole history."""


def history_start_for(binding: Item, account: Account, supplier: Supplier) -> HistoryStart | None:
    """Return where the history begins that the binding's owner may see; None: they see all of it.

    Costs no read: the account's own item says when holders changed, and mostly that none has.
    """
    since = account.holder_since
    if since is None or supplier.new_holder_sees_history:
        return None
    return _start(account, _history_from(binding, account, since))


def account_for_new_holder(account: Account, start: HistoryStart | None) -> Account:
    """Return the account as its new holder may see it: months before the change have no receipts.

    What is owed and for what stays (`latest_periods`, `latest_receipt_copies`, `unaccounted`): it is the new
    holder's balance.
    """
    if start is None:
        return account
    reach: Item = {"first_period": None, "last_period": None}
    first, last = account.first_period, account.last_period
    if first is not None and last is not None and last > start.last_hidden_period:
        reach = {"first_period": max(first, shift_period(start.last_hidden_period, 1)), "last_period": last}
    return account.model_copy(update={**reach, "shown_from": start})


def history_from_at_binding(account: Account) -> str:
    """Return what a new binding keeps: the day on which the current holder came, if another was before."""
    return EVERYTHING if account.holder_since is None else account.holder_since.isoformat()


def history_from_at_confirmation(binding: Item, account: Account) -> str:
    """Return what a binding keeps once its owner has given the current holder's surname.

    A resident who had the account bound under the previous holder has seen that time, and still sees it: a
    surname was changed, or one of the family became the holder. Between other holders there is a gap.
    """
    since = account.holder_since
    if since is None:
        return EVERYTHING
    before = account.former_holders.get(str(binding.get("holder_key")))
    if before is None or before.ended_on != since:
        return since.isoformat()
    return _history_from(binding, account, since)


def _history_from(binding: Item, account: Account, since: date) -> str:
    kept = binding.get("history_from")
    if kept is not None:
        return str(kept)
    bound_on = str(binding.get("bound_at", ""))[:10]
    changes = [since, *(former.ended_on for former in account.former_holders.values())]
    known = [day.isoformat() for day in changes if day.isoformat() <= bound_on]
    return max(known, default=EVERYTHING)


def _start(account: Account, history_from: str) -> HistoryStart | None:
    if history_from == EVERYTHING:
        return None
    day = date.fromisoformat(history_from)
    ended = [former for former in account.former_holders.values() if former.ended_on == day]
    periods = [former.last_period for former in ended if former.last_period is not None]
    # Without receipts before the change, or from before they were noted: the month of the change is shown.
    after = max(periods, default=shift_period(period_from_date(day), -1))
    return HistoryStart(
        day=day, last_hidden_period=after, notices=max((each.notices for each in ended), default=0)
    )
