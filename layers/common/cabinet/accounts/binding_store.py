"""Bindings in storage: bound, unbound, chosen, confirmed by a new holder, paperless."""

import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from cabinet.accounts import monthly_counters, paperless
from cabinet.accounts.errors import AlreadyBound, StaleBindings, TooManyAccounts
from cabinet.accounts.holders import holder_key
from cabinet.accounts.keys import (
    account_key,
    binding_key,
    house_index_key,
)
from cabinet.accounts.model import Account
from cabinet.accounts.monthly_counters import MonthlyCounter
from cabinet.accounts.new_holder_rules import history_from_at_binding, history_from_at_confirmation
from cabinet.accounts.paperless import StalePaperless
from cabinet.accounts.rules import MAX_BINDINGS, next_primary, sorted_by_bound_at
from cabinet.accounts.store import MAILINGS, SHARDS, MailingsRecord, UserBindings
from cabinet.aws import dynamo
from cabinet.aws.dynamo import ALWAYS, IS_ABSENT, IS_PRESENT, Item, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.errors import NotFound
from cabinet.core.periods import period_from_date
from cabinet.core.sharding import shard_for
from cabinet.identity.keys import SUPPLIER_CONSENT, consent_key, profile_key

_MAX_RETRIES = 5
_BINDINGS_UNCHANGED = "attribute_exists(pk) AND (attribute_not_exists(#bindings) OR #bindings = :seen)"
"""The user's list of accounts is as it was read: each change of it renews `bindings` on the profile."""
_NO_DECISION = "attribute_exists(pk) AND attribute_not_exists(#paperless)"
_DECISION_UNCHANGED = "#paperless.#at = :decided_at"


def bind(
    owner: UserBindings,
    account: Account,
    now: datetime,
    *,
    primary: bool,
    mailings: MailingsRecord | None = None,
    consent: Mapping[str, str] | None = None,
) -> Item:
    """Bind the account to the user and return the binding; the first one, or `primary`, becomes primary.

    `mailings` is what the subscriber has been asked and has answered; it holds for later bindings as well.
    `consent` is the record of what was agreed to with the supplier; it outlives the binding.

    Raises
    ------
    AlreadyBound, TooManyAccounts
        As the list of accounts that `owner` was read with says.
    StaleBindings
        That list has changed meanwhile.
    """
    if any(binding["account_id"] == account.account_id for binding in owner.bindings):
        raise AlreadyBound
    if len(owner.bindings) >= MAX_BINDINGS:
        raise TooManyAccounts
    user_id = owner.user_id
    binding = binding_item(user_id, account, now)
    answered: MailingsRecord | None = mailings or owner.profile.get("mailings_answer")
    if answered:
        binding |= {"mailings": {kind: answered[kind] for kind in MAILINGS}, "mailings_record": answered}
    transaction = Transaction()
    transaction.put(Table.USERS, binding, condition=IS_ABSENT, on_conflict=AlreadyBound)
    # An account with a binding is not removed by the undo of the registry that brought it.
    transaction.update(
        Table.ACCOUNTS,
        account_key(account.account_id),
        "SET #bound = :yes",
        condition=IS_PRESENT,
        on_conflict=NotFound,
        yes=True,
    )
    if consent:
        pk, sk = consent_key(user_id, f"{SUPPLIER_CONSENT}{account.supplier_id}-{consent['version']}")
        record: Item = {"pk": pk, "sk": sk, **consent}
        transaction.put(Table.USERS, record, condition=ALWAYS, on_conflict=StaleBindings)
    current = owner.profile.get("primary_account_id")
    chosen = account.account_id if primary or not current else current
    _update_binding_list(transaction, owner, chosen, answered)
    period = period_from_date(now.date())
    monthly_counters.increment(transaction, account.account_id, period, MonthlyCounter.BOUND, user_id)
    transaction.commit()
    return binding


def binding_item(user_id: str, account: Account, now: datetime) -> Item:
    """Return a new binding's row; the shard is where the reminders will find it."""
    shard = shard_for(f"{user_id}/{account.account_id}", SHARDS)
    return {
        **key_attributes(binding_key(user_id, account.account_id)),
        "account_id": account.account_id,
        "bound_account": account.account_id,
        "shard": f"BINDINGS#{account.supplier_id}#{shard}",
        "shard_sk": f"{account.account_id}#{user_id}",
        "bound_at": clock.timestamp(now),
        "holder_key": holder_key(account.account_id, account.holder),
        "history_from": history_from_at_binding(account),
        "house_key": house_index_key(account.supplier_id, account.address.street, account.address.house),
        # What was issued before the account was bound is not news.
        "known_receipts": account.latest_periods,
        # Mailing needs a consent of its own (152-ФЗ, ст. 15): nothing is ticked for the subscriber.
        "mailings": dict.fromkeys(MAILINGS, False),
    }


