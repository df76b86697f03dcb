"""Autopay in storage: rules, what each did, and which receipts were ever charged.

A rule's row and its history are in the user's partition, which goes with the cabinet. That a
receipt is charged once is ensured by a row of the account, whoever's rule it is.
"""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from cabinet.accounts.keys import binding_key
from cabinet.autopay.model import FAILURES, AutopayRule, Failure, HistoryEntry
from cabinet.aws import dynamo
from cabinet.aws.dynamo import ALWAYS, IS_ABSENT, IS_PRESENT, Item, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.errors import Conflict, DomainError, NotFound
from cabinet.core.identifiers import supplier_part
from cabinet.identity.keys import consent_key, profile_key
from cabinet.payments.keys import (
    GSI_BY_SUBSCRIBER,
    GSI_DUE,
    autopay_claim_key,
    autopay_failures_partition,
    autopay_history_prefix,
    autopay_key,
    autopay_partition,
    autopay_shard,
)

HAS_AUTOPAY = "has_autopay"
"""Attribute of a binding whose account ever had a rule: only there the first screen looks for one."""
_REVISION_UNCHANGED = "#revision = :seen"
_ABSENT_OR_SEEN = "attribute_not_exists(pk) OR #revision = :seen"
_FREE_OR_MINE = "attribute_not_exists(pk) OR #order_id = :previous"
_HISTORY_PAGE = 50


class StaleRule(DomainError):
    """The rule was changed since it was read. Never shown to anybody."""


@dataclass(frozen=True, slots=True)
class DueRule:
    """A due rule, with what the index (which may lag) says that it is about.

    Compared by whose it is: a run processes a rule once, whatever the index says of it the next time.
    """

    user_id: str
    account_id: str
    receipts: tuple[str, ...] = field(default=(), compare=False)
    """Planned, or dealt with last."""
    order_id: str | None = field(default=None, compare=False)
    """The order of the planned charge's last try."""


class ReceiptClaimed(DomainError):
    """The receipt was charged by autopay before. Never shown to anybody."""


def new_revision() -> str:
    """Return a mark that no other state of the rule has."""
    return secrets.token_hex(8)


def parse_rule(row: Item | None) -> AutopayRule | None:
    """Return the rule of its row."""
    return AutopayRule.model_validate(row) if row is not None else None


def load(user_id: str, account_id: str) -> AutopayRule | None:
    """Return a rule by a consistent read."""
    return parse_rule(dynamo.get(Table.PAYMENTS, autopay_key(user_id, account_id), consistent=True))


def list_rules(user_id: str) -> list[AutopayRule]:
    """Return a user's rules by account."""
    rows = dynamo.query_all(Table.PAYMENTS, autopay_partition(user_id), begins="RULE#")
    return [AutopayRule.model_validate(row) for row in rows]


def add_changed_rule(
    transaction: Transaction, seen: AutopayRule | None, rule: AutopayRule, entry: HistoryEntry | None = None
) -> AutopayRule:
    """Add the changed rule to a transaction and return it as it will be stored; StaleRule."""
    changed = rule.model_copy(update={"revision": new_revision()})
    transaction.put(
        Table.PAYMENTS, _item(changed), condition=_ABSENT_OR_SEEN if seen is None else _REVISION_UNCHANGED,
        on_conflict=StaleRule, seen=seen.revision if seen else "",
    )  # fmt: skip
    if entry is not None:
        add_entry(transaction, rule.user_id, rule.account_id, entry)
    return changed


def save(seen: AutopayRule, rule: AutopayRule, entry: HistoryEntry | None = None) -> AutopayRule:
    """Write the changed rule; raises StaleRule. What has not changed is not written."""
    if rule == seen and entry is None:
        return seen
    transaction = Transaction()
    changed = add_changed_rule(transaction, seen, rule, entry)
    transaction.commit()
    return changed


def delete(seen: AutopayRule) -> None:
    """Delete a rule; one that is gone or was changed meanwhile is left as it is."""
    with suppress(StaleRule):
        dynamo.delete(
            Table.PAYMENTS, autopay_key(seen.user_id, seen.account_id),
            condition=_REVISION_UNCHANGED, on_conflict=StaleRule, seen=seen.revision,
        )  # fmt: skip


def switch_off(user_id: str, account_id: str) -> bool:
    """Delete a rule whatever it has become: off means off. Return whether there was one."""
    transaction = Transaction()
    key = autopay_key(user_id, account_id)
    transaction.delete(Table.PAYMENTS, key, condition=IS_PRESENT, on_conflict=StaleRule)
    off = HistoryEntry(at=clock.now(), outcome="switched_off", text="Автоплатёж выключен.")
    add_entry(transaction, user_id, account_id, off)
    try:
        transaction.commit()
    except StaleRule:
        return False
    return True


