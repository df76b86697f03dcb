"""Posting: one transaction moves order, ledgers, journal, export queues and mail.

It needs only the subscriber's e-mail: the bindings, or the user, may be deleted while a payment is pending.
Called by `orders/store.commit`.
"""

from cabinet.accounts.keys import account_key
from cabinet.aws.dynamo import IS_ABSENT, IS_PRESENT, Item, Table, Transaction, key_attributes
from cabinet.billing.keys import payment_key
from cabinet.billing.model import AccountPayment
from cabinet.core import clock
from cabinet.core.errors import Conflict
from cabinet.core.identifiers import supplier_part
from cabinet.core.money import Kopecks
from cabinet.core.sharding import shard_for
from cabinet.outbox.pushes import commit_with_notifications
from cabinet.payments.emails import order_email_address, posting_email, posting_push
from cabinet.payments.keys import (
    EXPORT_QUEUE_SHARDS,
    export_queue_key,
    journal_key,
    supplier_payments_partition,
)
from cabinet.payments.model import Order, OrderLine, Posting
from cabinet.payments.orders.reservations import RELEASE_EXPRESSION, release
from cabinet.webhooks.events import WebhookEvent, enqueue_event, wake_deliverer_for
from cabinet.webhooks.model import EventKind

_ADD_UNACCOUNTED = "SET #unaccounted.#id = :entry"


class AlreadyPosted(Conflict):
    """The ledger has this payment already: a lock behind the order's version."""


class AccountMissing(Conflict):
    """An account of the order is not in storage: one with orders is never deleted, so a person must look."""


def commit_posting(
    transaction: Transaction, order: Order, posting: Posting, email_address: str | None, *,
    releases: bool = False,
) -> None:  # fmt: skip
    """Commit the transaction that moves the order together with all that its posting writes.

    `order` is as it becomes; `email_address` is its `email` before this transaction, which may erase it;
    `releases` ends its reservations.
    """
    sums = posting.by_account()
    for account_id, amount in sums.items():
        _post_to_account(transaction, order, posting, account_id, amount, releases=releases)
    for account_id in order.account_ids if releases else ():
        if account_id not in sums:
            release(transaction, account_id, order.order_id)
    # Commission and, of a refund, what was never posted (`unposted_amount`): both belong to the order as a
    # whole and are stored with the first of its suppliers.
    outside_lines = posting.total - sum(amount for _, amount in posting.lines)
    for supplier_id, lines in posting.by_supplier().items():
        _queue_for_export(transaction, order, posting, supplier_id, lines, outside_lines)
        outside_lines = 0
    _add_to_journal(transaction, order, posting)
    email_address = order_email_address(order, email_address)
    email = posting_email(order, posting, email_address) if email_address is not None else None
    events = [
        _event(order, posting, account_id, amount)
        for account_id, amount in sums.items()
        if supplier_part(account_id) in order.suppliers_with_webhook
    ]
    for event in events:
        enqueue_event(transaction, event)
    commit_with_notifications(transaction, [] if email is None else [email], posting_push(order, posting))
    if events:
        wake_deliverer_for(event.account_id for event in events)


def _event(order: Order, posting: Posting, account_id: str, amount: Kopecks) -> WebhookEvent:
    """Return what the supplier is sent about one account's part; sums in kopecks, positive either way."""
    receipts: dict[str, Kopecks] = {}
    for receipt_id, _, _, part in posting.lines_of(account_id):
        receipts[receipt_id] = receipts.get(receipt_id, 0) + abs(part)
    data = {
        "payment_id": posting.payment_id,
        "order_id": order.order_id,
        "amount": abs(amount),
        "received_on": ledger_day(order, posting, supplier_part(account_id)),
        "receipts": [{"receipt_id": each, "amount": part} for each, part in receipts.items()],
    }
    kind = EventKind.PAYMENT_CREDITED if posting.total > 0 else EventKind.PAYMENT_REFUNDED
    return WebhookEvent(kind, account_id, posting.payment_id, data)


