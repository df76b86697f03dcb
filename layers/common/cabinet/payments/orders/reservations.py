"""Which orders are paying an account's receipts now: kept on the account, changed together with the order.

An order reserves its receipts from the checkout, or from another attempt, until it is paid or has failed.
Anyone who wants to pay the same meanwhile gets an error; of two concurrent requests the account's version
lets one through. Orders of any user count: an account can have several.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cabinet.accounts.keys import account_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Item, Table, Transaction
from cabinet.billing.model import split_receipt_id
from cabinet.core.errors import DomainError
from cabinet.core.model import FrozenModel
from cabinet.core.money import Kopecks
from cabinet.core.timestamps import Timestamp
from cabinet.payments.model import Order, OrderLine

_VERSION_UNCHANGED = (
    "attribute_exists(pk) AND (attribute_not_exists(#reserved_version) OR #reserved_version = :seen)"
)
"""The reservations are as they were read; version 0 is an account that never had one."""


class StaleReservations(DomainError):
    """Somebody has begun or ended paying one of the accounts: read them again. Never shown to anybody."""


class Reservation(FrozenModel):
    """What one order is paying of one account."""

    order_id: str
    user_id: str | None
    receipts: list[str]
    amount: Kopecks
    """The sum for this account only: an order of another user may pay more, which does not matter here."""
    created_at: Timestamp


@dataclass(frozen=True, slots=True)
class Reservations:
    """All reservations of one account as they were read."""

    version: int
    by_order: dict[str, Reservation]
    unaccounted_payments: dict[str, tuple[str, list[str]]]
    """Payments that billing has not brought back: order or refund → when (ISO), receipts."""


def parse_reservations(row: Item) -> Reservations:
    """Return what an account's row says."""
    held = {name: Reservation.model_validate(entry) for name, entry in row.get("reserved", {}).items()}
    paid = {
        payment_id: (str(entry["paid_at"]), [line[0] for line in entry.get("lines", ())])
        for payment_id, entry in row.get("unaccounted", {}).items()
        if entry["amount"] > 0
    }
    return Reservations(int(row.get("reserved_version", 0)), held, paid)


def load_reservations(account_ids: Iterable[str]) -> dict[str, Reservations]:
    """Read the reservations of accounts; one round trip."""
    wanted = list(account_ids)
    keys = [(Table.ACCOUNTS, account_key(account_id)) for account_id in wanted]
    rows = dynamo.batch_get(keys, consistent=True)
    return {account_id: parse_reservations(row) for account_id, row in zip(wanted, rows, strict=True) if row}


def competing_reservations(
    lines: Iterable[OrderLine], known: Mapping[str, Reservations], own: str = ""
) -> list[Reservation]:
    """Return the reservations of other orders for what the lines pay.

    A receipt's debt has that of the earlier ones of its kind in it, so any period of a kind is the same debt.
    """
    wanted = {(line.account_id, split_receipt_id(line.receipt_id)[1]) for line in lines}
    found: dict[str, Reservation] = {}
    for account_id, reservations in known.items():
        for order_id, held in reservations.by_order.items():
            kinds = {(account_id, split_receipt_id(receipt_id)[1]) for receipt_id in held.receipts}
            if order_id == own or not kinds & wanted:
                continue
            amount = found[order_id].amount if order_id in found else 0
            found[order_id] = held.model_copy(update={"amount": amount + held.amount})
    return sorted(found.values(), key=lambda held: held.created_at)


def paid_since(order: Order, known: Mapping[str, Reservations]) -> list[str]:
    """Return the payments of the same receipts by other orders, made after this one."""
    return sorted(
        payment_id
        for account_id, reservations in known.items()
        for payment_id, (paid_at, receipts) in reservations.unaccounted_payments.items()
        if datetime.fromisoformat(paid_at) > order.created_at
        and any(
            line.account_id == account_id
            and split_receipt_id(line.receipt_id)[1] == split_receipt_id(receipt_id)[1]
            for line in order.lines
            for receipt_id in receipts
        )
    )


def reserve(transaction: Transaction, order: Order, known: Mapping[str, Reservations]) -> None:
    """Add the order's reservations to a transaction; StaleReservations when an account's have moved."""
    for account_id in order.account_ids:
        seen = known[account_id]
        lines = [line for line in order.lines if line.account_id == account_id]
        mine = Reservation(
            order_id=order.order_id,
            user_id=order.user_id,
            receipts=list(dict.fromkeys(line.receipt_id for line in lines)),
            amount=sum(line.amount for line in lines),
            created_at=order.created_at,
        )
        held = {name: other.model_dump(mode="json") for name, other in seen.by_order.items()}
        transaction.update(
            Table.ACCOUNTS,
            account_key(account_id),
            "SET #reserved = :reserved, #reserved_version = :next",
            condition=_VERSION_UNCHANGED,
            on_conflict=StaleReservations,
            reserved=held | {order.order_id: mine.model_dump(mode="json")},
            next=seen.version + 1,
            seen=seen.version,
        )


RELEASE_EXPRESSION = "SET #reserved_version = #reserved_version + :one REMOVE #reserved.#order"
"""The change of an account by which an order ends its reservation: with names={"order": …}, one=1."""


def release(transaction: Transaction, account_id: str, order_id: str) -> None:
    """Add the end of an order's reservation to a transaction."""
    transaction.update(
        Table.ACCOUNTS,
        account_key(account_id),
        RELEASE_EXPRESSION,
        condition=IS_PRESENT,
        on_conflict=dynamo.conflict,
        names={"order": order_id},
        one=1,
    )
