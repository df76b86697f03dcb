"""Change of the payment method of an unpaid order: it is cancelled, and a new order like it replaces it.

An order keeps the contract, the commission and the attempts that it was created with, so it is not edited.
First the bank closes its page; then one transaction creates the new order and names it on the old one.
"""

from datetime import datetime

from cabinet.accounts import store as accounts
from cabinet.accounts.supplier_model import PaymentMethod
from cabinet.core.errors import Conflict, raises
from cabinet.core.money import Kopecks
from cabinet.payments import merchants
from cabinet.payments.errors import CartChanged, MethodUnavailable, OrderClosed
from cabinet.payments.model import Order
from cabinet.payments.orders import attempt_rules, reservations
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.attempts import register, resume
from cabinet.payments.orders.cancellation import cancel
from cabinet.payments.orders.checkout import require_shown_total
from cabinet.payments.orders.competing_orders import require_no_competing_order, require_not_paid_since
from cabinet.payments.orders.reservations import StaleReservations
from cabinet.payments.orders.split import PaymentOption, payment_options
from cabinet.payments.orders.store import StaleOrder

_MAX_RETRIES = 5
_MAX_SUCCESSORS = 10


def options_for(order: Order) -> list[PaymentOption]:
    """Return the ways in which an order's lines can be paid now; a saved card is chosen in the cart alone."""
    suppliers = accounts.suppliers(line.supplier_id for line in order.lines)
    if any(line.supplier_id not in suppliers for line in order.lines):
        return []
    return [option for option in payment_options(order.lines, suppliers) if option.method != "saved_card"]


@raises(cancel, resume, CartChanged, MethodUnavailable)
def change_method(
    order: Order, method: PaymentMethod, shown: Kopecks | None, now: datetime, *, pay_anyway: bool = False
) -> Order:
    """Return the order by the other method, with its link: the order itself where it has the method already.

    Pressed again after a lost answer, it continues with the order that was made. Raises OrderClosed for what
    is paid, MethodUnavailable, CartChanged when another total would be charged than was `shown`,
    NotCancellable and others of `cancel` while the bank keeps its page open, AlreadyBeingPaid unless
    `pay_anyway`.
    """
    order = _newest(order)
    for _ in range(_MAX_RETRIES):
        if order.method == method:
            return resume(order, now, pay_anyway=pay_anyway)
        option = next((each for each in options_for(order) if each.method == method), None)
        if option is None:
            raise MethodUnavailable
        require_shown_total(shown, option.total)
        order = cancel(order, now)
        if not attempt_rules.may_be_replaced(order, now):
            raise OrderClosed
        known = reservations.load_reservations(order.account_ids)
        if not pay_anyway:
            require_not_paid_since(order, known)
            require_no_competing_order(order, known)
        successor = attempt_rules.start_attempt(_successor(order, option, now), now)
        try:
            order_store.replace_by_successor(order, successor, known, now)
        except (StaleOrder, StaleReservations):
            order = _newest(order_store.current(order.order_id))
            continue
        merchants.cache_registered(successor.merchant)
        return register(successor)
    raise Conflict


def _newest(order: Order) -> Order:
    """Return the order that has taken the place of this one, or of its successors."""
    for _ in range(_MAX_SUCCESSORS):
        if order.replaced_by is None:
            return order
        order = order_store.current(order.replaced_by)
    raise OrderClosed


def _successor(order: Order, option: PaymentOption, now: datetime) -> Order:
    suppliers = accounts.suppliers(line.supplier_id for line in order.lines[:1])
    vat = suppliers[order.lines[0].supplier_id].commission_rule(option.method).vat
    return Order(
        order_id=order_store.new_order_id(now),
        user_id=order.user_id,
        email=order.email,
        merchant=option.merchant,
        method=option.method,
        time_zones=order.time_zones,
        suppliers_with_webhook=order.suppliers_with_webhook,
        lines=order.lines,
        amount=order.amount,
        commission=option.commission,
        commission_vat=vat,
        created_at=now,
        is_reserving=True,
    ).with_event(f"Заказ создан вместо № {order.order_id}: выбран другой способ оплаты", now)
