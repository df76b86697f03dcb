"""Contracts under which orders were made, and genuine callbacks about orders that we do not have.

A callback names an order, and the order its contract and key. One about an unknown order can only be proved
by trying the keys of the contracts that we know, so each contract is written down with its first order.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache

from cabinet.accounts.bank_capabilities import CAPABILITIES
from cabinet.accounts.supplier_model import Merchant
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, IS_PRESENT, Item, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.errors import Conflict
from cabinet.payments.keys import GSI_DUE, NO_BANK_ORDER, UNMATCHED_SHARD, merchants_partition, unmatched_key
from cabinet.payments.providers.base import Callback

_SAME_CONTRACT = "attribute_not_exists(pk) OR #contract = :contract"
_MAX_MERCHANTS = 100
_RECHECK_AFTER = timedelta(hours=1)
_PAGE_SIZE = 50


@cache
def _registered() -> set[Merchant]:
    """Return the contracts that this process has written down already."""
    return set()


def register_merchant(transaction: Transaction, merchant: Merchant) -> None:
    """Write the contract down with an order, once in a process's life."""
    if merchant in _registered():
        return
    item = merchant.model_dump(mode="json") | {
        "pk": merchants_partition(merchant.dialect),
        "sk": merchant.contract,
    }
    transaction.put(
        Table.PAYMENTS, item, condition=_SAME_CONTRACT, on_conflict=Conflict, contract=merchant.contract
    )


def cache_registered(merchant: Merchant) -> None:
    """Remember, after the commit, that the contract is stored."""
    _registered().add(merchant)


def list_merchants(dialect: str) -> list[Merchant]:
    """Return the known contracts of a dialect; one query."""
    page = dynamo.query(Table.PAYMENTS, merchants_partition(dialect), limit=_MAX_MERCHANTS)
    return [Merchant.model_validate(item) for item in page.items]


def list_all_merchants() -> list[Merchant]:
    """Return the known contracts of every dialect."""
    return [merchant for dialect in CAPABILITIES for merchant in list_merchants(dialect)]


def store_unmatched(callback: Callback, merchant: Merchant, now: datetime) -> None:
    """Keep a genuine callback about an unknown order; the same again changes nothing."""
    item: Item = {
        **key_attributes(unmatched_key(callback.number, callback.bank_order_id or NO_BANK_ORDER)),
        "number": callback.number,
        "contract": merchant.contract,
        "operation": callback.operation,
        "due_shard": UNMATCHED_SHARD,
        "due_at": clock.timestamp(now),
        "heard_at": clock.timestamp(now),
    }
    with suppress(Conflict):
        dynamo.put(Table.PAYMENTS, item, condition=IS_ABSENT, on_conflict=Conflict)


def due_unmatched(now: datetime) -> list[Item]:
    """Return the unmatched callbacks that are to be looked up again."""
    return dynamo.query(
        Table.PAYMENTS, UNMATCHED_SHARD, index=GSI_DUE, between=("0", clock.timestamp(now)), limit=_PAGE_SIZE
    ).items


def delete_unmatched(unmatched: Item) -> None:
    """Drop an unmatched callback whose order has been found."""
    with suppress(Conflict):
        dynamo.delete(
            Table.PAYMENTS, (unmatched["pk"], unmatched["sk"]), condition=IS_PRESENT, on_conflict=Conflict
        )


def postpone_unmatched(unmatched: Item, now: datetime) -> None:
    """Look an unmatched callback up again later; it stays until its order is found or a person drops it."""
    with suppress(Conflict):
        dynamo.update(
            Table.PAYMENTS,
            (unmatched["pk"], unmatched["sk"]),
            "SET #due_at = :again",
            condition=IS_PRESENT,
            on_conflict=Conflict,
            again=clock.timestamp(now + _RECHECK_AFTER),
        )