def require_user(transaction: Transaction, user_id: str) -> None:
    """Add to a transaction that the user still has a cabinet; Conflict."""
    transaction.check(Table.USERS, profile_key(user_id), condition=IS_PRESENT, on_conflict=Conflict)


def mark_binding(transaction: Transaction, user_id: str, account_id: str) -> None:
    """Add to a transaction that the account, still bound, has a rule to look for; NotFound."""
    transaction.update(
        Table.USERS, binding_key(user_id, account_id), f"SET #{HAS_AUTOPAY} = :on",
        condition=IS_PRESENT, on_conflict=NotFound, on=True,
    )  # fmt: skip


def record_consent(transaction: Transaction, rule: AutopayRule) -> None:
    """Add the proof of the owner's consent to a transaction."""
    row = {
        **key_attributes(consent_key(rule.user_id, f"autopay-{rule.consent.version}")),
        "version": rule.consent.version,
        "text_sha256": rule.consent.text_sha256,
        "agreed_at": clock.timestamp(rule.consent.agreed_at),
        "address": rule.consent.client_ip,
    }
    transaction.put(Table.USERS, row, condition=ALWAYS, on_conflict=Conflict)


def claim_receipts(
    transaction: Transaction, account_id: str, receipts: Iterable[str], order_id: str, previous: str | None
) -> None:
    """Add to a transaction that an order charges receipts, each for the first time; ReceiptClaimed.

    `previous` is the order of the try before, which failed: only from it a receipt is taken over.
    """
    for receipt_id in receipts:
        pk, sk = autopay_claim_key(account_id, receipt_id)
        transaction.put(
            Table.PAYMENTS, {"pk": pk, "sk": sk, "order_id": order_id}, condition=_FREE_OR_MINE,
            on_conflict=ReceiptClaimed, previous=previous or "",
        )  # fmt: skip


def due(shard: str, now: datetime, limit: int) -> list[DueRule]:
    """Return the due rules in the shard, the longest waiting first."""
    page = dynamo.query(
        Table.PAYMENTS, shard, index=GSI_DUE, between=("0", clock.timestamp(now)), limit=limit
    )
    return [_due_rule(item) for item in page.items]


def all_due(shard: str) -> Iterator[DueRule]:
    """Yield every rule of the shard that has a time, whenever that is."""
    return map(_due_rule, dynamo.query_all(Table.PAYMENTS, shard, index=GSI_DUE))


def _due_rule(item: Item) -> DueRule:
    planned = item.get("planned") or {}
    names = dict.fromkeys([*planned.get("receipts", {}), *item.get("settled", {}).values()])
    return DueRule(item["user_id"], item["account_id"], tuple(names), planned.get("order_id"))


def history(user_id: str, account_id: str) -> list[HistoryEntry]:
    """Return what a rule did, the latest first."""
    page = dynamo.query(
        Table.PAYMENTS, autopay_partition(user_id), begins=autopay_history_prefix(account_id),
        limit=_HISTORY_PAGE, newest_first=True,
    )  # fmt: skip
    return [HistoryEntry.model_validate(row) for row in page.items]


def failures(supplier_id: str, since: datetime, after: Item | None) -> tuple[list[Failure], Item | None]:
    """Return a page of what autopay could not charge of a supplier's accounts, newest first."""
    page = dynamo.query(
        Table.PAYMENTS, autopay_failures_partition(supplier_id), index=GSI_BY_SUBSCRIBER,
        between=(clock.timestamp(since), "~"), limit=_HISTORY_PAGE, newest_first=True, after=after,
    )  # fmt: skip
    return [Failure.model_validate(row) for row in page.items], page.next_key


def add_entry(transaction: Transaction, user_id: str, account_id: str, entry: HistoryEntry) -> None:
    """Add what a rule did to a transaction; what the staff looks at is found by its supplier as well."""
    at = clock.timestamp(entry.at)
    row = entry.model_dump(mode="json") | {
        "pk": autopay_partition(user_id),
        "sk": f"{autopay_history_prefix(account_id)}{at}#{secrets.token_hex(3)}",
    }
    if entry.outcome in FAILURES:
        row |= {
            "subscriber": autopay_failures_partition(supplier_part(account_id)),
            "created_at": f"{at}#{account_id}",
            "account_id": account_id,
        }
    transaction.put(Table.PAYMENTS, row, condition=IS_ABSENT, on_conflict=dynamo.conflict)


def _item(rule: AutopayRule) -> Item:
    item = rule.model_dump(mode="json") | key_attributes(autopay_key(rule.user_id, rule.account_id))
    if rule.due_at is None:
        del item["due_at"]
    else:
        item["due_shard"] = autopay_shard(rule.user_id)
    return item
