"""Everything that is due of a subscriber's accounts, as lines for the cart; read in two batches."""

from collections.abc import Sequence
from itertools import batched

from cabinet.accounts.errors import AccountClosed, SurnameNeeded
from cabinet.accounts.holders import needs_surname
from cabinet.accounts.keys import account_key, supplier_key
from cabinet.accounts.model import Account
from cabinet.accounts.rules import is_closed, is_hidden
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Table
from cabinet.billing.amounts_due import payable_lines, pending_payments, remaining
from cabinet.billing.keys import receipt_key
from cabinet.billing.model import Receipt
from cabinet.billing.rules import latest_receipts, newest_first
from cabinet.billing.store import MAX_KINDS
from cabinet.core import clock
from cabinet.core.errors import FeatureUnavailable, NotFound, raises
from cabinet.core.identifiers import supplier_part
from cabinet.payments.cards.model import SavedCards
from cabinet.payments.cards.store import parse_cards
from cabinet.payments.cart.rules import receipt_lines
from cabinet.payments.cart.store import parse_cart
from cabinet.payments.errors import NothingToPay
from cabinet.payments.keys import cards_key, cart_key
from cabinet.payments.model import Cart, CartLine

_BATCH = dynamo.BATCH_LIMIT


@raises(NotFound, SurnameNeeded, AccountClosed, FeatureUnavailable, NothingToPay)
def load_due(
    user_id: str, bindings: Sequence[Item], account_ids: Sequence[str] | None, *, with_preliminary: bool
) -> tuple[Cart, SavedCards, list[list[CartLine]]]:
    """Return cart and saved cards, and for each due receipt the lines that it brings.

    Parameters
    ----------
    account_ids
        The accounts meant, each of which must be one that can be paid; None for all that can.
    with_preliminary
        Whether what is charged in advance is to be paid too.

    Raises
    ------
    NotFound, SurnameNeeded, AccountClosed, FeatureUnavailable
        An account that was named is not bound, is another holder's by now, is closed, or cannot be paid here.
    NothingToPay
        Nothing is due.
    """
    bound = {binding["account_id"]: binding for binding in bindings}
    names = list(bound) if account_ids is None else list(dict.fromkeys(account_ids))
    if any(name not in bound for name in names):
        raise NotFound
    supplier_ids = list(dict.fromkeys(supplier_part(name) for name in names))
    cart_row, card_row, *rows = dynamo.batch_get(
        [(Table.PAYMENTS, cart_key(user_id)), (Table.PAYMENTS, cards_key(user_id))]
        + [(Table.ACCOUNTS, account_key(name)) for name in names]
        + [(Table.ACCOUNTS, supplier_key(supplier_id)) for supplier_id in supplier_ids],
        consistent=True,
    )
    suppliers = {row["supplier_id"]: Supplier.model_validate(row) for row in rows[len(names) :] if row}
    payable: list[tuple[Account, Supplier]] = []
    for name, row in zip(names, rows[: len(names)], strict=True):
        account = Account.model_validate(row) if row else None
        supplier = suppliers.get(supplier_part(name))
        refusal = _refusal(bound[name], account, supplier)
        if refusal is None and account and supplier:
            payable.append((account, supplier))
        elif refusal is not None and account_ids is not None:
            raise refusal
    due = _due_lines(payable, with_preliminary=with_preliminary)
    if not due:
        raise NothingToPay
    return parse_cart(cart_row), parse_cards(user_id, card_row), due


def _refusal(binding: Item, account: Account | None, supplier: Supplier | None) -> Exception | None:
    if account is None or supplier is None:
        return NotFound()
    today = clock.local_date(clock.now(), supplier.time_zone)
    if is_hidden(account, today):
        return NotFound()
    if needs_surname(binding, account):
        return SurnameNeeded(account_id=account.account_id)
    if is_closed(account, today):
        return AccountClosed()
    return None if supplier.payment_methods else FeatureUnavailable()


def _due_lines(
    payable: Sequence[tuple[Account, Supplier]], *, with_preliminary: bool
) -> list[list[CartLine]]:
    due = []
    for (account, supplier), rows in zip(payable, _receipts(payable), strict=True):
        digests = {(row["period"], row["kind"]): row.get("digest", "") for row in rows}
        for receipt in newest_first([Receipt.model_validate(row) for row in rows]):
            paid = pending_payments(account, receipt)
            if remaining(payable_lines(receipt, supplier, paid, with_preliminary=with_preliminary)):
                digest = digests[receipt.period, receipt.kind]
                due.append(
                    receipt_lines(
                        supplier, account.account_id, receipt, digest, paid, with_preliminary=with_preliminary
                    )
                )
    return due


def _receipts(payable: Sequence[tuple[Account, Supplier]]) -> list[list[Item]]:
    """Return the rows of each account's last receipts, a batch of a hundred at a time."""
    wanted = [
        [(Table.ACCOUNTS, receipt_key(account.account_id, period, kind)) for period, kind in newest]
        for account, _ in payable
        for newest in [latest_receipts(account, MAX_KINDS)]
    ]
    flat = list(dict.fromkeys(key for keys in wanted for key in keys))
    found = {
        key: row
        for batch in batched(flat, _BATCH, strict=False)
        for key, row in zip(batch, dynamo.batch_get(batch, consistent=True), strict=True)
    }
    return [[row for key in keys if (row := found[key])] for keys in wanted]
