"""Accounts and receipts of a registry, each compared with what stands and added to a plan.

One function a kind of item: `apply_account`, `apply_receipt`. Payments are `payments.py`, those through the
cabinet `orders.py`, meters `meters.py`.
"""

from cabinet import clock
from cabinet.accounts import refusals
from cabinet.accounts.holders import holder_key
from cabinet.accounts.keys import (
    account_key,
    account_partition,
    document_key,
    house_of,
    receipt_key,
)
from cabinet.accounts.store import SHARDS
from cabinet.billing.model import Receipt
from cabinet.billing.paying import services_differ
from cabinet.dynamo import Key, Table
from cabinet.exchange.errors import Raced
from cabinet.exchange.plan import Import, Plan, Write, stamped
from cabinet.exchange.rules import AccountUpdate, Data, ReceiptParts, Verdict, digest, verdict
from cabinet.shards import shard_of
from cabinet.wire import Item

_AS_READ = "#revision = :seen"
_NEVER_IMPORTED = "attribute_exists(pk) AND attribute_not_exists(#revision)"
_OF_THE_RECEIPT = "attribute_not_exists(pk) OR #document_id = :document_id"
"""The receipt's own condition decides for its row in the list too: they are written together."""


# ------------------------------------------------------------------ the account's own item


def apply_account(
    plan: Plan, update: AccountUpdate, importing: Import, periods: dict[str, str], more: Data
) -> None:
    """Add the account's item: its fields, where its receipts reach (`periods`: kind → period), and `more`."""
    key = account_key(update.account_id)
    standing = plan.standing.get(key)
    changes = _own_fields(plan, update, importing, standing)
    changes |= _closing(update, standing)
    changes |= _reach(update, standing, periods) | more
    if not changes:
        return
    if standing is None:
        if update.account is None:
            raise Raced  # the check has seen it, and accounts are never deleted
        plan.add(plan.put(key, {"latest": {}, "unaccounted": {}, "revision": 1, **changes}))
    elif "holder_since" in changes:
        account_id = str(standing["account_id"])
        standing_refusals = refusals.read(account_id)
        plan.add(
            _change(key, standing, changes),
            lambda transaction: refusals.end_all(
                transaction, account_id, clock.timestamp(clock.now()), standing_refusals
            ),
        )
    else:
        plan.add(_change(key, standing, changes))


def _own_fields(plan: Plan, update: AccountUpdate, importing: Import, standing: Item | None) -> Data:
    if update.account is None:
        return {}
    # The first spelling stays: bindings, orders and registries out name the account by it.
    account = update.account | ({"account_id": standing["account_id"]} if standing else {})
    fingerprint = digest(account)
    decision = verdict(
        standing, fingerprint, importing.stamp, importing.source, importing.newest_of("accounts")
    )
    plan.note("accounts", decision)
    if decision is not Verdict.WRITTEN:
        return {}
    address = account["address"]
    partition = account_partition(update.account_id)
    indexed = {
        "number": update.number,
        "house_key": house_of(importing.registry.supplier_id, address["street"], address["house"]),
        "shard": f"ACCOUNTS#{importing.registry.supplier_id}#{shard_of(partition, SHARDS)}",
        "shard_sk": partition,
    }
    return stamped(account | indexed | _succession(update, importing, standing), importing, fingerprint)


def _succession(update: AccountUpdate, importing: Import, standing: Item | None) -> Data:
    """Return since when there is another holder, if there is one: bindings made under the former one rest."""
    account, was = update.account or {}, (standing or {}).get("holder")
    if was is None or was == account["holder"]:
        return {}
    keys = (holder_key(update.account_id, was), holder_key(update.account_id, account["holder"]))
    if keys[0] == keys[1]:
        return {}
    ended_on = importing.registry.dated.isoformat()
    former = {keys[0]: {"ended_on": ended_on, "last_period": (standing or {}).get("last_period")}}
    return {
        "holder_since": ended_on,
        "former_holders": (standing or {}).get("former_holders", {}) | former,
    }


