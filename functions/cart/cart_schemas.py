"""Bodies and answers of the cart: by accounts, receipts and payees, and the orders that it will become."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StrictBool

from cabinet.accounts.rules import MAX_BINDINGS
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks, format_rubles
from cabinet.payments.cards.model import SavedCard
from cabinet.payments.cart.context import CartContext
from cabinet.payments.model import CartLine
from cabinet.payments.orders.split import OrderDraft
from cabinet.web.responses import response_from
from cart.payment_schemas import CartCommission, PaymentMethodResponse, payment_methods

MAX_ORDERS = 100
"""A cart has as many lines at most, so as many orders."""


class NewCartItems(DeferredModel):
    """A receipt whose services are to be paid."""

    model_config = ConfigDict(extra="ignore")

    account_id: Annotated[str, Field(min_length=1, max_length=128)]
    receipt_id: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-[^#\x00-\x1f]{1,64}$")]
    with_preliminary: StrictBool = False
    pay_ahead: StrictBool = False
    """The deliberate second step after 409 `receipt_paid`."""


class DueReceipts(DeferredModel):
    """Whose receipts are to be paid: of the accounts named, or of all that can be paid here."""

    account_ids: (
        Annotated[
            list[Annotated[str, Field(min_length=1, max_length=128)]],
            Field(min_length=1, max_length=MAX_BINDINGS),
        ]
        | None
    ) = None
    with_preliminary: StrictBool = False


class CartItemUpdate(DeferredModel):
    """Another sum for one item, in kopecks."""

    amount: Annotated[int, Field(strict=True)]


class CartItemResponse(DeferredModel):
    """One service; `stale` says that a newer receipt has come and the item must be added again.

    `paid` is what of `due` was paid through the cabinet and is not accounted yet: `due` − `paid` is left.
    """

    item_id: str
    service: str
    amount: Kopecks
    due: Kopecks
    paid: Kopecks
    limit: Kopecks
    stale: bool

    @classmethod
    def of(cls, line: CartLine, context: CartContext) -> Self:
        """Return it as the API shows it."""
        paid = context.paid.get(line.item_id, 0)
        return response_from(cls, line, paid=paid, stale=line.item_id in context.stale)


class CartPayee(DeferredModel):
    """The services whose money one payee receives."""

    payee: str
    items: list[CartItemResponse]


class CartReceipt(DeferredModel):
    """The services of one receipt."""

    receipt_id: str
    title: str
    payees: list[CartPayee]


class CartGroup(DeferredModel):
    """All of one account; `order` is the number of the order that it will be paid in."""

    account_id: str
    address: str
    supplier_name: str
    receipts: list[CartReceipt]
    subtotal: Kopecks
    order: int

    @classmethod
    def of(cls, context: CartContext, lines: list[CartLine], number: int) -> Self:
        """Return it as the API shows it."""
        account = context.accounts[lines[0].account_id]
        receipts: dict[str, dict[str, list[CartLine]]] = {}
        for line in lines:
            receipts.setdefault(line.receipt_id, {}).setdefault(line.payee_name, []).append(line)
        titles = {line.receipt_id: line.receipt_title for line in lines}
        return cls(
            account_id=account.account_id,
            address=account.address.line,
            supplier_name=context.suppliers[account.supplier_id].name,
            receipts=[
                CartReceipt(
                    receipt_id=receipt_id,
                    title=titles[receipt_id],
                    payees=[
                        CartPayee(
                            payee=payee, items=[CartItemResponse.of(line, context) for line in of_payee]
                        )
                        for payee, of_payee in payees.items()
                    ],
                )
                for receipt_id, payees in receipts.items()
            ],
            subtotal=sum(line.amount for line in lines),
            order=number,
        )


class CartOrder(DeferredModel):
    """One payment that the cart will need; `commission` and `total` are those of its first method."""

    order: int
    account_ids: list[str]
    amount: Kopecks
    commission: CartCommission
    total: Kopecks
    methods: list[PaymentMethodResponse]

    @classmethod
    def of(cls, number: int, draft: OrderDraft, methods: list[PaymentMethodResponse]) -> Self:
        """Return it as the API shows it."""
        return cls(
            order=number,
            account_ids=list(dict.fromkeys(line.account_id for line in draft.lines)),
            amount=draft.amount,
            commission=methods[0].commission,
            total=methods[0].total,
            methods=methods,
        )


class CartResponse(DeferredModel):
    """The cart. `orders` has several entries when several banks or very many accounts are to be paid."""

    groups: list[CartGroup]
    count: int
    commission: CartCommission
    total: Kopecks
    orders: list[CartOrder]
    note: str | None
    version: int

    @classmethod
    def of(cls, context: CartContext, version: int, cards: Sequence[SavedCard], today: date) -> Self:
        """Return the cart grouped as the manual shows it: account, receipt, payee."""
        orders = [
            CartOrder.of(number, draft, payment_methods(draft, cards, today))
            for number, draft in enumerate(context.drafts, 1)
        ]
        by_account: dict[tuple[str, int], list[CartLine]] = {}
        for number, draft in enumerate(context.drafts, 1):
            for line in draft.lines:
                by_account.setdefault((line.account_id, number), []).append(line)
        usual = [draft.option(None) for draft in context.drafts]
        texts = dict.fromkeys(text for option in usual for text in option.commission_texts)
        count = sum(len(draft.lines) for draft in context.drafts)
        return cls(
            groups=[CartGroup.of(context, lines, number) for (_, number), lines in by_account.items()],
            count=count,
            commission=CartCommission(
                text=" ".join(texts), amount=sum(option.commission for option in usual)
            ),
            total=sum(order.total for order in orders),
            orders=orders,
            note=_split_note(context.drafts),
            version=version,
        )


def _split_note(drafts: list[OrderDraft]) -> str | None:
    """Say plainly why a cart needs several payments."""
    if len(drafts) < 2:
        return None
    sums = ", ".join(f"{format_rubles(draft.option(None).total)} руб." for draft in drafts)
    several = len({draft.merchant for draft in drafts}) > 1
    why = "У организаций разные договоры с банком" if several else "В корзине очень много лицевых счетов"
    return f"{why}, поэтому оплата пройдёт по частям, по одному платежу: {sums}"
