"""Sends the reminders of a page of bindings: read in batches, decide, write each person's emails once."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import batched
from zoneinfo import ZoneInfo

from cabinet import fanout
from cabinet.accounts.holders import needs_surname
from cabinet.accounts.keys import account_key, supplier_key, user_id_from_row
from cabinet.accounts.model import Account
from cabinet.accounts.new_holder_rules import history_start_for
from cabinet.accounts.notification_kind_rules import NotificationKind, pushed_kinds
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Item, Key, Table
from cabinet.billing.keys import receipt_key
from cabinet.billing.model import Receipt
from cabinet.core import clock
from cabinet.fanout import FanoutJob
from cabinet.identity.keys import profile_key
from cabinet.metering.queries import list_meters
from cabinet.outbox.deduplicated_send import NotificationUnit, dedupe_partition, send_once
from cabinet.outbox.emails import Email
from cabinet.outbox.pushes import Push
from cabinet.reminders.model import DueReminder, ReminderContext, ReminderState
from cabinet.reminders.rules import is_held, is_wanted, may_receive_mail, plan, wanted_receipts

KIND = "reminders"
EARLIEST_HOUR, LATEST_HOUR = 10, 20
"""People are written to by day, by the supplier's clock."""

_ROWS_PER_ACCOUNT = 3
_BATCH = 99


def reminder_job(supplier: Supplier, now: datetime) -> FanoutJob:
    """Return the supplier's job of this day; firing twice makes the same one."""
    today = clock.local_date(now, supplier.time_zone)
    return FanoutJob(
        f"{KIND}-{supplier.supplier_id}-{today}", KIND, supplier.supplier_id, {"day": str(today)}
    )


def is_daytime(supplier: Supplier, now: datetime) -> bool:
    """Tell whether the supplier's subscribers may be written to at this hour."""
    return EARLIEST_HOUR <= now.astimezone(ZoneInfo(supplier.time_zone)).hour <= LATEST_HOUR


