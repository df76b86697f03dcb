"""The reminders' visit to a page of bindings: read in batches, decide, write each person's letters once."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from itertools import batched
from typing import Any
from zoneinfo import ZoneInfo

from cabinet import clock, dynamo
from cabinet.accounts.holders import needs_surname
from cabinet.accounts.keys import account_key, profile_key, receipt_key, supplier_key
from cabinet.accounts.model import Account, Supplier
from cabinet.billing.model import Receipt
from cabinet.dynamo import IS_ABSENT, Key, Table
from cabinet.messaging.fanout import Job
from cabinet.messaging.outbox import Letter
from cabinet.messaging.reminders.model import Due, Told, Visited
from cabinet.messaging.reminders.rules import plan, wanted_receipts, wants_anything
from cabinet.messaging.rules import wants
from cabinet.messaging.telling import Telling, tell, told_partition
from cabinet.metering.listing import meters
from cabinet.wire import Item

KIND = "reminders"
EARLIEST_HOUR, LATEST_HOUR = 10, 20
"""People are written to by day, by the supplier's clock."""

_ROWS_EACH = 3
_BATCH = 99


def reminder_job(supplier: Supplier, moment: datetime) -> Job:
    """Return the supplier's job of this day; firing twice makes the same one."""
    today = clock.local_date(moment, supplier.time_zone)
    return Job(f"{KIND}-{supplier.supplier_id}-{today}", KIND, supplier.supplier_id, {"day": str(today)})


def is_daytime(supplier: Supplier, moment: datetime) -> bool:
    """Tell whether the supplier's subscribers may be written to at this hour."""
    return EARLIEST_HOUR <= moment.astimezone(ZoneInfo(supplier.time_zone)).hour <= LATEST_HOUR


def remind(job: Job, bindings: Sequence[Item]) -> None:
    """Tell the subscribers of a page what is due for them."""
    today = date.fromisoformat(job.params["day"])
    row = dynamo.get(Table.ACCOUNTS, supplier_key(job.supplier_id))
    if row is None:
        return
    supplier = Supplier.model_validate(row)
    wanting = [binding for binding in bindings if wants_anything(binding)]
    for group in batched(wanting, _BATCH // _ROWS_EACH, strict=False):
        _remind_some(supplier, group, today)


def _remind_some(supplier: Supplier, bindings: Sequence[Item], today: date) -> None:
    rows = dynamo.batch_get(
        [
            read
            for binding in bindings
            for read in (
                (Table.USERS, profile_key(_user_id(binding))),
                (Table.ACCOUNTS, account_key(binding["account_id"])),
                (Table.MESSAGES, told_key(_user_id(binding), binding["account_id"])),
            )
        ]
    )
    found = [
        (binding, profile, Account.model_validate(account), told)
        for binding, (profile, account, told) in zip(
            bindings, batched(rows, _ROWS_EACH, strict=True), strict=True
        )
        # Deleted meanwhile, moved away, or signing in by Госуслуги without an address: nobody to tell.
        if profile is not None
        and profile.get("email")
        and account is not None
        # What is due for another holder is not told, and not noted as told either.
        and not needs_surname(binding, Account.model_validate(account))
    ]
    receipts = _receipts_of([(account, binding, _told(row)) for binding, _, account, row in found], today)
    tellings = []
    for binding, profile, account, row in found:
        visited = Visited(
            supplier,
            account,
            binding,
            _told(row),
            tuple(meters(account.account_id)) if wants(binding, "reminders") else (),
            receipts.get(account.account_id, ()),
        )
        planned = plan(visited, today)
        if planned.told == visited.told:
            continue
        letters = [_letter(due, profile, account.account_id) for due in planned.due]
        tellings.append(_telling(_user_id(binding), account.account_id, planned.told, row, letters))
    tell(tellings)


def _receipts_of(
    visited: Sequence[tuple[Account, Item, Told]], today: date
) -> dict[str, tuple[Receipt, ...]]:
    """Read the receipts that may matter, of all accounts of the page together."""
    wanted: list[tuple[str, Key]] = [
        (account.account_id, receipt_key(account.account_id, period, kind))
        for account, binding, told in visited
        for period, kind in wanted_receipts(account, binding, told, today)
    ]
    found: dict[str, tuple[Receipt, ...]] = {}
    for group in batched(dict.fromkeys(wanted), _BATCH, strict=False):
        rows = dynamo.batch_get([(Table.ACCOUNTS, key) for _, key in group])
        for (account_id, _), row in zip(group, rows, strict=True):
            if row is not None:
                found[account_id] = (*found.get(account_id, ()), Receipt.model_validate(row))
    return found


def told_key(user_id: str, account_id: str) -> Key:
    """Return the key of what a subscriber was told of an account."""
    return told_partition(user_id), f"ACCOUNT#{account_id}"


def _told(row: Item | None) -> Told:
    return Told.model_validate(row or {})


def _telling(
    user_id: str, account_id: str, told: Told, standing: Item | None, letters: Sequence[Letter]
) -> Telling:
    pk, sk = told_key(user_id, account_id)
    version = int((standing or {}).get("version", 0))
    row = {"pk": pk, "sk": sk, "version": version + 1} | told.model_dump(mode="json")
    if standing is None:
        return Telling(row, IS_ABSENT, letters)
    return Telling(row, "#version = :version", letters, {"version": version})


def _letter(due: Due, profile: Item, account_id: str) -> Letter:
    user_id = profile["user_id"]
    name = hashlib.sha256(f"{due.occasion}/{account_id}/{user_id}".encode()).hexdigest()[:32]
    return Letter(due.template, profile["email"], due.params, name, user_id, due.mailing, account_id)


def _user_id(binding: dict[str, Any]) -> str:
    return str(binding["pk"]).removeprefix("USER#")
