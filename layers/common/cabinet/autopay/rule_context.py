"""Reads what a decision depends on, strongly consistent: what the index names in one batch, else in two."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cabinet.accounts.holders import needs_surname
from cabinet.accounts.keys import account_key, binding_key, supplier_key
from cabinet.accounts.model import Account
from cabinet.accounts.rules import is_closed
from cabinet.accounts.supplier_model import Supplier
from cabinet.autopay.autopay_rules import Facts
from cabinet.autopay.model import AutopayRule, DueReceipt
from cabinet.autopay.store import DueRule, parse_rule
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Key, Table
from cabinet.billing.amounts_due import payable_lines, pending_payments, remaining
from cabinet.billing.keys import receipt_key
from cabinet.billing.model import Receipt, split_receipt_id
from cabinet.billing.rules import held_until, latest_receipts
from cabinet.billing.store import MAX_KINDS
from cabinet.core import clock
from cabinet.core.identifiers import supplier_part
from cabinet.identity.keys import profile_key
from cabinet.payments.cards import card_rules
from cabinet.payments.cards.model import SavedCard
from cabinet.payments.cards.store import parse_cards
from cabinet.payments.cart.rules import receipt_lines
from cabinet.payments.errors import NothingToPay, PayeeMissing, ReceiptPaid
from cabinet.payments.keys import autopay_claim_key, autopay_key, cards_key, order_key
from cabinet.payments.model import CartLine, Order
from cabinet.payments.orders.reservations import Reservations, parse_reservations
from cabinet.payments.orders.split import OrderDraft, PaymentOption, split_into_orders

_ZONE_WITHOUT_SUPPLIER = "Europe/Moscow"
type _Known = dict[tuple[Table, Key], Item | None]


@dataclass(frozen=True, slots=True)
class RuleContext:
    """A rule with everything that a decision about it needs, as stored."""

    rule: AutopayRule
    facts: Facts
    email: str | None = None
    account: Account | None = None
    supplier: Supplier | None = None
    card: SavedCard | None = None
    draft: OrderDraft | None = None
    option: PaymentOption | None = None
    reservations: Reservations | None = None
    order: Order | None = None
    """The planned charge's last try."""


def load_rule_context(found: DueRule, now: datetime) -> RuleContext | None:
    """Return the rule with what it depends on, None if the rule is gone.

    What the index says of the rule only chooses what is read ahead: what is decided by was read strongly
    here, and what the rule turns out to need besides is read then. A charge requires the receipts as read.
    """
    user_id, account_id = found.user_id, found.account_id
    supplier_id = supplier_part(account_id)
    reads = [
        (Table.PAYMENTS, autopay_key(user_id, account_id)),
        (Table.USERS, profile_key(user_id)),
        (Table.USERS, binding_key(user_id, account_id)),
        (Table.PAYMENTS, cards_key(user_id)),
        (Table.ACCOUNTS, account_key(account_id)),
        (Table.ACCOUNTS, supplier_key(supplier_id)),
    ]
    wanted = [*reads, *_read_ahead(found)]
    rows = dynamo.batch_get(wanted, consistent=True)
    known = dict(zip(wanted, rows, strict=True))
    rule_row, profile, binding, cards, account_row, supplier_row = rows[: len(reads)]
    rule = parse_rule(rule_row)
    if rule is None:
        return None
    account = Account.model_validate(account_row) if account_row else None
    supplier = Supplier.model_validate(supplier_row) if supplier_row else None
    zone = supplier.time_zone if supplier else _ZONE_WITHOUT_SUPPLIER
    is_bound = (
        profile is not None and binding is not None and account is not None
        and not needs_surname(binding, account) and binding.get("bound_at", "") == rule.bound_at
    )  # fmt: skip
    if not is_bound or account is None or supplier is None or account_row is None:
        return RuleContext(rule, Facts(now, zone, is_bound=False, is_account_payable=False, has_card=False))
    today = clock.local_date(now, zone)
    merchant = supplier.merchant_for("saved_card") if supplier.offers("payments") else None
    card = parse_cards(user_id, cards).cards.get(rule.saved_card_id)
    has_card = card is not None and merchant is not None and card_rules.may_pay(card, merchant, today)
    order, lines, due = _receipts(rule, account, supplier, now, known)
    drafts = split_into_orders(lines, {supplier.supplier_id: supplier})
    draft = drafts[0] if len(drafts) == 1 else None
    option = next((way for way in draft.options if way.method == "saved_card"), None) if draft else None
    reservations = parse_reservations(account_row)
    last_attempt = order.attempt if order is not None else None
    is_payable = merchant is not None and not is_closed(account, today) and (not due or option is not None)
    facts = Facts(
        now,
        zone,
        is_bound=True,
        is_account_payable=is_payable,
        has_card=has_card,
        due=due,
        total=option.total if option is not None else 0,
        is_being_paid=_is_being_paid(due, reservations, rule),
        order_status=order.status if order is not None else None,
        is_final_decline=last_attempt is not None and last_attempt.is_final_decline,
    )
    email = str(profile["email"]) if profile and profile.get("email") else None
    return RuleContext(rule, facts, email, account, supplier, card, draft, option, reservations, order)


