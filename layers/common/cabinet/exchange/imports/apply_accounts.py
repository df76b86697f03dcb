"""Accounts and receipts of a registry, each compared with what is stored and added to a plan.

One function a kind of item: `apply_account`, `apply_receipt`. Payments are in `apply_payments.py`, those made
through the cabinet in `apply_accounted_payments.py`, meters in `apply_meters.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cabinet.accounts import paperless
from cabinet.accounts.holders import holder_key
from cabinet.accounts.keys import account_key, account_partition, house_index_key
from cabinet.accounts.search_index import changes_of_rows
from cabinet.accounts.store import SHARDS
from cabinet.aws.dynamo import Item, Key, Table, key_attributes
from cabinet.billing.amounts_due import services_differ
from cabinet.billing.keys import document_key, receipt_key
from cabinet.billing.model import Receipt
from cabinet.billing.receipt_copies import copy_of, is_copy_of, merge_charges
from cabinet.core import clock
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period
from cabinet.core.sharding import shard_for
from cabinet.exchange.errors import ConcurrentModification
from cabinet.exchange.imports.account_update import AccountUpdate, Data, ReceiptParts
from cabinet.exchange.imports.apply_payments import HAS_FOREIGN_ORDERS
from cabinet.exchange.imports.merge_rules import MergeDecision, content_digest, decide_merge, whole_account
from cabinet.exchange.imports.receipt_rules import receipt_data
from cabinet.exchange.imports.write_plan import Import, Plan, Write, change_meter_summaries, with_version
from cabinet.metering.meter_summaries import summary_changes

_VERSION_UNCHANGED = "#revision = :seen"
_NEVER_IMPORTED = "attribute_exists(pk) AND attribute_not_exists(#revision)"
_ABSENT_OR_SAME_DOCUMENT = "attribute_not_exists(pk) OR #document_id = :document_id"
"""The receipt's own condition decides for its row in the list too: they are written together."""


# ------------------------------------------------------------------ the account's own item


@dataclass(frozen=True, slots=True)
class AppliedReceipt:
    """A receipt as it will be after the registry, as plain data."""

    content: Data
    stamp: str
    digest: str
    is_written: bool
    """Whether it is new or has changed."""

    @property
    def kind(self) -> str:
        """Return which of the supplier's kinds of receipt it is."""
        return str(self.content["kind"])

    @property
    def period(self) -> Period:
        """Return its month."""
        return str(self.content["period"])

    @property
    def version(self) -> str:
        """Return what names this state of the row: its stamp and its digest."""
        return f"{self.stamp}.{self.digest[:12]}"

    @property
    def charged(self) -> Kopecks:
        """Return what it charges for its month, penalties among it."""
        return sum(int(self.content.get(name, {}).get("charged", 0)) for name in ("main", "penalty"))


def apply_account(
    plan: Plan,
    update: AccountUpdate,
    importing: Import,
    resulting_receipts: Sequence[AppliedReceipt],
    periods: dict[str, str],
    more: Data,
) -> None:
    """Add the account's item: its own fields, where its receipts reach, what is copied of them, and `more`.

    Parameters
    ----------
    periods
        Kind → the newest period that the registry names.
    resulting_receipts
        The receipts that the registry names, as they are after it, without those that a newer one has given.
    """
    key = account_key(update.account_id)
    existing = plan.existing.get(key)
    changes = _own_fields(plan, update, importing, existing)
    changes |= _close_account(update, existing)
    changes |= (
        _receipt_range(update, existing, periods) | _receipt_copies(existing, resulting_receipts) | more
    )
    if not changes:
        _add_meter_summaries(plan, key, existing)
        return
    if existing is None:
        if update.account is None:
            raise ConcurrentModification  # the check has seen it, and accounts are never deleted
        empty: Data = {"latest": {}, "unaccounted": {}, "meter_terms": plan.meter_summaries}
        plan.add(
            plan.prepare_put(key, {**empty, "revision": 1, **changes}), *_index_writes(changes, existing)
        )
    elif "holder_since" in changes:
        account_id = str(existing["account_id"])
        paperless_row = paperless.get_row(account_id)
        if paperless_row is not None and paperless_row["refused_by"]:
            row_key = paperless_row["pk"], paperless_row["sk"]
            plan.existing[row_key] = paperless_row
            plan.undo_checks[row_key] = {"turn": int(paperless_row["turn"]) + 1}
        indexed, has_webhook = _index_writes(changes, existing), importing.supplier.webhook is not None
        plan.add(
            _change(plan, key, existing, changes),
            lambda transaction: paperless.withdraw_all(
                transaction,
                account_id,
                clock.timestamp(clock.now()),
                paperless_row,
                has_webhook=has_webhook,
            ),
            *indexed,
            actions=1 + paperless.MAX_WITHDRAWAL_ACTIONS + has_webhook + len(indexed),
        )
    else:
        plan.add(_change(plan, key, existing, changes), *_index_writes(changes, existing))


