"""The cart's rules: which lines a receipt brings, what adding twice means, when a line is stale. Pure."""

import functools
import hashlib
from collections.abc import Collection, Iterable, Mapping

from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import FiscalSettings, Payee, PaymentMethod, Supplier, VatRate
from cabinet.billing.amounts_due import PayableLine, PendingPayments, payable_lines
from cabinet.billing.model import Receipt
from cabinet.core.errors import FieldError, InvalidFields, NotFound
from cabinet.core.money import Kopecks, format_rubles
from cabinet.payments.errors import CartFull, NothingToPay, PayeeMissing, ReceiptPaid
from cabinet.payments.model import Cart, CartLine

_ADVANCE_VAT: dict[VatRate, VatRate] = {"10": "10/110", "22": "22/122"}
MAX_LINES = 100
MAX_RECEIPTS = 25
"""So that all that a cart depends on is read in one batch of 100 items."""


def receipt_lines(
    supplier: Supplier,
    account_id: str,
    receipt: Receipt,
    digest: str,
    pending: PendingPayments,
    *,
    with_preliminary: bool,
    pay_ahead: bool = False,
) -> list[CartLine]:
    """Return the lines to pay of a receipt; raises NothingToPay, PayeeMissing, ReceiptPaid.

    A service never asks for less than zero, so overpaid ones bring no line; nor do those
    that were paid here and are not accounted yet, nor those of which nobody has said who receives their
    money. A line paid in part brings what is left of it. Only a receipt that is paid as a whole comes with
    its own sums, and only if the payer says so (`pay_ahead`).
    """
    payees = {payee.inn: payee for payee in supplier.payees}
    all_lines = payable_lines(receipt, supplier, pending, with_preliminary=with_preliminary)
    wished = [(ordinal, line) for ordinal, line in enumerate(all_lines) if line.can_be_paid]
    if not wished:
        raise PayeeMissing if any(line.due > 0 for line in all_lines) else NothingToPay
    unpaid = [(ordinal, line) for ordinal, line in wished if line.left]
    if not unpaid and not pay_ahead:
        raise ReceiptPaid
    return [
        CartLine(
            item_id=_item_id(account_id, receipt.receipt_id, ordinal, line),
            account_id=account_id,
            receipt_id=receipt.receipt_id,
            receipt_title=receipt.title,
            kind=receipt.kind,
            period=receipt.period,
            digest=digest,
            service=line.service,
            payee_inn=line.payee_inn or "",
            payee_name=payees[line.payee_inn or ""].name,
            due=line.due,
            amount=min(line.left or line.due, supplier.payment_limit),
            limit=supplier.payment_limit,
            commission=supplier.commission,
            method_commissions=supplier.method_commissions,
            paid=line.paid,
            fiscal=_fiscal(payees[line.payee_inn or ""], is_preliminary=line.is_preliminary),
        )
        for ordinal, line in unpaid or wished
    ]


def _fiscal(payee: Payee, *, is_preliminary: bool) -> FiscalSettings:
    """Return what the fiscal receipt says of a line: an advance has the fraction of its rate (ст. 164 НК)."""
    if not is_preliminary:
        return payee.fiscal
    return payee.fiscal.model_copy(
        update={"payment_method": "advance", "vat": _ADVANCE_VAT.get(payee.fiscal.vat, payee.fiscal.vat)}
    )


def paid_by_item(
    supplier: Supplier, account_id: str, receipt: Receipt, pending: PendingPayments
) -> dict[str, Kopecks]:
    """Return the items that the receipt brings now → what of each was paid here and is not accounted yet."""
    return {
        _item_id(account_id, receipt.receipt_id, ordinal, line): line.paid
        for ordinal, line in enumerate(payable_lines(receipt, supplier, pending, with_preliminary=True))
        if line.payee_inn is not None
    }


def add(cart: Cart, lines: list[CartLine]) -> Cart:
    """Return the cart with a receipt's lines; adding the same twice changes nothing. Raises CartFull.

    A receipt's debt includes the debt of those before it, so a newer one of the same kind replaces
    the older; so does a version of the same receipt that billing has changed since.
    """
    new = lines[0]
    existing = {line.item_id: line for line in cart.lines if _is_same_version(line, new)}
    kept = [line for line in cart.lines if _is_compatible(line, new)]
    merged = kept + [line for line in lines if line.item_id not in existing]
    receipts = {(line.account_id, line.receipt_id) for line in merged}
    if len(merged) > MAX_LINES or len(receipts) > MAX_RECEIPTS:
        raise CartFull
    return cart.model_copy(update={"lines": merged})


