"""The two numbers beside the menu: lines in the cart, unread notices. One round trip, whatever they are."""

from dataclasses import dataclass

from cabinet.dynamo import Table
from cabinet.messaging.notices.reading import (
    current_bindings,
    read_by_present_houses,
    unread_count,
    unread_reads,
)
from cabinet.payments.cart import of_accounts
from cabinet.payments.cart_store import cart_in
from cabinet.payments.keys import cart_key
from cabinet.session import SubscriberBindings


@dataclass(frozen=True, slots=True)
class Badges:
    """What the head of the page shows beside «Корзина» and «Уведомления»."""

    cart_count: int
    unread_notices: int


def badges_of(owner: SubscriberBindings) -> Badges:
    """Return the numbers of a user; one batch, of the cart and of the heads of the notice boards."""
    user_id = owner.subscriber.user_id
    bindings, (cart_row, *rows) = read_by_present_houses(
        owner.bindings,
        lambda each: [(Table.PAYMENTS, cart_key(user_id)), *unread_reads(user_id, each)],
    )
    bound = {binding["account_id"] for binding in current_bindings(bindings, rows)}
    return Badges(
        cart_count=len(of_accounts(cart_in(cart_row), bound).lines),
        unread_notices=unread_count(bindings, rows),
    )
