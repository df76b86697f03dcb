"""Which orders the staff asks for: what a typed number is, what fits sum, card and state. Pure."""

import re
from dataclasses import dataclass

from cabinet.core.money import Kopecks
from cabinet.core.text import number_key
from cabinet.payments.model import Order
from cabinet.payments.orders.state_machine import Status

_NUMBER = re.compile(r"(P\d{6}[0-9A-Z]{10})(?:-\d{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What an order must be like; None and empty: whatever it is."""

    status: Status | None = None
    amount: Kopecks | None = None
    card_digits: str = ""
    """The last four digits of the card."""


def order_number(typed: str) -> str | None:
    """Return the order that is named by its own number or by an attempt's, however typed; else None."""
    matched = _NUMBER.fullmatch(number_key("".join(typed.split())))
    return matched[1] if matched else None


def last_digits(order: Order) -> str:
    """Return the last four digits of the card that paid an order, or is to pay it; empty: not known."""
    if order.card_digits or order.card is None:
        return order.card_digits
    return order.card.masked_pan[-4:]


def is_wanted(order: Order, wanted: OrderFilter) -> bool:
    """Tell whether an order fits; a sum may be with or without commission, or what the bank took."""
    sums = {order.total, order.amount, order.taken}
    return (
        wanted.status in (None, order.status)
        and (wanted.amount is None or wanted.amount in sums)
        and wanted.card_digits in ("", last_digits(order))
    )