def _read_ahead(found: DueRule) -> list[tuple[Table, Key]]:
    """Return what the rule most likely needs: its receipts with their claims, and the last try's order."""
    reads: list[tuple[Table, Key]] = []
    for name in found.receipts:
        reads.append((Table.ACCOUNTS, receipt_key(found.account_id, *split_receipt_id(name))))
        reads.append((Table.PAYMENTS, autopay_claim_key(found.account_id, name)))
    return reads + ([(Table.PAYMENTS, order_key(found.order_id))] if found.order_id else [])


def _receipts(
    rule: AutopayRule, account: Account, supplier: Supplier, now: datetime, known: _Known
) -> tuple[Order | None, list[CartLine], list[DueReceipt]]:
    """Return the last try's order, and the lines and receipts that ask for money and were never charged."""
    newest = [(period, kind, f"{period}-{kind}") for period, kind in latest_receipts(account, MAX_KINDS)]
    last_order = rule.planned.order_id if rule.planned else None
    reads = [(Table.ACCOUNTS, receipt_key(account.account_id, period, kind)) for period, kind, _ in newest]
    reads += [(Table.PAYMENTS, autopay_claim_key(account.account_id, name)) for _, _, name in newest]
    reads += [(Table.PAYMENTS, order_key(last_order))] if last_order else []
    missing = [one for one in reads if one not in known]
    if missing:
        known = known | dict(zip(missing, dynamo.batch_get(missing, consistent=True), strict=True))
    rows = [known[one] for one in reads]
    order_row = rows.pop() if last_order else None
    order = Order.model_validate(order_row) if order_row else None
    lines: list[CartLine] = []
    due: list[DueReceipt] = []
    for (_, kind, name), row, claim in zip(newest, rows[: len(newest)], rows[len(newest) :], strict=True):
        is_charged = claim is not None and claim["order_id"] != (last_order or "")
        if row is None or is_charged or name <= rule.last_handled.get(kind, ""):
            continue
        found = _lines(rule, account, supplier, row)
        if found:
            lines += found
            not_before = held_until(Receipt.model_validate(row), supplier, now)
            digest = row.get("digest", "")
            due.append(DueReceipt(receipt_id=name, kind=kind, digest=digest, not_charged_before=not_before))
    return order, lines, due


def _lines(rule: AutopayRule, account: Account, supplier: Supplier, row: Mapping[str, Any]) -> list[CartLine]:
    receipt = Receipt.model_validate(row)
    paid = pending_payments(account, receipt)
    if not remaining(payable_lines(receipt, supplier, paid, with_preliminary=rule.with_preliminary)):
        return []
    try:
        return receipt_lines(
            supplier, account.account_id, receipt, str(row.get("digest", "")), paid,
            with_preliminary=rule.with_preliminary,
        )  # fmt: skip
    except (NothingToPay, PayeeMissing, ReceiptPaid):
        return []


def _is_being_paid(due: list[DueReceipt], reservations: Reservations, rule: AutopayRule) -> bool:
    kinds = {one.kind for one in due}
    own = rule.planned.order_id if rule.planned else None
    return any(
        order_id != own and any(name[8:] in kinds for name in held.receipts)
        for order_id, held in reservations.by_order.items()
    )
