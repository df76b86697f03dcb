"""Carts in storage: one item per user, changed only on the condition of its last version."""

from collections.abc import Callable

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.compressed import compress, decompress
from cabinet.payments import row_versions
from cabinet.payments.errors import CartChanged
from cabinet.payments.keys import cart_key
from cabinet.payments.model import Cart
from cabinet.payments.row_versions import VERSION_UNCHANGED


def parse_cart(row: Item | None) -> Cart:
    """Return the cart of its row, an empty one when there is none."""
    if row is None:
        return Cart()
    # Lines repeat each other: packed they are a tenth, and the menu's number reads them with every screen.
    return Cart.model_validate(row | ({"lines": decompress(row["packed"])} if "packed" in row else {}))


def change(user_id: str, cart: Cart, changed: Callable[[Cart], Cart]) -> Cart:
    """Write what `changed` makes of the cart and return it; applied anew when another tab was first.

    Raises whatever `changed` raises, and Conflict after too many conflicts.
    """

    def load() -> Cart:
        return parse_cart(dynamo.get(Table.PAYMENTS, cart_key(user_id), consistent=True))

    def write(seen: Cart, wanted: Cart) -> None:
        row = _item(user_id, wanted.model_copy(update={"version": seen.version}))
        dynamo.put(
            Table.PAYMENTS, row, condition=VERSION_UNCHANGED, on_conflict=CartChanged, seen=seen.version
        )

    return row_versions.change(cart, changed, replace=write, load=load, stale=CartChanged)


def add_changed_cart(transaction: Transaction, user_id: str, cart: Cart) -> None:
    """Add the changed cart to a transaction; raises CartChanged when another tab was first."""
    transaction.put(
        Table.PAYMENTS,
        _item(user_id, cart),
        condition=VERSION_UNCHANGED,
        on_conflict=CartChanged,
        seen=cart.version,
    )


def _item(user_id: str, cart: Cart) -> Item:
    return {
        **key_attributes(cart_key(user_id)),
        "packed": compress([line.model_dump(mode="json") for line in cart.lines]),
        "count": len(cart.lines),
        "version": cart.version + 1,
        "changed_at": clock.timestamp(clock.now()),
    }