def run_page(job: FanoutJob, bindings: Sequence[Item]) -> None:
    """Remind the subscribers of a page of what is due."""
    today = date.fromisoformat(job.params["day"])
    row = dynamo.get(Table.ACCOUNTS, supplier_key(job.supplier_id))
    if row is None:
        return
    supplier = Supplier.model_validate(row)
    wanting = _notifiable_bindings(bindings)
    is_any_held = False
    for group in batched(wanting, _BATCH // _ROWS_PER_ACCOUNT, strict=False):
        is_any_held |= _remind_some(supplier, group, today)
    if is_any_held:
        _remind_later(supplier)


def _notifiable_bindings(bindings: Sequence[Item]) -> list[Item]:
    """Leave out residents who have chosen no mailing about the account and get no pushes."""
    unmailed = {user_id_from_row(binding): None for binding in bindings if not may_receive_mail(binding)}
    profiles: list[Item | None] = []
    for users in batched(unmailed, _BATCH, strict=False):
        profiles += dynamo.batch_get([(Table.USERS, profile_key(user_id)) for user_id in users])
    pushed = {
        user_id
        for user_id, profile in zip(unmailed, profiles, strict=True)
        if profile and pushed_kinds(profile)
    }
    return [
        binding for binding in bindings if may_receive_mail(binding) or user_id_from_row(binding) in pushed
    ]


def _remind_later(supplier: Supplier) -> None:
    """Remind the supplier's subscribers once more today, when what is held back may be mailed.

    Started before the page counts as done, so a worker killed in between starts it again: the same job.
    """
    may_tell_at = clock.now() + timedelta(minutes=supplier.receipt_mail_delay_minutes)
    starts_at = may_tell_at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    if is_daytime(supplier, starts_at):
        day = reminder_job(supplier, starts_at)
        job_id = f"{day.job_id}-again-{starts_at:%H}"
        fanout.start(replace(day, job_id=job_id, not_before=clock.epoch(starts_at)))


def _remind_some(supplier: Supplier, bindings: Sequence[Item], today: date) -> bool:
    """Remind some subscribers; return whether a receipt of theirs is held back."""
    rows = dynamo.batch_get(
        [
            read
            for binding in bindings
            for read in (
                (Table.USERS, profile_key(user_id_from_row(binding))),
                (Table.ACCOUNTS, account_key(binding["account_id"])),
                (Table.MESSAGES, state_key(user_id_from_row(binding), binding["account_id"])),
            )
        ]
    )
    found = [
        (binding, profile, _account_seen(binding, account, supplier), reminder_state)
        for binding, (profile, account, reminder_state) in zip(
            bindings, batched(rows, _ROWS_PER_ACCOUNT, strict=True), strict=True
        )
        # Deleted meanwhile, moved away, or by Госуслуги without address or browser: nobody to notify.
        if profile is not None
        and (profile.get("email") or pushed_kinds(profile))
        and account is not None
        # What is due for another holder is not sent, and not noted as sent either.
        and not needs_surname(binding, Account.model_validate(account))
    ]
    receipts = _load_receipts(
        [
            (account, binding, _load_state(row), pushed_kinds(profile))
            for binding, profile, account, row in found
        ],
        today,
    )
    units = []
    moment, is_any_held = clock.now(), False
    for binding, profile, account, row in found:
        pushed, loaded = pushed_kinds(profile), receipts.get(account.account_id, ())
        context = ReminderContext(
            supplier,
            account,
            binding,
            _load_state(row),
            tuple(list_meters(account.account_id)) if is_wanted(binding, pushed, "reminders") else (),
            loaded,
            frozenset(receipt.receipt_id for receipt in loaded if is_held(receipt, supplier, moment)),
            pushed,
        )
        is_any_held = is_any_held or bool(context.held_receipts)
        planned = plan(context, today)
        if planned.reminder_state == context.reminder_state:
            continue
        emails = [
            _email(due, profile, account.account_id)
            for due in planned.due
            if due.is_mailed and profile.get("email")
        ]
        pushes = [_push(due, profile, account.account_id, supplier) for due in planned.due if due.is_pushed]
        unit = _build_unit(user_id_from_row(binding), account.account_id, planned.reminder_state, row, emails)
        units.append(replace(unit, pushes=pushes))
    send_once(units)
    return is_any_held


def _load_receipts(
    candidates: Sequence[tuple[Account, Item, ReminderState, frozenset[NotificationKind]]], today: date
) -> dict[str, tuple[Receipt, ...]]:
    """Read the receipts that may matter, of all accounts of the page together."""
    wanted: list[tuple[str, Key]] = [
        (account.account_id, receipt_key(account.account_id, period, kind))
        for account, binding, reminder_state, pushed in candidates
        for period, kind in wanted_receipts(account, binding, reminder_state, today, pushed)
    ]
    found: dict[str, tuple[Receipt, ...]] = {}
    for group in batched(dict.fromkeys(wanted), _BATCH, strict=False):
        # Consistent: a sum that has just been corrected must not be mailed from a copy that lags.
        rows = dynamo.batch_get([(Table.ACCOUNTS, key) for _, key in group], consistent=True)
        for (account_id, _), row in zip(group, rows, strict=True):
            if row is not None:
                found[account_id] = (*found.get(account_id, ()), Receipt.model_validate(row))
    return found


def state_key(user_id: str, account_id: str) -> Key:
    """Return the key of what a subscriber was sent about an account."""
    return dedupe_partition(user_id), f"ACCOUNT#{account_id}"


def _account_seen(binding: Item, row: Item, supplier: Supplier) -> Account:
    """Return the account with where its history begins for the binding's owner; what is owed is all there."""
    account = Account.model_validate(row)
    return account.model_copy(update={"shown_from": history_start_for(binding, account, supplier)})


def _load_state(row: Item | None) -> ReminderState:
    return ReminderState.model_validate(row or {})


def _build_unit(
    user_id: str,
    account_id: str,
    reminder_state: ReminderState,
    existing: Item | None,
    emails: Sequence[Email],
) -> NotificationUnit:
    pk, sk = state_key(user_id, account_id)
    version = int((existing or {}).get("version", 0))
    row = {"pk": pk, "sk": sk, "version": version + 1} | reminder_state.model_dump(mode="json")
    if existing is None:
        return NotificationUnit(row, IS_ABSENT, emails)
    return NotificationUnit(row, "#version = :version", emails, {"version": version})


def _name(due: DueReminder, account_id: str, user_id: str) -> str:
    return hashlib.sha256(f"{due.occasion}/{account_id}/{user_id}".encode()).hexdigest()[:32]


def _push(due: DueReminder, profile: Item, account_id: str, supplier: Supplier) -> Push:
    user_id = profile["user_id"]
    name = _name(due, account_id, user_id)
    return Push(due.template, user_id, name, supplier.time_zone, account_id)


def _email(due: DueReminder, profile: Item, account_id: str) -> Email:
    user_id = profile["user_id"]
    name = _name(due, account_id, user_id)
    return Email(due.template, profile["email"], due.params, name, user_id, due.mailing, account_id)
