"""What the cart is checked against: accounts, suppliers, current receipts, and the user's bindings."""

from collections.abc import Sequence
from dataclasses import dataclass

from cabinet.accounts.errors import AccountClosed, SurnameNeeded
from cabinet.accounts.holders import needs_surname
from cabinet.accounts.keys import account_key, binding_key, supplier_key
from cabinet.accounts.model import Account
from cabinet.accounts.rules import is_closed
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Key, Table
from cabinet.billing.amounts_due import pending_payments
from cabinet.billing.keys import receipt_key
from cabinet.billing.model import Receipt, split_receipt_id
from cabinet.core import clock
from cabinet.core.errors import raises
from cabinet.core.money import Kopecks
from cabinet.payments.cart.rules import filter_by_accounts, paid_by_item, stale_items
from cabinet.payments.model import Cart
from cabinet.payments.orders.reservations import Reservations, parse_reservations
from cabinet.payments.orders.split import OrderDraft, split_into_orders


@dataclass(frozen=True, slots=True)
class CartContext:
    """A cart without what the user may pay no more, and everything around it, read in one round trip."""

    cart: Cart
    accounts: dict[str, Account]
    suppliers: dict[str, Supplier]
    stale: set[str]
    """Items whose receipt has changed or has a successor, or whose payee is another one now."""
    paid: dict[str, Kopecks]
    """Item → what of it was paid here since and is not accounted yet."""
    reservations: dict[str, Reservations]
    """Account → which orders are paying it now."""
    drafts: list[OrderDraft]
    """The orders that the cart would become."""


def receipt_key_from_id(account_id: str, receipt_id: str) -> Key:
    """Return the key of a receipt by its public identifier, ``<period>-<kind>``."""
    return receipt_key(account_id, *split_receipt_id(receipt_id))


def load_context(user_id: str, cart: Cart, *, consistent: bool = False) -> CartContext:
    """Read what the cart depends on: at most four items for each of `cart.MAX_RECEIPTS` receipts."""
    if not cart.lines:
        return CartContext(cart, {}, {}, set(), {}, {}, [])
    account_ids = list(dict.fromkeys(line.account_id for line in cart.lines))
    supplier_ids = list(dict.fromkeys(line.supplier_id for line in cart.lines))
    receipts = list(dict.fromkeys((line.account_id, line.receipt_id) for line in cart.lines))
    reads = (
        [(Table.USERS, binding_key(user_id, account_id)) for account_id in account_ids]
        + [(Table.ACCOUNTS, account_key(account_id)) for account_id in account_ids]
        + [(Table.ACCOUNTS, supplier_key(supplier_id)) for supplier_id in supplier_ids]
        + [(Table.ACCOUNTS, receipt_key_from_id(*receipt)) for receipt in receipts]
    )
    rows = iter(dynamo.batch_get(reads, consistent=consistent or Table.USERS))
    bindings = {account_id: next(rows) for account_id in account_ids}
    account_rows = [next(rows) for _ in account_ids]
    supplier_rows = [next(rows) for _ in supplier_ids]
    receipt_rows = {receipt: next(rows) for receipt in receipts}
    digests = {receipt: row.get("digest", "") if row else None for receipt, row in receipt_rows.items()}
    accounts = {row["account_id"]: Account.model_validate(row) for row in account_rows if row}
    suppliers = {row["supplier_id"]: Supplier.model_validate(row) for row in supplier_rows if row}
    today = clock.now().date()
    living = filter_by_accounts(
        cart,
        [
            account_id
            for account_id, account in accounts.items()
            if (binding := bindings.get(account_id))
            and not needs_surname(binding, account)
            and not is_closed(account, today)
        ],
    )
    made = split_into_orders(living.lines, suppliers)
    paid: dict[str, Kopecks] = {}
    for (account_id, _), row in receipt_rows.items():
        account = accounts.get(account_id)
        supplier = suppliers.get(account.supplier_id) if account else None
        if row and account and supplier:
            receipt = Receipt.model_validate(row)
            paid |= paid_by_item(supplier, account_id, receipt, pending_payments(account, receipt))
    stale = stale_items(living, accounts, digests, paid.keys())
    reserved = {row["account_id"]: parse_reservations(row) for row in account_rows if row}
    return CartContext(living, accounts, suppliers, stale, paid, reserved, made)


@raises(SurnameNeeded, AccountClosed)
def require_payable(user_id: str, account_ids: Sequence[str]) -> None:
    """Refuse to continue with paying for accounts that have another holder by now, or are closed.

    Raises SurnameNeeded, AccountClosed. What has been unbound was the user's own, and may be paid.
    """
    rows = dynamo.batch_get(
        [(Table.USERS, binding_key(user_id, account_id)) for account_id in account_ids]
        + [(Table.ACCOUNTS, account_key(account_id)) for account_id in account_ids],
        consistent=Table.USERS,
    )
    today = clock.now().date()
    for binding, row in zip(rows[: len(account_ids)], rows[len(account_ids) :], strict=True):
        if row is None:
            continue
        account = Account.model_validate(row)
        if binding is not None and needs_surname(binding, account):
            raise SurnameNeeded(account_id=account.account_id)
        if is_closed(account, today):
            raise AccountClosed
