"""Orders at the desk: which ones a person may see, and how they are found.

An order can pay several suppliers. It is theirs together: only who works for all of them sees it.
"""

from dataclasses import dataclass
from datetime import date

from cabinet.accounts.rules import normalise_account_number
from cabinet.accounts.store import all_suppliers, find_by_number
from cabinet.audit.store import Subject
from cabinet.core.errors import NotFound
from cabinet.core.text import strip_control_chars
from cabinet.payments.model import Order
from cabinet.payments.orders import order_index
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.order_index import OrderPage
from cabinet.payments.orders.search_rules import OrderFilter, is_wanted, order_number
from cabinet.staff.model import Member

_MAX_IN_REVIEW = 200
"""Orders under review that the list shows at once; there should be a few."""


@dataclass(frozen=True, slots=True)
class OrderSearch:
    """What is asked for: a number of an order or an account, or else days, `first` to `last`."""

    typed: str
    first: date
    last: date
    wanted: OrderFilter


def supplier_ids(order: Order) -> tuple[str, ...]:
    """Return the suppliers whose accounts an order pays, each once."""
    return tuple(dict.fromkeys(line.supplier_id for line in order.lines))


def audit_subject(order: Order) -> Subject:
    """Return what an audit row about an order names."""
    return Subject(f"order:{order.order_id}", supplier_ids(order))


def may_see(member: Member, order: Order) -> bool:
    """Tell whether an order is of the person's suppliers alone."""
    return member.covers(list(supplier_ids(order)))


def find(member: Member, typed: str) -> Order:
    """Return an order by its number or by that of an attempt; raises NotFound, also for another's."""
    number = order_number(typed)
    order = None if number is None else order_store.find(number)
    if order is None or not may_see(member, order):
        raise NotFound
    return order


def search(member: Member, asked: OrderSearch, after: str | None) -> OrderPage:
    """Return the orders of the person's suppliers that are asked for, newest first, page by page.

    By number it is one read, by account a query or two; by days four queries of each supplier, and a batch.
    """
    text = strip_control_chars(asked.typed).strip()

    def matches(order: Order) -> bool:
        return may_see(member, order) and is_wanted(order, asked.wanted)

    number = order_number(text)
    if number is not None:
        found = order_store.find(number)
        return OrderPage([found] if found is not None and may_see(member, found) else [], None)
    if text:
        return order_index.list_by_account(_accounts(member, text), matches, after)
    if asked.wanted.status == "review":
        return OrderPage(_in_review(member, asked.wanted), None)
    zones = {
        each.supplier_id: each.time_zone for each in all_suppliers() if member.covers([each.supplier_id])
    }
    return order_index.list_by_time(zones, (asked.first, asked.last), matches, after)


def _accounts(member: Member, text: str) -> list[str]:
    """Return the person's accounts of a number, of whichever supplier."""
    supplier_id, is_id, number = text.partition(":")
    found = find_by_number(normalise_account_number(number if is_id else text))
    return [
        each.account_id
        for each in found
        if member.covers([each.supplier_id]) and (not is_id or each.supplier_id == supplier_id)
    ]


def _in_review(member: Member, wanted: OrderFilter) -> list[Order]:
    """Return the orders that wait for a person's decision, the longest waiting first."""
    found: list[Order] = []
    for order in order_store.in_review():
        if may_see(member, order) and is_wanted(order, wanted):
            found.append(order)
        if len(found) == _MAX_IN_REVIEW:
            break
    return found