def _closing(update: AccountUpdate, standing: Item | None) -> Data:
    if update.closed_on is None or standing is None or standing.get("closed_on"):
        return {}
    return {"closed_on": update.closed_on}


def _reach(update: AccountUpdate, standing: Item | None, periods: dict[str, str]) -> Data:
    """Return the moved `latest`, `first_period` and `last_period`; empty when they stay."""
    if not update.receipts or not periods:
        return {}
    before: dict[str, str] = dict(standing.get("latest") or {}) if standing else {}
    latest = before | {kind: max(period, before.get(kind, "")) for kind, period in periods.items()}
    touched = [period for period, _ in update.receipts]
    first, last = (standing.get("first_period"), standing.get("last_period")) if standing else (None, None)
    reach: Data = {
        "latest": latest,
        "first_period": min([*touched, *([first] if first else [])]),
        "last_period": max([*touched, *([last] if last else [])]),
    }
    return {} if standing and all(standing.get(name) == value for name, value in reach.items()) else reach


def _change(key: Key, standing: Item, changes: Data) -> Write:
    revision = standing.get("revision")
    values = changes | {"revision": (revision or 0) + 1}
    change = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
    if revision is None:
        return lambda transaction: transaction.update(
            Table.ACCOUNTS, key, change, when=_NEVER_IMPORTED, otherwise=Raced, **values
        )
    return lambda transaction: transaction.update(
        Table.ACCOUNTS, key, change, when=_AS_READ, otherwise=Raced, seen=revision, **values
    )


# ------------------------------------------------------------------ receipts


def apply_receipt(plan: Plan, account_id: str, parts: ReceiptParts, importing: Import) -> Receipt | None:
    """Add a receipt with its row in the list of documents; return it when it is new or has changed."""
    key = receipt_key(account_id, parts.period, parts.kind)
    standing = plan.standing.get(key)
    content = _content(parts, standing)
    if content is None:
        raise Raced  # its balance was there when the registry was checked
    fingerprint = digest(content)
    decision = verdict(
        standing, fingerprint, importing.stamp, importing.source,
        importing.newest_of(f"receipts#{parts.period}"),
    )  # fmt: skip
    plan.note("receipts", decision)
    if decision is not Verdict.WRITTEN:
        return None
    receipt = Receipt.model_validate(content)
    # Where both come, the check has compared them, and named the line.
    if (parts.balance is None or parts.services is None) and services_differ(receipt, importing.supplier):
        plan.tally["receipts.services_differ"] += 1
    document = {"document_id": receipt.receipt_id, "title": receipt.title, "issued_on": content["issued_on"]}
    pk, sk = document_key(account_id, parts.period, parts.kind)
    row = document | {"pk": pk, "sk": sk}
    plan.add(
        plan.put(key, stamped(content, importing, fingerprint)),
        lambda transaction: transaction.put(
            Table.ACCOUNTS, row, when=_OF_THE_RECEIPT, otherwise=Raced, document_id=receipt.receipt_id
        ),
    )
    return receipt


def _content(parts: ReceiptParts, standing: Item | None) -> Data | None:
    """Return the receipt as it is kept: the registry's parts, and the standing item's where it has none."""
    if parts.is_whole:
        whole = {"kind": parts.kind, "kind_title": parts.kind_title, "period": parts.period}
        return whole | (parts.balance or {}) | {"services": parts.services, "charges": parts.charges}
    if parts.balance is None and standing is None:
        return None
    kept: Item = standing or {}
    receipt = Receipt.model_validate(
        {name: kept[name] for name in Receipt.model_fields if name in kept}
        | {"kind": parts.kind, "period": parts.period}
        | ({} if "kind_title" in kept and parts.balance is None else {"kind_title": parts.kind_title})
        | (parts.balance or {})
        | ({} if parts.services is None else {"services": parts.services})
        | ({} if parts.charges is None else {"charges": parts.charges})
    )
    return receipt.model_dump(mode="json")
