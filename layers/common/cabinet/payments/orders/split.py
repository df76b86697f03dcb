"""How a cart becomes orders: one for each contract with a bank, small enough to be credited at once. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cabinet.accounts.supplier_model import PAYMENT_METHODS, Commission, Merchant, PaymentMethod, Supplier
from cabinet.aws.dynamo import MAX_ACTIONS
from cabinet.core.money import Kopecks
from cabinet.payments.errors import MethodUnavailable
from cabinet.payments.model import CartLine, OrderLine

_FIXED_ACTIONS = 5
"""Writes of a posting besides accounts: order, journal, e-mail, push, and a person's audit row."""
_ORDERING_ACTIONS = 6
"""Writes of a checkout besides accounts: order, reply, cart, contract, card, consent."""


@dataclass(frozen=True, slots=True)
class PaymentOption:
    """One way of paying an order: under which contract, and what is paid in all."""

    method: PaymentMethod
    merchant: Merchant
    commission: Kopecks
    commission_texts: tuple[str, ...]
    """The rules in words, each once."""
    total: Kopecks


@dataclass(slots=True)
class OrderDraft:
    """An order as it would be made of some lines of the cart."""

    merchant: Merchant
    """The contract of the usual way of paying."""
    lines: list[CartLine] = field(default_factory=list)
    options: list[PaymentOption] = field(default_factory=list)
    """The ways in which all lines can be paid at once, the usual one first; never empty."""

    @property
    def amount(self) -> Kopecks:
        """Return what goes to the payees."""
        return sum(line.amount for line in self.lines)

    def option(self, method: PaymentMethod | None) -> PaymentOption:
        """Return a way of paying, the usual one for None; raises MethodUnavailable."""
        wanted = self.options[0].method if method is None else method
        for option in self.options:
            if option.method == wanted:
                return option
        raise MethodUnavailable


def split_into_orders(lines: list[CartLine], suppliers: Mapping[str, Supplier]) -> list[OrderDraft]:
    """Return the orders that the lines make, in the order in which the cart shows them.

    An order is made, and credited, in one transaction of at most 25 writes: two for each account, when it is
    credited one for each supplier and for each account whose supplier has a webhook, and some more. A cart of
    more accounts becomes several orders.
    """
    made: list[OrderDraft] = []
    for line in lines:
        merchant = _merchant(suppliers, line)
        if merchant is None:
            continue
        fitting = (
            draft for draft in made if draft.merchant == merchant and _has_room(draft, line, suppliers)
        )
        draft = next(fitting, None)
        if draft is None:
            draft = OrderDraft(merchant)
            made.append(draft)
        draft.lines.append(line)
    for draft in made:
        draft.options = payment_options(draft.lines, suppliers)
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
    methods = supplier.payment_methods if supplier is not None else []
    return supplier.merchant_for(methods[0]) if supplier is not None and methods else None


def _has_room(draft: OrderDraft, line: CartLine, suppliers: Mapping[str, Supplier]) -> bool:
    paid_to = {each.account_id: each.supplier_id for each in (*draft.lines, line)}
    events = sum(suppliers[supplier_id].webhook is not None for supplier_id in paid_to.values())
    more = max(_FIXED_ACTIONS + len({*paid_to.values()}) + events, _ORDERING_ACTIONS)
    return more + 2 * len(paid_to) <= MAX_ACTIONS


def payment_options(
    lines: Sequence[CartLine | OrderLine], suppliers: Mapping[str, Supplier]
) -> list[PaymentOption]:
    """Return the ways of paying for which all suppliers of the lines have one contract."""
    amounts: dict[str, Kopecks] = {}
    for line in lines:
        amounts[line.supplier_id] = amounts.get(line.supplier_id, 0) + line.amount
    options = []
    for method in PAYMENT_METHODS:
        merchants = {
            supplier.merchant_for(method) if method in supplier.payment_methods else None
            for supplier in map(suppliers.__getitem__, amounts)
        }
        merchant = merchants.pop()
        if merchant is None or merchants:
            continue
        rules = [suppliers[supplier_id].commission_rule(method) for supplier_id in amounts]
        commission = sum(map(commission_for, rules, amounts.values()))
        texts = tuple(dict.fromkeys(rule.sentence for rule in rules))
        options.append(PaymentOption(method, merchant, commission, texts, sum(amounts.values()) + commission))
    return options