def ledger_day(order: Order, posting: Posting, supplier_id: str) -> str:
    """Return the day on which the payment was received, in the supplier's time zone."""
    return clock.local_date(posting.at, order.time_zones[supplier_id]).isoformat()


def _post_to_account(
    transaction: Transaction, order: Order, posting: Posting, account_id: str, amount: Kopecks, *,
    releases: bool,
) -> None:  # fmt: skip
    received_on = ledger_day(order, posting, supplier_part(account_id))
    payment = AccountPayment.model_validate(
        {
            "payment_id": posting.payment_id,
            "kind": posting.kind,
            "received_on": received_on,
            "amount": amount,
            "status": "unaccounted",
            "posting_id": posting.payment_id,
        }
    )
    pk, sk = payment_key(account_id, received_on, posting.payment_id)
    paid_at = clock.timestamp(posting.at)
    transaction.put(
        Table.ACCOUNTS,
        payment.model_dump(mode="json") | {"pk": pk, "sk": sk, "paid_at": paid_at},
        condition=IS_ABSENT,
        on_conflict=AlreadyPosted,
    )
    # One action an item: the end of the reservation goes with the entry.
    ended: dict[str, object] = {"one": 1} if releases else {}
    transaction.update(
        Table.ACCOUNTS,
        account_key(account_id),
        RELEASE_EXPRESSION.replace("SET ", "SET #unaccounted.#id = :entry, ")
        if releases
        else _ADD_UNACCOUNTED,
        condition=IS_PRESENT,
        on_conflict=AccountMissing,
        names={"id": posting.payment_id} | ({"order": order.order_id} if releases else {}),
        **ended,
        entry={
            "paid_at": paid_at,
            "amount": amount,
            "received_on": received_on,
            "lines": [list(line) for line in posting.lines_of(account_id)],
        },
    )


def _queue_for_export(
    transaction: Transaction,
    order: Order,
    posting: Posting,
    supplier_id: str,
    lines: list[tuple[OrderLine, Kopecks]],
    outside_lines: Kopecks,
) -> None:
    """Add the row from which the supplier's next registry of payments is made, and its totals are counted."""
    received_on = ledger_day(order, posting, supplier_id)
    shard = shard_for(posting.payment_id, EXPORT_QUEUE_SHARDS)
    transaction.put(
        Table.PAYMENTS,
        {
            **key_attributes(export_queue_key(supplier_id, posting.payment_id)),
            "payment_id": posting.payment_id,
            "paid_at": clock.timestamp(posting.at),
            "received_on": received_on,
            "subscriber": supplier_payments_partition(supplier_id, shard),
            "created_at": f"{received_on}#{posting.payment_id}",
            "method": order.method,
            "beyond": outside_lines,
            "bank_order": order.credited_bank_order_id or "",
            "status": "refunded" if posting.total < 0 else "paid",
            "lines": [
                {
                    "account_id": line.account_id,
                    "receipt_id": line.receipt_id,
                    "service": line.service,
                    "payee_inn": line.payee_inn,
                    "amount": amount,
                }
                for line, amount in lines
            ],
        },
        condition=IS_ABSENT,
        on_conflict=AlreadyPosted,
    )


def _add_to_journal(transaction: Transaction, order: Order, posting: Posting) -> None:
    """Add the row that is compared with the bank's statement of the day."""
    day = clock.local_date(posting.at, next(iter(order.time_zones.values())))
    row: Item = {
        **key_attributes(journal_key(order.merchant.contract, day, posting.payment_id)),
        "order_id": order.order_id,
        "bank_order_id": order.credited_bank_order_id,
        "total": posting.total,
        "at": clock.timestamp(posting.at),
    }
    transaction.put(Table.PAYMENTS, row, condition=IS_ABSENT, on_conflict=AlreadyPosted)