def confirm_new_holder(user_id: str, binding: Item, account: Account) -> Item:
    """Move a binding to the account's current holder, whose surname was given, and return it.

    The paper opt-out that was made under the former holder's name has ended. Raises NotFound.
    """
    stands_on = holder_key(account.account_id, account.holder)
    history_from = history_from_at_confirmation(binding, account)
    dynamo.update(
        Table.USERS,
        binding_key(user_id, account.account_id),
        "SET #holder_key = :holder_key, #history_from = :history_from, #confirmed_at = :now,"
        " #known_receipts = :latest REMOVE #paperless",
        condition=IS_PRESENT,
        on_conflict=NotFound,
        holder_key=stands_on,
        history_from=history_from,
        now=clock.timestamp(clock.now()),
        latest=account.latest_periods,
    )
    kept = {name: value for name, value in binding.items() if name != "paperless"}
    return kept | {"holder_key": stands_on, "history_from": history_from}


def unbind(
    owner: UserBindings, account_id: str, extra_writes: Callable[[Transaction], None] | None = None
) -> None:
    """Delete a binding; the next one becomes primary, a paper opt-out ends.

    `extra_writes` adds the notifications to the same transaction. Raises NotFound, StaleBindings.
    """
    bound = [binding["account_id"] for binding in sorted_by_bound_at(owner.bindings)]
    if account_id not in bound:
        raise NotFound
    (binding,) = [each for each in owner.bindings if each["account_id"] == account_id]
    transaction = Transaction()
    _delete_binding(transaction, owner.user_id, binding)
    chosen = next_primary(owner.profile.get("primary_account_id"), account_id, bound)
    _update_binding_list(transaction, owner, chosen, owner.profile.get("mailings_answer"))
    if extra_writes is not None:
        extra_writes(transaction)
    try:
        transaction.commit()
    except StalePaperless:
        raise StaleBindings from None


def _delete_binding(transaction: Transaction, user_id: str, binding: Item) -> None:
    """Delete a binding; a paper opt-out made by it is withdrawn, since no mail will come any more."""
    account_id = binding["account_id"]
    key, decided = binding_key(user_id, account_id), binding.get("paperless")
    if decided is None:
        transaction.delete(Table.USERS, key, condition=_NO_DECISION, on_conflict=_raise_not_found_or_stale)
        return
    transaction.delete(
        Table.USERS,
        key,
        condition=_DECISION_UNCHANGED,
        on_conflict=_raise_not_found_or_stale,
        decided_at=decided["at"],
    )
    if decided["enabled"]:
        paperless.record_decision(
            transaction, account_id, user_id, _paperless_withdrawal(decided), paperless.get_row(account_id)
        )


def _raise_not_found_or_stale(existing: Item | None) -> Exception:
    return NotFound() if existing is None else StaleBindings()


def _paperless_withdrawal(decided: Item) -> Item:
    return decided | {"enabled": False, "at": clock.timestamp(clock.now())}


def choose_primary(user_id: str, account_id: str) -> None:
    """Make a bound account the one that is shown first; raises NotFound when it is not bound.

    It renews the list's mark, so that an unbinding that has read the choice before it must read again.
    """
    transaction = Transaction()
    transaction.check(
        Table.USERS, binding_key(user_id, account_id), condition=IS_PRESENT, on_conflict=NotFound
    )
    transaction.update(
        Table.USERS,
        profile_key(user_id),
        "SET #primary_account_id = :account, #bindings = :renewed",
        condition=IS_PRESENT,
        on_conflict=NotFound,
        account=account_id,
        renewed=uuid.uuid4().hex,
    )
    transaction.commit()


def set_paperless(
    user_id: str, account_id: str, record: dict[str, Any], *, has_webhook: bool | None = None
) -> None:
    """Record a paper opt-out (or its end) on the binding, and queue it for the supplier; raises NotFound.

    `has_webhook` as in `paperless.record_decision`.
    """
    for _ in range(_MAX_RETRIES):
        existing = paperless.get_row(account_id)
        transaction = Transaction()
        transaction.update(
            Table.USERS,
            binding_key(user_id, account_id),
            "SET #paperless = :record",
            condition=IS_PRESENT,
            on_conflict=NotFound,
            record=record,
        )
        paperless.record_decision(transaction, account_id, user_id, record, existing, has_webhook=has_webhook)
        try:
            return transaction.commit()
        except StalePaperless:
            continue
    raise StalePaperless


def withdraw_paperless(user_id: str, binding: Item) -> None:
    """Withdraw the paper opt-out of a binding about to be deleted; one withdrawn already is left."""
    decided = binding.get("paperless")
    if decided and decided["enabled"]:
        with suppress(NotFound):
            set_paperless(user_id, binding["account_id"], _paperless_withdrawal(decided))


def _update_binding_list(
    transaction: Transaction, owner: UserBindings, primary: str | None, mailings: MailingsRecord | None
) -> None:
    """Set the primary account and require that nobody else has changed the user's list meanwhile.

    The cap of 20 and the choice of the next primary depend on the list as a whole, which no condition on a
    single binding could hold.
    """
    transaction.update(
        Table.USERS,
        profile_key(owner.user_id),
        "SET #primary_account_id = :primary, #bindings = :renewed, #mailings_answer = :answer",
        condition=_BINDINGS_UNCHANGED,
        on_conflict=StaleBindings,
        primary=primary,
        seen=owner.profile.get("bindings", ""),
        renewed=uuid.uuid4().hex,
        answer=mailings,
    )
