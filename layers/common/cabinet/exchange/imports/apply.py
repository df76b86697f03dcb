"""The second pass: accounts are compared with what is stored and written, in parallel, while time lasts."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field

from cabinet.accounts.houses import HouseList
from cabinet.accounts.keys import account_key
from cabinet.accounts.model import Address
from cabinet.accounts.paperless import StalePaperless
from cabinet.aws.dynamo import Item, Key
from cabinet.billing.keys import receipt_key
from cabinet.core.errors import ServiceUnavailable
from cabinet.exchange.errors import ConcurrentModification
from cabinet.exchange.imports import job_store
from cabinet.exchange.imports.account_update import AccountUpdate
from cabinet.exchange.imports.apply_accounted_payments import AccountedPayments, ledger_row_keys
from cabinet.exchange.imports.apply_accounts import AppliedReceipt, apply_account, apply_receipt
from cabinet.exchange.imports.apply_meters import apply_meters, meter_keys, reading_keys
from cabinet.exchange.imports.apply_payments import (
    apply_payments,
    apply_unknown_order,
    foreign_order_flag_change,
    payment_keys,
)
from cabinet.exchange.imports.merge_rules import build_account_update
from cabinet.exchange.imports.staging_db import StagingDb
from cabinet.exchange.imports.write_plan import Import, Plan, WriteAttempt, commit, stamp_scope
from cabinet.metering.errors import StaleMeter

THREADS = 8
BATCH_SIZE = 16
"""Accounts whose stored items are read together: a month's registry needs a few keys of each."""
_WINDOW = THREADS * BATCH_SIZE
_MAX_RETRIES = 6
_COMPARED = ("stamp", "digest", "source", "accepted_on", "amount", "status", "processed_on", "gis_document")
"""Attributes by which a whole receipt, a payment or a reading is compared; a registry may leave some out."""


@dataclass(slots=True)
class Progress:
    """How far an import has come: `after` is the last account done, in the order of numbers."""

    after: str = ""
    tally: Counter[str] = field(default_factory=Counter)
    finished: bool = False


def stamp_scopes(staging: StagingDb, format_name: str) -> set[str]:
    """Return the scopes whose stamps the registry is compared with: receipts by month, other rows by kind."""
    return {stamp_scope(format_name, scope) for scope in staging.scopes}


def apply(
    staging: StagingDb,
    importing: Import,
    left_out: set[str],
    progress: Progress,
    may_go_on: Callable[[Progress], bool],
) -> Progress:
    """Write the accounts after `progress.after`; `may_go_on` is asked between windows of accounts."""
    progress.finished = False
    houses = HouseList(importing.registry.supplier_id)
    with ThreadPoolExecutor(THREADS) as executor:
        updates = account_updates(staging, importing, left_out, progress.after)
        for window in itertools.batched(updates, _WINDOW, strict=False):
            batches = itertools.batched(window, BATCH_SIZE, strict=False)
            for tally in executor.map(lambda batch: write_accounts(batch, importing), batches):
                progress.tally.update(tally)
            houses.add_all(
                Address.model_validate(each.account["address"])
                for each in window
                if each.account and each.account.get("address")
            )
            progress.after = window[-1].number
            if not may_go_on(progress):
                return progress
    progress.finished = True
    return progress


def account_updates(
    staging: StagingDb, importing: Import, left_out: set[str], after: str = ""
) -> Iterator[AccountUpdate]:
    """Yield what the registry says of each account after a number, in the order of numbers."""
    accounts = (rows for rows in staging.accounts(after) if rows.number not in left_out)
    return (
        build_account_update(rows, importing.registry, staging.sections, importing.format_name)
        for rows in accounts
    )


def plan_accounts(
    updates: Sequence[AccountUpdate], importing: Import, *, is_retry: bool = False
) -> list[Plan]:
    """Compare some accounts with what is stored, read together; nothing is written.

    `is_retry`: everything is read anew.

    Raises
    ------
    ConcurrentModification
        Rows of an account that the check has seen are gone.
    """
    existing, attempt = _load_existing(updates, is_retry=is_retry), WriteAttempt()
    return [plan_account(update, importing, existing, attempt) for update in updates]