def _index_writes(changes: Data, existing: Item | None) -> list[Write]:
    """Return the writes by which the desk's search follows the account's holder and address."""
    if "holder" not in changes:
        return []
    return [*changes_of_rows(existing, (existing or {}) | changes, changes["account_id"])]


def _own_fields(plan: Plan, update: AccountUpdate, importing: Import, existing: Item | None) -> Data:
    if update.account is None:
        return {}
    account = whole_account(update.account, existing)
    digest = content_digest(account)
    decision = decide_merge(
        existing, digest, importing.stamp, importing.format_name, importing.latest_stamp("accounts")
    )
    plan.count("accounts", decision)
    if decision is not MergeDecision.WRITTEN:
        return {}
    address = account["address"]
    partition = account_partition(update.account_id)
    indexed = {
        "number": update.number,
        "house_key": house_index_key(importing.registry.supplier_id, address["street"], address["house"]),
        "shard": f"ACCOUNTS#{importing.registry.supplier_id}#{shard_for(partition, SHARDS)}",
        "shard_sk": partition,
    }
    return with_version(account | indexed | _holder_change(update, importing, existing), importing, digest)


def _holder_change(update: AccountUpdate, importing: Import, existing: Item | None) -> Data:
    """Return since when there is another holder, if so: bindings to the former one become inactive."""
    account, was = update.account or {}, (existing or {}).get("holder")
    if was is None or was == account["holder"]:
        return {}
    keys = (holder_key(update.account_id, was), holder_key(update.account_id, account["holder"]))
    if keys[0] == keys[1]:
        return {}
    ended_on = importing.registry.dated.isoformat()
    before = existing or {}
    ended = {
        "ended_on": ended_on,
        "last_period": before.get("last_period"),
        "notices": (before.get("board") or {}).get("count", 0),
    }
    return {
        "holder_since": ended_on,
        "former_holders": before.get("former_holders", {}) | {keys[0]: ended},
    }


def _close_account(update: AccountUpdate, existing: Item | None) -> Data:
    if update.closed_on is None or existing is None or existing.get("closed_on"):
        return {}
    return {"closed_on": update.closed_on}


def _receipt_range(update: AccountUpdate, existing: Item | None, periods: dict[str, str]) -> Data:
    """Return the moved `latest`, `first_period` and `last_period`; empty when they stay."""
    if not update.receipts or not periods:
        return {}
    before: dict[str, str] = dict(existing.get("latest") or {}) if existing else {}
    latest = before | {kind: max(period, before.get(kind, "")) for kind, period in periods.items()}
    touched = [period for period, _ in update.receipts]
    first, last = (existing.get("first_period"), existing.get("last_period")) if existing else (None, None)
    reach: Data = {
        "latest": latest,
        "first_period": min([*touched, *([first] if first else [])]),
        "last_period": max([*touched, *([last] if last else [])]),
    }
    return {} if existing and all(existing.get(name) == value for name, value in reach.items()) else reach


def _receipt_copies(existing: Item | None, resulting_receipts: Sequence[AppliedReceipt]) -> Data:
    """Return the copies of the newest receipts and what receipts charged; empty when they stay."""
    if not resulting_receipts:
        return {}
    before = existing or {}
    latest, newest = before.get("latest") or {}, dict(before.get("newest") or {})
    last = {receipt.kind: receipt for receipt in sorted(resulting_receipts, key=lambda each: each.period)}
    for kind, receipt in last.items():
        is_newest = receipt.period >= latest.get(kind, "")
        if is_newest and not is_copy_of(newest.get(kind, ""), receipt.version):
            newest[kind] = copy_of(receipt.content | {"stamp": receipt.stamp}, receipt.version)
    charged = {(receipt.kind, receipt.period): receipt.charged for receipt in resulting_receipts}
    copies = {"newest": newest, "charged": merge_charges(before.get("charged", ""), charged)}
    return {} if all(before.get(name) == value for name, value in copies.items()) else copies


