"""Refuses a payment when another order is paying, or has since paid, the same receipts."""

from collections.abc import Mapping

from cabinet.core import clock
from cabinet.core.errors import raises
from cabinet.payments.errors import AlreadyBeingPaid, CompetingOrder
from cabinet.payments.model import Order
from cabinet.payments.orders import attempt_rules, reservations
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.reservations import Reservation, Reservations


@raises(AlreadyBeingPaid)
def require_no_competing_order(order: Order, known: Mapping[str, Reservations]) -> None:
    """Raise AlreadyBeingPaid, with the orders in question, when others are paying the same receipts."""
    others = reservations.competing_reservations(order.lines, known, own=order.order_id)
    if not others:
        return
    wanted = [held.order_id for held in others if held.user_id and held.user_id == order.user_id]
    own = {mine.order_id: mine for mine in order_store.list_by_ids(wanted)}
    orders = [_describe(held, own.get(held.order_id)) for held in others]
    numbers = ", ".join(f"№ {held.order_id}" for held in others)
    by_guest = any(held.user_id is None for held in others)
    someones = " другого плательщика" if by_guest else " другого пользователя личного кабинета"
    whose = "" if own else someones
    raise AlreadyBeingPaid(f"Этот счёт уже оплачивается заказом{whose} {numbers}.", orders=orders)


def _describe(held: Reservation, order: Order | None) -> CompetingOrder:
    return {
        "order_id": held.order_id,
        "amount": order.total if order is not None else held.amount,
        "payment_url": attempt_rules.active_link(order, clock.now()) if order is not None else None,
        "created_at": held.created_at.isoformat(),
        "is_yours": order is not None,
    }


@raises(AlreadyBeingPaid)
def require_not_paid_since(order: Order, known: Mapping[str, Reservations]) -> None:
    """Raise AlreadyBeingPaid when the same receipts were paid by others since the order was made."""
    payments = reservations.paid_since(order, known)
    if payments:
        raise AlreadyBeingPaid(f"Этот счёт уже оплачен заказом № {', '.join(payments)}.", orders=[])