def write_accounts(updates: Sequence[AccountUpdate], importing: Import) -> Counter[str]:
    """Compare and write some accounts: read together, and written together unless one of them has moved."""
    plans = plan_accounts(updates, importing)
    try:
        importing.undo_recorder.keep(plans)
        commit(plans)
    except (ConcurrentModification, StalePaperless, StaleMeter):
        for update in updates:
            _retry_write(update, importing)
    return sum((plan.tally for plan in plans), Counter())


def _retry_write(update: AccountUpdate, importing: Import) -> None:
    for _ in range(_MAX_RETRIES):
        try:
            (plan,) = plan_accounts([update], importing, is_retry=True)
            importing.undo_recorder.keep([plan])
            commit([plan])
        except (ConcurrentModification, StalePaperless, StaleMeter):
            continue
        return
    raise ServiceUnavailable


def _load_existing(updates: Sequence[AccountUpdate], *, is_retry: bool) -> dict[Key, Item]:
    """Return what the updates are compared with, in full only where something of it would stay.

    An account that is new has nothing else either, so nothing else of it is read; where an import broke off
    before it wrote the account itself, the writes fail and everything is read anew (`is_retry`).
    """
    in_full = [key for update in updates for key in _kept_keys(update)]
    found = job_store.load_existing(in_full, consistent=is_retry)
    known = [update for update in updates if is_retry or account_key(update.account_id) in found]
    compared = [key for update in known for key in _compared_keys(update)]
    ledger = [
        key
        for update in known
        for key in ledger_row_keys(
            update.account_id, found.get(account_key(update.account_id)), update.accounted
        )
    ]
    return (
        found
        | job_store.load_existing(compared, attributes=_COMPARED, consistent=is_retry)
        | job_store.load_existing(ledger, consistent=True)
    )


def _kept_keys(update: AccountUpdate) -> Iterator[Key]:
    yield account_key(update.account_id)
    for parts in update.receipts.values():
        if not parts.replaces_all:
            yield receipt_key(update.account_id, parts.period, parts.kind)
    yield from meter_keys(update)


def _compared_keys(update: AccountUpdate) -> Iterator[Key]:
    for parts in update.receipts.values():
        if parts.replaces_all:
            yield receipt_key(update.account_id, parts.period, parts.kind)
    yield from payment_keys(update.account_id, update.payments)
    yield from reading_keys(update)


def plan_account(
    update: AccountUpdate, importing: Import, existing: dict[Key, Item], attempt: WriteAttempt
) -> Plan:
    """Return what is to be written for one account; its own item comes last, when all it names is there."""
    plan = Plan(existing, update.number, attempt)
    periods: dict[str, str] = {}
    written: dict[str, str] = {}
    resulting_receipts: list[AppliedReceipt] = []
    for parts in update.receipts.values():
        applied = apply_receipt(plan, update.account_id, parts, importing)
        periods[parts.kind] = max(parts.period, periods.get(parts.kind, ""))
        if applied is None:
            continue
        if applied.is_written:
            written[parts.kind] = max(parts.period, written.get(parts.kind, ""))
        resulting_receipts.append(applied)
    ours = AccountedPayments(plan, update.account_id, importing)
    accounted = ours.drop_lines_now_in_receipts(written)
    apply_payments(plan, update.account_id, update.payments, importing)
    foreign = [name for name, rows in update.accounted.items() if not ours.add_payment(name, rows)]
    for payment_id in foreign:
        apply_unknown_order(plan, update.account_id, payment_id, update.accounted[payment_id], importing)
    apply_meters(plan, update, importing)
    more = accounted | foreign_order_flag_change(
        existing.get(account_key(update.account_id)), is_named=bool(foreign)
    )
    apply_account(plan, update, importing, resulting_receipts, periods, more)
    return plan


def existing_accounts(executor: Executor) -> Callable[[Iterable[Key]], set[Key]]:
    """Return the lookup that the check uses: which keys have an item."""
    return lambda keys: set(job_store.load_existing(list(keys), executor, attributes=("stamp",)))