def add_all(cart: Cart, receipts: Iterable[list[CartLine]]) -> Cart:
    """Return the cart with the lines of several receipts, or raise CartFull and take none of them."""
    return functools.reduce(add, receipts, cart)


def adjust(cart: Cart, item_id: str, amount: Kopecks) -> Cart:
    """Return the cart with another sum for a line; raises NotFound, InvalidFields."""
    line = _line(cart, item_id)
    require_payable_amount(amount, line.limit)
    changed = line.model_copy(update={"amount": amount})
    return cart.model_copy(
        update={"lines": [changed if old.item_id == item_id else old for old in cart.lines]}
    )


def require_payable_amount(amount: Kopecks, limit: Kopecks) -> None:
    """Raise InvalidFields (`amount_invalid`) unless one line can be paid with the sum."""
    if not 0 < amount <= limit:
        message = f"Сумма должна быть больше нуля и не больше {format_rubles(limit)} руб."
        raise InvalidFields(FieldError("amount", "amount_invalid", message))


def remove(cart: Cart, item_ids: Collection[str]) -> Cart:
    """Return the cart without the lines named."""
    return cart.model_copy(update={"lines": [old for old in cart.lines if old.item_id not in item_ids]})


def remove_one(cart: Cart, item_id: str) -> Cart:
    """Return the cart without a line; raises NotFound."""
    return remove(cart, {_line(cart, item_id).item_id})


def clear(cart: Cart) -> Cart:
    """Return an empty cart."""
    return cart.model_copy(update={"lines": []})


def stale_items(
    cart: Cart,
    accounts: Mapping[str, Account],
    digests: Mapping[tuple[str, str], str | None],
    existing: Collection[str],
) -> set[str]:
    """Return the items whose receipt is no longer what is owed, or is owed to another payee.

    Parameters
    ----------
    accounts
        The current accounts: `latest` names the newest receipt of each kind.
    digests
        (account id, receipt id) → the receipt's digest now, None if it is gone.
    existing
        The items that the receipts bring now: the supplier may have named another payee since.
    """
    stale = set()
    for line in cart.lines:
        account = accounts.get(line.account_id)
        newest = account.latest_periods.get(line.kind, "") if account else ""
        has_changed = digests.get((line.account_id, line.receipt_id)) != line.digest
        if has_changed or newest > line.period or line.item_id not in existing:
            stale.add(line.item_id)
    return stale


def with_commissions(cart: Cart, suppliers: Mapping[str, Supplier]) -> Cart:
    """Return the cart with the suppliers' rules of commission as they are now."""
    return cart.model_copy(
        update={
            "lines": [
                _with_commission(line, suppliers[line.supplier_id]) if line.supplier_id in suppliers else line
                for line in cart.lines
            ]
        }
    )


def _with_commission(line: CartLine, supplier: Supplier) -> CartLine:
    return line.model_copy(
        update={"commission": supplier.commission, "method_commissions": supplier.method_commissions}
    )


def has_other_commission(
    lines: Iterable[CartLine], suppliers: Mapping[str, Supplier], method: PaymentMethod
) -> bool:
    """Tell whether a line was shown with another rule of commission than would be charged."""
    return any(
        line.commission is not None
        and line.method_commissions.get(method, line.commission)
        != suppliers[line.supplier_id].commission_rule(method)
        for line in lines
    )


def paid_meanwhile(lines: Iterable[CartLine], paid: Mapping[str, Kopecks]) -> list[str]:
    """Return the items of which more was paid since they were added than leaves room for their sums."""
    return sorted(
        line.item_id
        for line in lines
        if paid.get(line.item_id, 0) > line.paid and line.amount > line.due - paid[line.item_id]
    )


def filter_by_accounts(cart: Cart, account_ids: Collection[str]) -> Cart:
    """Return the cart without the lines of accounts that the user has unbound meanwhile."""
    return cart.model_copy(update={"lines": [line for line in cart.lines if line.account_id in account_ids]})


def _is_same_version(line: CartLine, new: CartLine) -> bool:
    same = (line.account_id, line.receipt_id, line.digest)
    return same == (new.account_id, new.receipt_id, new.digest)


def _is_compatible(line: CartLine, new: CartLine) -> bool:
    is_of_same_debt = (line.account_id, line.kind) == (new.account_id, new.kind)
    return not is_of_same_debt or _is_same_version(line, new)


def _line(cart: Cart, item_id: str) -> CartLine:
    for line in cart.lines:
        if line.item_id == item_id:
            return line
    raise NotFound


def _item_id(account_id: str, receipt_id: str, ordinal: int, line: PayableLine) -> str:
    parts = (account_id, receipt_id, str(ordinal), line.service, line.payee_inn or "")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
