"""Orders in storage: created once, changed only if the version is the last one, posted in one transaction."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from cabinet.audit.store import AddAuditRow
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Item, Page, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.errors import DomainError, NotFound
from cabinet.outbox.pushes import commit_with_notifications
from cabinet.payments.cards import card_rules
from cabinet.payments.cards import store as card_store
from cabinet.payments.cards.store import StaleCards, UserDeleted
from cabinet.payments.emails import ended_refunds, order_email_address, refund_email, refund_push
from cabinet.payments.keys import GSI_BY_SUBSCRIBER, GSI_DUE, REVIEW_SHARD, due_shard, order_key
from cabinet.payments.ledger import commit_posting
from cabinet.payments.merchants import register_merchant
from cabinet.payments.model import Order
from cabinet.payments.orders import order_index
from cabinet.payments.orders.reservations import Reservations, release, reserve
from cabinet.payments.orders.rules import Outcome
from cabinet.payments.providers.base import ProviderCard

_VERSION_UNCHANGED = "#version = :seen"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O, U: numbers are read out on the phone
_RANDOM = 10
_MAX_RETRIES = 8


class StaleOrder(DomainError):
    """The order was changed since it was read: read it again and decide anew. Never shown to anybody."""


def new_order_id(now: datetime) -> str:
    """Return a number for an order: the day and 50 random bits, short enough for every bank (≤ 32)."""
    return f"P{now:%y%m%d}" + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))


def order_id_from_attempt(number: str) -> str:
    """Return the order of an attempt's number (``P…-2`` is the second attempt)."""
    return number.partition("-")[0]


def parse_order(row: Item | None) -> Order:
    """Return the order of its row; raises NotFound."""
    if row is None:
        raise NotFound
    return Order.model_validate(row)


def find(order_id: str) -> Order | None:
    """Return the order by a consistent read."""
    row = dynamo.get(Table.PAYMENTS, order_key(order_id), consistent=True)
    return Order.model_validate(row) if row is not None else None


def current(order_id: str) -> Order:
    """Return the order by a consistent read; raises NotFound."""
    return parse_order(dynamo.get(Table.PAYMENTS, order_key(order_id), consistent=True))


def list_by_ids(order_ids: Iterable[str]) -> list[Order]:
    """Return the orders named that are there; one round trip."""
    reads = [(Table.PAYMENTS, order_key(order_id)) for order_id in order_ids]
    rows = dynamo.batch_get(reads, consistent=True) if reads else []
    return [Order.model_validate(row) for row in rows if row is not None]


def add_new_order(transaction: Transaction, order: Order, known: Mapping[str, Reservations]) -> None:
    """Add a new order, its receipts reserved, to the checkout's transaction; raises StaleReservations."""
    transaction.put(Table.PAYMENTS, order_row(order), condition=IS_ABSENT, on_conflict=dynamo.conflict)
    order_index.add(transaction, order)
    reserve(transaction, order, known)


def replace(seen: Order, order: Order, audit: AddAuditRow | None = None) -> Order:
    """Write the changed order, with emails of refunds that ended, and return it; raises StaleOrder.

    `audit` adds the audit row of the decision to the same transaction.
    """
    if order == seen:
        return seen
    changed = order.model_copy(update={"version": seen.version + 1})
    ended = ended_refunds(seen, changed)
    email_address = order_email_address(changed, seen.email) if ended else None
    emails = [refund_email(changed, refund, email_address) for refund in ended if email_address is not None]
    pushes = [push for refund in ended for push in refund_push(changed, refund)]
    if not _ends_reservation(seen, order) and not emails and not pushes and audit is None:
        dynamo.put(
            Table.PAYMENTS,
            order_row(changed),
            condition=_VERSION_UNCHANGED,
            on_conflict=StaleOrder,
            seen=seen.version,
        )
        return changed
    transaction = _replace_transaction(seen, changed)
    for account_id in order.account_ids if _ends_reservation(seen, order) else ():
        release(transaction, account_id, order.order_id)
    if audit is not None:
        audit(transaction)
    commit_with_notifications(transaction, emails, pushes)
    return changed


def replace_by_successor(
    seen: Order, successor: Order, known: Mapping[str, Reservations], now: datetime
) -> None:
    """Write the order that replaces `seen`, named on it; raises StaleOrder, StaleReservations."""
    what = f"Выбран другой способ оплаты: заказ № {successor.order_id}"
    changes = {"version": seen.version + 1, "replaced_by": successor.order_id}
    transaction = _replace_transaction(seen, seen.with_event(what, now).model_copy(update=changes))
    add_new_order(transaction, successor, known)
    register_merchant(transaction, successor.merchant)
    transaction.commit()


