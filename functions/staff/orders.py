"""Routes of orders at the desk: finding one, and its whole story."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import Query

from cabinet.audit.model import Action
from cabinet.audit.store import Subject
from cabinet.core import clock
from cabinet.core.errors import FieldError, InvalidFields, NotFound, raises
from cabinet.payments import refund_approvals
from cabinet.payments.orders.search_rules import OrderFilter
from cabinet.signed_tokens import TokenInvalid
from cabinet.staff import order_access
from cabinet.staff.order_access import OrderSearch, audit_subject
from cabinet.web.app import Identifier, create_router
from cabinet.web.pagination import LongCursor, decode_cursor, encode_cursor
from cabinet.web.staff_auth import CurrentStaff
from staff.order_schemas import DeskOrder, DeskOrderPage, DeskOrderSummary, OrderStatusName
from staff.schemas import Day

router = create_router(prefix="/api/staff/orders", tags=["desk"])

DEFAULT_DAYS = 7
MAX_DAYS = 93


@router.get("")
@raises(TokenInvalid)
def list_orders(
    staff: CurrentStaff,
    query: Annotated[str, Query(max_length=100)] = "",
    status: OrderStatusName | None = None,
    amount: Annotated[int | None, Query(ge=1, le=100_000_000_00)] = None,
    card: Annotated[str, Query(pattern=r"^(?:\d{4})?$")] = "",
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
    cursor: LongCursor = None,
) -> DeskOrderPage:
    """Find orders by number, by account, or among those of some days by sum, state and last digits of a card.

    `query` is a number of an order, of an attempt at the bank, or of an account, and then days do not matter.
    Without days it is the last week; at most 93 days. Orders under review are listed whenever they were made.
    """
    first, last = _days(first, last)
    wanted = OrderFilter(status=status, amount=amount, card_digits=card)
    name = f"desk-orders/{staff.member.staff_id}/{query}/{status}/{amount}/{card}/{first}/{last}"
    after = (decode_cursor(name, cursor) or {}).get("after")
    page = order_access.search(staff.member, OrderSearch(query, first, last, wanted), after)
    asked = {"query": query[:100], "status": status, "amount": amount, "card": card}
    seen = {key: value for key, value in asked.items() if value}
    seen |= {"from": first.isoformat(), "to": last.isoformat(), "found": len(page.items)}
    shown = {each for order in page.items for each in order_access.supplier_ids(order)}
    suppliers = tuple(sorted(shown)) or tuple(staff.member.suppliers)
    staff.record_access(Action.ORDERS_SEARCHED, Subject("", suppliers), after=seen)
    following = None if page.next_after is None else {"after": page.next_after}
    return DeskOrderPage(
        items=[DeskOrderSummary.of(order) for order in page.items], next=encode_cursor(name, following),
        first=first, last=last,
    )  # fmt: skip


@router.get("/{order_id}")
@raises(NotFound)
def get_order(order_id: Identifier, staff: CurrentStaff) -> DeskOrder:
    """Show an order's whole story, by its number or by that of an attempt at the bank."""
    order = order_access.find(staff.member, order_id)
    staff.record_access(Action.ORDER_SHOWN, audit_subject(order))
    return DeskOrder.from_order(order, refund_approvals.list_of_order(order.order_id), clock.now())


def _days(first: date | None, last: date | None) -> tuple[date, date]:
    """Return the days to look at; raises InvalidFields for none, or for more than a list takes."""
    # A supplier's day may begin before that of UTC.
    last = last or max(clock.now().date() + timedelta(days=1), first or date.min)
    first = first or last - timedelta(days=DEFAULT_DAYS)
    if first > last:
        raise InvalidFields(FieldError("to", "days_reversed", "Последний день раньше первого."))
    if (last - first).days >= MAX_DAYS:
        raise InvalidFields(FieldError("from", "days_too_many", f"Выберите не больше {MAX_DAYS} дней."))
    return first, last
