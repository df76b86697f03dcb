"""What the cart is held against: accounts, suppliers, receipts as they stand, and what the user has bound."""

from dataclasses import dataclass

from cabinet import dynamo
from cabinet.accounts.keys import account_key, binding_key, receipt_key, supplier_key
from cabinet.accounts.model import Account, Supplier
from cabinet.billing.model import Receipt
from cabinet.dynamo import Key, Table
from cabinet.money import Kopecks
from cabinet.payments.cart import of_accounts, stale_items, standing_items
from cabinet.payments.drafts import Draft, drafts
from cabinet.payments.model import Cart


@dataclass(frozen=True, slots=True)
class CartFacts:
    """A cart without what the user has unbound, and everything around it, read in one round trip."""

    cart: Cart
    accounts: dict[str, Account]
    suppliers: dict[str, Supplier]
    stale: set[str]
    """Items whose receipt has changed or has a successor, or whose payee is another one now."""
    paid: dict[str, Kopecks]
    """Item → what of it was paid here since and is not accounted yet."""
    drafts: list[Draft]
    """The orders that the cart would become."""


def receipt_key_of(account_id: str, receipt_id: str) -> Key:
    """Return the key of a receipt by its public identifier, ``<period>-<kind>``."""
    return receipt_key(account_id, receipt_id[:7], receipt_id[8:])


def facts_of(user_id: str, cart: Cart) -> CartFacts:
    """Read what the cart rests on: at most four items for each of `cart.MAX_RECEIPTS` receipts."""
    if not cart.lines:
        return CartFacts(cart, {}, {}, set(), {}, [])
    account_ids = list(dict.fromkeys(line.account_id for line in cart.lines))
    supplier_ids = list(dict.fromkeys(line.supplier_id for line in cart.lines))
    receipts = list(dict.fromkeys((line.account_id, line.receipt_id) for line in cart.lines))
    reads = (
        [(Table.USERS, binding_key(user_id, account_id)) for account_id in account_ids]
        + [(Table.ACCOUNTS, account_key(account_id)) for account_id in account_ids]
        + [(Table.ACCOUNTS, supplier_key(supplier_id)) for supplier_id in supplier_ids]
        + [(Table.ACCOUNTS, receipt_key_of(*receipt)) for receipt in receipts]
    )
    rows = iter(dynamo.batch_get(reads, consistent=Table.USERS))
    bound = {account_id for account_id in account_ids if next(rows) is not None}
    account_rows = [next(rows) for _ in account_ids]
    supplier_rows = [next(rows) for _ in supplier_ids]
    receipt_rows = {receipt: next(rows) for receipt in receipts}
    digests = {receipt: row.get("digest", "") if row else None for receipt, row in receipt_rows.items()}
    accounts = {row["account_id"]: Account.model_validate(row) for row in account_rows if row}
    suppliers = {row["supplier_id"]: Supplier.model_validate(row) for row in supplier_rows if row}
    living = of_accounts(cart, bound & accounts.keys())
    made = drafts(living.lines, suppliers)
    paid: dict[str, Kopecks] = {}
    for (account_id, _), row in receipt_rows.items():
        account = accounts.get(account_id)
        supplier = suppliers.get(account.supplier_id) if account else None
        if row and account and supplier:
            paid |= standing_items(supplier, account_id, Receipt.model_validate(row), account.unaccounted)
    stale = stale_items(living, accounts, digests, paid.keys())
    return CartFacts(living, accounts, suppliers, stale, paid, made)