def _add_meter_summaries(plan: Plan, key: Key, existing: Item | None) -> None:
    """Write the entries of changed meters where nothing else of the account's item changes.

    The item's mark stays: undoing an import that changed only this has nothing to restore in the item.
    """
    changed = _changed_summaries(plan, existing)
    if changed:
        plan.add(lambda transaction: change_meter_summaries(transaction, key, changed))


def _changed_summaries(plan: Plan, existing: Item | None) -> dict[str, Item]:
    """Return the meters' entries that differ from the account's item; none if the item stores no entries."""
    known = (existing or {}).get("meter_terms")
    if known is None:
        return {}
    return {name: summary for name, summary in plan.meter_summaries.items() if known.get(name) != summary}


def _change(plan: Plan, key: Key, existing: Item, changes: Data) -> Write:
    revision = existing.get("revision")
    values = changes | {"revision": (revision or 0) + 1}
    plan.undo_checks.setdefault(key, {})["fields"] = sorted(values.keys() - {HAS_FOREIGN_ORDERS})
    plan.values[key] = values
    entries = summary_changes(_changed_summaries(plan, existing))
    sets = ["#mark = :mark", *(f"#{name} = :{name}" for name in values), *entries.sets]
    change = f"SET {', '.join(sets)}"
    seen: Data = {} if revision is None else {"seen": revision}
    return lambda transaction: transaction.update(
        Table.ACCOUNTS,
        key,
        change,
        condition=_NEVER_IMPORTED if revision is None else _VERSION_UNCHANGED,
        on_conflict=ConcurrentModification,
        names=entries.names,
        mark=transaction.mark,
        **seen,
        **values,
        **entries.values,
    )


# ------------------------------------------------------------------ receipts


def apply_receipt(
    plan: Plan, account_id: str, parts: ReceiptParts, importing: Import
) -> AppliedReceipt | None:
    """Add a receipt with its row in the list of documents; None where a newer registry's stays."""
    key = receipt_key(account_id, parts.period, parts.kind)
    existing = plan.existing.get(key)
    content = receipt_data(parts, existing)
    if content is None:
        raise ConcurrentModification  # its balance was there when the registry was checked
    digest = content_digest(content)
    decision = decide_merge(
        existing, digest, importing.stamp, importing.format_name,
        importing.latest_stamp(f"receipts#{parts.period}"),
    )  # fmt: skip
    plan.count("receipts", decision)
    if decision is MergeDecision.UNCHANGED:
        return AppliedReceipt(content, (existing or {}).get("stamp", ""), digest, is_written=False)
    if decision is not MergeDecision.WRITTEN:
        return None
    receipt = Receipt.model_validate(content)
    # Where both come, the check has compared them, and named the line.
    if (parts.balance is None or parts.services is None) and services_differ(receipt, importing.supplier):
        plan.tally["receipts.services_differ"] += 1
    changed_at = clock.timestamp(clock.now())
    row = document_row(account_id, receipt)
    plan.add(
        plan.prepare_put(key, with_version(content, importing, digest) | {"changed_at": changed_at}),
        lambda transaction: transaction.put(
            Table.ACCOUNTS,
            row,
            condition=_ABSENT_OR_SAME_DOCUMENT,
            on_conflict=ConcurrentModification,
            document_id=receipt.receipt_id,
        ),
    )
    return AppliedReceipt(content, importing.stamp, digest, is_written=True)


def document_row(account_id: str, receipt: Receipt) -> Item:
    """Return a receipt's row in the list of documents."""
    issued_on = None if receipt.issued_on is None else receipt.issued_on.isoformat()
    return {
        **key_attributes(document_key(account_id, receipt.period, receipt.kind)),
        "document_id": receipt.receipt_id,
        "title": receipt.title,
        "issued_on": issued_on,
    }
