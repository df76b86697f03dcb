"""Paying anyone's receipt without a cabinet: the account found, the order made, its status by a token.

A guest's order goes the way of every other: same contracts, commissions, ledger, registries. It belongs to no
user, and an unguessable token reads its status. Nothing here looks at who has bound the account, or tells
what it owes or who else is paying it.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cabinet.accounts import store as accounts
from cabinet.accounts.errors import AccountClosed, AccountNotFound
from cabinet.accounts.keys import account_key, supplier_key
from cabinet.accounts.model import Account
from cabinet.accounts.rules import address_matches, is_closed, normalise_account_number
from cabinet.accounts.supplier_model import Payee, PaymentMethod, Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Key, Table
from cabinet.core import clock
from cabinet.core.errors import Conflict, FeatureUnavailable, NotFound, raises
from cabinet.core.identifiers import supplier_part
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period
from cabinet.idempotency import IdempotentRequest
from cabinet.payments.cart.rules import require_payable_amount
from cabinet.payments.errors import CartChanged, MethodUnavailable, PayeeUnknown
from cabinet.payments.guest_rules import guest_line, payee_from_code
from cabinet.payments.model import Order
from cabinet.payments.orders import checkout
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.attempts import register, resume
from cabinet.payments.orders.reservations import StaleReservations, parse_reservations
from cabinet.payments.orders.split import OrderDraft, split_into_orders

STATUS_READABLE_FOR = timedelta(days=90)
_MAX_RETRIES = 5
_TOKEN_BYTES = 24


@dataclass(frozen=True, slots=True)
class GuestAccount:
    """What a guest pays for: an account, and which of its supplier's payees receives the money."""

    account: Account
    supplier: Supplier
    payee: Payee


@dataclass(frozen=True, slots=True)
class GuestPaymentInput:
    """What a guest pays, and how."""

    account_id: str
    payee_inn: str
    period: Period | None
    """As the code named it."""
    amount: Kopecks
    method: PaymentMethod | None = None
    email: str | None = None
    total: Kopecks | None = None
    """What was shown, commission included; None where the client does not say."""

    @property
    def keys(self) -> list[tuple[Table, Key]]:
        """Return what a payment depends on: the account and its supplier."""
        supplier_id = supplier_part(self.account_id)
        return [(Table.ACCOUNTS, account_key(self.account_id)), (Table.ACCOUNTS, supplier_key(supplier_id))]


@raises(AccountNotFound, FeatureUnavailable)
def find_by_address(account_number: str, house: str, flat: str) -> GuestAccount:
    """Return the account that fits, its supplier's first payee; a miss is one round trip, whatever missed.

    Raises AccountNotFound; FeatureUnavailable where the supplier takes no payments here.
    """
    today = clock.now().date()
    fitting = [
        account
        for account in accounts.find_by_number(normalise_account_number(account_number))
        if address_matches(account, house, flat) and not is_closed(account, today)
    ]
    if not fitting:
        raise AccountNotFound
    suppliers = accounts.suppliers(account.supplier_id for account in fitting)
    return _payable(
        [
            GuestAccount(account, supplier, supplier.payees[0])
            for account in fitting
            if (supplier := suppliers.get(account.supplier_id)) is not None
        ]
    )


@raises(AccountNotFound, FeatureUnavailable, PayeeUnknown)
def find_by_code(account_number: str, settlement_account: str, payee_inn: str | None) -> GuestAccount:
    """Return the account of a payment code; what the code says of the payer's name and address is not read.

    Raises PayeeUnknown when the money would go to nobody of ours, whatever the account; AccountNotFound;
    FeatureUnavailable where the supplier takes no payments here.
    """
    receivers = {
        supplier.supplier_id: (supplier, payee)
        for supplier in accounts.all_suppliers()
        if (payee := payee_from_code(supplier, settlement_account, payee_inn)) is not None
    }
    if not receivers:
        raise PayeeUnknown
    today = clock.now().date()
    return _payable(
        [
            GuestAccount(account, *receivers[account.supplier_id])
            for account in accounts.find_by_number(normalise_account_number(account_number))
            if account.supplier_id in receivers and not is_closed(account, today)
        ]
    )


def _payable(found: Sequence[GuestAccount]) -> GuestAccount:
    if not found:
        raise AccountNotFound
    for each in found:
        if each.supplier.payment_methods:
            return each
    raise FeatureUnavailable


@raises(NotFound, AccountClosed, FeatureUnavailable, MethodUnavailable, PayeeUnknown)
def draft_payment(
    form: GuestPaymentInput, account: Item | None, supplier: Item | None
) -> tuple[Account, OrderDraft]:
    """Return the account and the order as it would be made, with its ways of paying, of the rows read.

    Raises InvalidFields (`amount_invalid`) beside what is declared.
    """
    if account is None or supplier is None:
        raise NotFound
    paid_for, paid_to = Account.model_validate(account), Supplier.model_validate(supplier)
    today = clock.local_date(clock.now(), paid_to.time_zone)
    if is_closed(paid_for, today):
        raise AccountClosed
    payee = next((payee for payee in paid_to.payees if payee.inn == form.payee_inn), None)
    if payee is None:
        raise PayeeUnknown
    require_payable_amount(form.amount, paid_to.payment_limit)
    line = guest_line(paid_for, paid_to, payee, form.amount, form.period, today)
    drafts = split_into_orders([line], {paid_to.supplier_id: paid_to}) if paid_to.payment_methods else []
    if not drafts:
        raise FeatureUnavailable
    return paid_for, drafts[0]


@raises(draft_payment, CartChanged, Conflict, resume)
def check_out(
    form: GuestPaymentInput,
    rows: Sequence[Item | None],
    idempotent_request: IdempotentRequest,
    now: datetime,
) -> Order:
    """Make the order and take it to the bank; `rows` are those of `form.keys`, read consistently.

    Raises CartChanged when the commission is another than was shown; BankUnavailable (the order survives;
    the same key continues with it).
    """
    for _ in range(_MAX_RETRIES):
        account_row, supplier_row = rows
        account, draft = draft_payment(form, account_row, supplier_row)
        option = draft.option(form.method)
        if option.method == "saved_card":
            raise MethodUnavailable  # a guest has none
        checkout.require_shown_total(form.total, option.total)
        supplier = Supplier.model_validate(supplier_row)
        order = checkout.build_order(
            draft,
            option,
            {account.account_id: account},
            {supplier.supplier_id: supplier},
            email=form.email,
            now=now,
        ).model_copy(update={"guest_token": secrets.token_urlsafe(_TOKEN_BYTES)})
        known = {account.account_id: parse_reservations(account_row or {})}
        try:
            reply = checkout.create_order(order, idempotent_request, 0, known)
        except StaleReservations:
            rows = dynamo.batch_get(form.keys, consistent=True)
            continue
        if reply["order_id"] == order.order_id:
            return register(order)
        return checkout.replay_response(reply, now, pay_anyway=True)[0]
    raise Conflict


@raises(NotFound)
def order_from_token(token: str, now: datetime) -> Order:
    """Return the guest's order of a token, for three months after it was made; raises NotFound."""
    order_id, _, secret = token.partition("-")
    order = order_store.find(order_id)
    if order is None or order.guest_token is None or now >= order.created_at + STATUS_READABLE_FOR:
        raise NotFound
    if not hmac.compare_digest(order.guest_token.encode(), secret.encode()):
        raise NotFound
    return order
