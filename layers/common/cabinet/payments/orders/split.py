"""How a cart becomes orders: one for each contract with a bank, small enough to be credited at once. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cabinet.accounts.model import Commission, Merchant, Supplier
from cabinet.aws.dynamo import MAX_ACTIONS
from cabinet.core.money import Kopecks
from cabinet.payments.model import CartLine

_FIXED_ACTIONS = 3  # order, journal, letter


@dataclass(slots=True)
class OrderDraft:
    """An order as it would be made of some lines of the cart."""

    merchant: Merchant
    lines: list[CartLine] = field(default_factory=list)
    commission_texts: list[str] = field(default_factory=list)
    commission: Kopecks = 0

    @property
    def amount(self) -> Kopecks:
        """Return what goes to the payees."""
        return sum(line.amount for line in self.lines)


def split_into_orders(lines: list[CartLine], suppliers: Mapping[str, Supplier]) -> list[OrderDraft]:
    """Return the orders that the lines make, in the order in which the cart shows them.

    A payment is credited in one transaction of at most 25 writes: two for each account, one for each
    supplier, and three more. A cart of more accounts than that becomes several orders.
    """
    made: list[OrderDraft] = []
    for line in lines:
        merchant = _merchant(suppliers, line)
        if merchant is None:
            continue
        fitting = (draft for draft in made if draft.merchant == merchant and _has_room(draft, line))
        draft = next(fitting, None)
        if draft is None:
            draft = OrderDraft(merchant)
            made.append(draft)
        draft.lines.append(line)
    for draft in made:
        _add_commission(draft, suppliers)
    return made


def commission_for(rule: Commission, amount: Kopecks) -> Kopecks:
    """Return the commission on a sum: basis points, half a kopeck rounds up, between minimum and maximum."""
    if rule.basis_points == 0:
        return rule.minimum
    percentage = (amount * rule.basis_points + 5_000) // 10_000
    most = percentage if rule.maximum is None else min(percentage, rule.maximum)
    return max(rule.minimum, most)


def _merchant(suppliers: Mapping[str, Supplier], line: CartLine) -> Merchant | None:
    supplier = suppliers.get(line.supplier_id)
    return supplier.merchant if supplier is not None and supplier.offers("payments") else None


def _has_room(draft: OrderDraft, line: CartLine) -> bool:
    accounts = {old.account_id for old in draft.lines} | {line.account_id}
    suppliers = {old.supplier_id for old in draft.lines} | {line.supplier_id}
    return _FIXED_ACTIONS + 2 * len(accounts) + len(suppliers) <= MAX_ACTIONS


def _add_commission(draft: OrderDraft, suppliers: Mapping[str, Supplier]) -> None:
    for supplier_id in dict.fromkeys(line.supplier_id for line in draft.lines):
        rule = suppliers[supplier_id].commission
        amount = sum(line.amount for line in draft.lines if line.supplier_id == supplier_id)
        draft.commission += commission_for(rule, amount)
        if rule.sentence not in draft.commission_texts:
            draft.commission_texts.append(rule.sentence)
