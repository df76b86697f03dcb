"""The two numbers beside the menu: lines in the cart, unread notices. One round trip, whatever they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from cabinet.aws.dynamo import Item, Key, Table
from cabinet.notices.queries import (
    current_bindings,
    read_with_current_houses,
    unread_count,
    unread_count_keys,
)
from cabinet.payments.cart.line_count import count_lines
from cabinet.payments.keys import cart_key


@dataclass(frozen=True, slots=True)
class MenuCounters:
    """What the head of the page shows beside «Корзина» and «Уведомления»."""

    cart_count: int
    unread_notices: int


def menu_counters(user_id: str, bindings: list[Item]) -> MenuCounters:
    """Return the numbers of a user with these bindings in one batch."""
    return counters_from(*menu_rows(user_id, bindings))


def menu_rows(user_id: str, bindings: list[Item]) -> tuple[list[Item], list[Item | None]]:
    """Return the bindings with present houses, and the rows that the numbers are made of; one batch.

    The cart's row comes first, then those of `notices.queries.unread_count_keys`.
    """
    return read_with_current_houses(bindings, lambda each: menu_keys(user_id, each))


def menu_keys(user_id: str, bindings: Sequence[Item]) -> list[tuple[Table, Key]]:
    """Return the keys of the rows that the numbers are made of; the accounts come last."""
    return [(Table.PAYMENTS, cart_key(user_id)), *unread_count_keys(user_id, bindings)]


def counters_from(bindings: list[Item], rows: list[Item | None]) -> MenuCounters:
    """Return the numbers from what `menu_rows` has read."""
    cart_row, *rest = rows
    bound = {binding["account_id"] for binding in current_bindings(bindings, rest)}
    return MenuCounters(
        cart_count=count_lines(cart_row, bound),
        unread_notices=unread_count(bindings, rest),
    )