def replace_and_reserve(seen: Order, order: Order, known: Mapping[str, Reservations]) -> Order:
    """Write the changed order, its receipts reserved anew; raises StaleOrder, StaleReservations."""
    changed = order.model_copy(update={"version": seen.version + 1, "is_reserving": True})
    transaction = _replace_transaction(seen, changed)
    reserve(transaction, changed, known)
    transaction.commit()
    return changed


def require_version(transaction: Transaction, order: Order, on_conflict: type[DomainError]) -> None:
    """Add to a transaction the condition that the order is unchanged since it was read; `on_conflict`."""
    transaction.check(
        Table.PAYMENTS, order_key(order.order_id),
        condition=_VERSION_UNCHANGED, on_conflict=on_conflict, seen=order.version,
    )  # fmt: skip


def replace_for_charge(seen: Order, order: Order, require: Callable[[Transaction], None]) -> Order:
    """Write the changed order if all holds that `require` adds to the transaction; raises StaleOrder."""
    changed = order.model_copy(update={"version": seen.version + 1})
    transaction = _replace_transaction(seen, changed)
    require(transaction)
    transaction.commit()
    return changed


def commit(seen: Order, outcome: Outcome, audit: AddAuditRow | None = None) -> Order:
    """Write what was decided, postings and email included, in one transaction; raises StaleOrder.

    `audit` adds the audit row of a person's decision.
    """
    if outcome.kept_card is not None:
        return _commit_with_card(seen, outcome.order, outcome.kept_card)
    if outcome.posting is None:
        return replace(seen, outcome.order, audit)
    changed = outcome.order.model_copy(update={"version": seen.version + 1})
    releases = _ends_reservation(seen, changed)
    transaction = _replace_transaction(seen, changed)
    if audit is not None:
        audit(transaction)
    commit_posting(transaction, changed, outcome.posting, seen.email, releases=releases)
    return changed


def _commit_with_card(seen: Order, order: Order, kept: ProviderCard) -> Order:
    """Write the order with its payer's new card; that of a deleted user is removed at the bank."""
    changed = order.model_copy(update={"version": seen.version + 1})
    card = card_rules.new_card(seen, kept, clock.now())
    has_owner = True
    for _ in range(_MAX_RETRIES):
        cards = card_store.load(seen.client_id)
        transaction = _replace_transaction(seen, changed)
        if has_owner:
            card_store.add_for_owner(transaction, cards, card)
        else:
            card_store.add_ended(transaction, cards, card, clock.now())
        try:
            transaction.commit()
        except StaleCards:
            continue
        except UserDeleted:
            has_owner = False
            continue
        return changed
    raise StaleOrder


def _replace_transaction(seen: Order, changed: Order) -> Transaction:
    return Transaction().put(
        Table.PAYMENTS,
        order_row(changed),
        condition=_VERSION_UNCHANGED,
        on_conflict=StaleOrder,
        seen=seen.version,
    )


def _ends_reservation(seen: Order, order: Order) -> bool:
    return seen.is_reserving and not order.is_reserving


def list_by_subscriber(user_id: str, limit: int, after: Item | None) -> tuple[list[Order], Item | None]:
    """Return a page of the user's orders, newest first, and the key to go on from."""
    page = dynamo.query(
        Table.PAYMENTS, user_id, index=GSI_BY_SUBSCRIBER, limit=limit, after=after, newest_first=True
    )
    return [Order.model_validate(item) for item in page.items], page.next_key


def due(shard: str, now: datetime, limit: int) -> list[str]:
    """Return the numbers of due orders in the shard, the longest waiting first."""
    page: Page = dynamo.query(
        Table.PAYMENTS, shard, index=GSI_DUE, between=("0", clock.timestamp(now)), limit=limit
    )
    return [item["order_id"] for item in page.items if item["sk"] == "ORDER"]


def in_review() -> Iterator[Order]:
    """Yield the orders that wait for a person, the oldest first."""
    for item in dynamo.query_all(Table.PAYMENTS, REVIEW_SHARD, index=GSI_DUE):
        yield Order.model_validate(item)


def order_row(order: Order) -> Item:
    """Return the order's row, without what is as the model has it by default (ADR 67).

    A row is written several times and is in two indexes: a kilobyte of it costs twelve units a payment.
    """
    item = order.model_dump(mode="json", exclude_defaults=True)
    item |= {**key_attributes(order_key(order.order_id)), "status": order.status, "version": order.version}
    addressed = set[str]()
    for line in item["lines"]:  # the model gives its address to the account's other lines
        if line["account_id"] in addressed:
            line.pop("address", None)
        addressed.add(line["account_id"])
    if order.user_id is not None:
        item["subscriber"] = order.user_id
    if order.due_at is not None:
        item["due_shard"] = REVIEW_SHARD if order.status == "review" else due_shard(order.order_id)
    return item
