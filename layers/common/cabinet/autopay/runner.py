"""Carries out what rules decide: plans with a mail, charges, gives up, shard by shard, each step once.

A rule moves by its revision, so of two workers one yields. That a receipt is charged once does not depend
on that, but on the row that claims it (`store.claim_receipts`).
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cabinet.accounts.keys import binding_key
from cabinet.autopay import autopay_rules
from cabinet.autopay import store as rule_store
from cabinet.autopay.autopay_rules import Decision
from cabinet.autopay.hold import AutopayHeld, current_hold, require_released
from cabinet.autopay.model import AutopayRule, HistoryEntry
from cabinet.autopay.rule_context import RuleContext, load_rule_context
from cabinet.autopay.store import DueRule, ReceiptClaimed, StaleRule
from cabinet.aws.dynamo import IS_PRESENT, Table, Transaction
from cabinet.billing.keys import receipt_key
from cabinet.billing.model import split_receipt_id
from cabinet.core.errors import Conflict, DomainError
from cabinet.core.identifiers import own_part
from cabinet.core.logging import Event, log_error, log_event
from cabinet.core.remaining_time import HasTime
from cabinet.outbox.emails import Email
from cabinet.outbox.pushes import Push, commit_with_notifications
from cabinet.payments import merchants
from cabinet.payments.cards import store as card_store
from cabinet.payments.cards.store import CardEnded
from cabinet.payments.due_work import process_shards
from cabinet.payments.model import Order, OrderAutopay
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.attempts import register
from cabinet.payments.orders.checkout import build_order
from cabinet.payments.orders.reservations import StaleReservations

_NO_LOOKAHEAD = timedelta()
_MAX_RETRIES = 5
_SAME_RECEIPT = "attribute_exists(pk) AND (attribute_not_exists(#digest) OR #digest = :digest)"


@dataclass(slots=True)
class Report:
    """What a run did."""

    visited: int = 0
    planned: int = 0
    charged: int = 0
    unfinished: list[str] = field(default_factory=list)
    """Shards that still hold rules that are due."""


def run(shards: list[str], now: datetime, has_time: HasTime, ahead: timedelta = _NO_LOOKAHEAD) -> Report:
    """Process the rules of the shards that are due, or will be within `ahead`, while there is time.

    Nothing is done while autopay is held; plans wait.
    """
    report = Report()
    hold = current_hold()
    if hold is not None:
        log_error(Event.AUTOPAY_HELD, since=hold.since, after=hold.after)
        return report

    def process_one(found: DueRule) -> None:
        report.visited += 1
        try:
            process_rule(found, now, report)
        except DomainError as error:
            # A rival was first, or one thing is out of order: this rule has its turn at the next run.
            log_event(Event.AUTOPAY_POSTPONED, user_id=found.user_id, error=error.code)

    def due(shard: str, limit: int) -> list[DueRule]:
        return rule_store.due(shard, now + ahead, limit)

    report.unfinished = process_shards(shards, due, process_one, has_time)
    return report


def process_rule(found: DueRule, now: datetime, report: Report | None = None) -> None:
    """Do what one rule decides now; repeated it does nothing more. Raises StaleRule, Conflict."""
    report = report or Report()
    seen = load_rule_context(found, now)
    if seen is None:
        return
    decision = autopay_rules.decide(seen.rule, seen.facts)
    match decision.step:
        case "remove":
            rule_store.delete(seen.rule)
        case "wait":
            rule_store.save(seen.rule, decision.rule)
        case "plan":
            _write(seen, decision, "autopay_planned")
            report.planned += 1
        case "give_up" | "suspend":
            # The stored name of the email that a charge was not made, and why.
            _write(seen, decision, "autopay_left")
        case "done":
            _write(seen, decision, None)
        case "charge":
            report.charged += _charge(seen, decision.rule)


def skip_due_rules(shards: list[str], now: datetime) -> int:
    """Skip all charges that are due now and mail their owners; return the number of rules. Idempotent."""
    skipped = 0
    for found in (found for shard in shards for found in rule_store.all_due(shard)):
        for _ in range(_MAX_RETRIES):
            seen = load_rule_context(found, now)
            decision = None if seen is None else autopay_rules.skip_after_restore(seen.rule, seen.facts)
            if seen is None or decision is None:
                break
            with suppress(StaleRule):
                _write(seen, decision, "autopay_left")
                skipped += 1
                break
        else:
            raise Conflict
    return skipped


def _write(seen: RuleContext, decision: Decision, template: str | None) -> None:
    """Write the rule with its history and the mail about it, in one transaction; raises StaleRule."""
    rule, transaction = decision.rule, Transaction()
    rule_store.add_changed_rule(
        transaction, seen.rule, rule, _entry(rule, seen.facts.now) if template != "autopay_planned" else None
    )
    if template is None:
        transaction.commit()
        return
    email = _email(seen, rule, template)
    commit_with_notifications(transaction, [] if email is None else [email], [_push(seen, rule, template)])


def _entry(rule: AutopayRule, now: datetime) -> HistoryEntry | None:
    if rule.last is None:
        return None
    return HistoryEntry(at=now, order_id=rule.last.order_id, outcome=rule.last.outcome, text=rule.last.text)


def _push(seen: RuleContext, rule: AutopayRule, template: str) -> Push:
    """Return the push beside the mail: it needs no address, and names neither card nor sum."""
    name = f"{template}-{rule.account_id}-{rule_store.new_revision()}"
    return Push(template, rule.user_id, name, seen.facts.time_zone, rule.account_id)


def _email(seen: RuleContext, rule: AutopayRule, template: str) -> Email | None:
    if seen.email is None:
        return None
    account = seen.account
    params: dict[str, Any] = {
        "number": own_part(rule.account_id),
        "address": account.address.line if account is not None else "",
    }
    if template == "autopay_planned" and rule.planned is not None:
        planned = rule.planned
        card = seen.card.masked_pan if seen.card is not None else ""
        params |= {"amount": planned.amount, "on": planned.on.isoformat(), "masked_pan": card}
        params["plan"] = autopay_rules.plan_name(planned)
        name = f"autopay-planned-{planned.on}-{'-'.join(sorted(planned.receipts.values()))}"[:80]
    elif rule.last is not None:
        params |= {"text": rule.last.text, "is_stopped": rule.suspended}
        name = f"autopay-{rule.last.outcome}-{rule.last.on}"
    else:
        return None
    name = f"{name}-{rule_store.new_revision()}"
    return Email(template, seen.email, params, name, seen.rule.user_id, None, rule.account_id)


def _charge(seen: RuleContext, rule: AutopayRule) -> int:
    """Make the order of a planned charge and charge it; return 1 when the bank was asked for the money.

    The order, the claims of its receipts and the rule are one transaction, which requires that card,
    binding and receipts are as they were read. The next run finds the outcome.
    """
    planned, option, draft = rule.planned, seen.option, seen.draft
    account, supplier, card, known = seen.account, seen.supplier, seen.card, seen.reservations
    if not (planned and option and draft and account and supplier and card and known):
        return 0
    order = build_order(
        draft,
        option,
        {account.account_id: account},
        {supplier.supplier_id: supplier},
        now=seen.facts.now,
        user_id=rule.user_id,
        email=seen.email,
        card=card,
    )
    transaction = Transaction()
    tried = autopay_rules.with_order(rule, order.order_id, seen.facts.today, rule.revision)
    tried = rule_store.add_changed_rule(transaction, seen.rule, tried)
    order = order.model_copy(
        update={
            "autopay": OrderAutopay(
                account_id=rule.account_id, revision=tried.revision, bound_at=rule.bound_at
            ),
            "client_ip": rule.consent.client_ip,
        }
    ).with_event("Автоплатёж", seen.facts.now)
    require_released(transaction)
    _require_unchanged(transaction, seen, planned.receipts)
    rule_store.claim_receipts(
        transaction, rule.account_id, planned.receipts, order.order_id, planned.order_id
    )
    order_store.add_new_order(transaction, order, {account.account_id: known})
    merchants.register_merchant(transaction, order.merchant)
    try:
        transaction.commit()
    except (AutopayHeld, CardEnded, ReceiptClaimed, StaleReservations):
        raise Conflict from None
    merchants.cache_registered(order.merchant)
    charged = register(order)
    _record_outcome(seen, tried, charged)
    return 1


def _require_unchanged(transaction: Transaction, seen: RuleContext, receipts: dict[str, str]) -> None:
    """Add to a transaction that binding, cabinet, card, receipts and the last try are as they were read."""
    rule = seen.rule
    rule_store.require_user(transaction, rule.user_id)
    transaction.check(
        Table.USERS, binding_key(rule.user_id, rule.account_id), condition=IS_PRESENT, on_conflict=Conflict
    )
    card_store.require_active(transaction, rule.user_id, rule.saved_card_id)
    for receipt_id, digest in receipts.items():
        transaction.check(
            Table.ACCOUNTS, receipt_key(rule.account_id, *split_receipt_id(receipt_id)),
            condition=_SAME_RECEIPT, on_conflict=Conflict, digest=digest,
        )  # fmt: skip
    if seen.order is not None:
        # The charge failed, and no newer result has been recorded.
        order_store.require_version(transaction, seen.order, Conflict)


def _record_outcome(seen: RuleContext, tried: AutopayRule, order: Order) -> None:
    """Record the charge's outcome at once if the bank has reported it; otherwise the next run finds it."""
    if order.status not in ("paid", "declined"):
        return
    attempt = order.attempt
    facts = autopay_rules.with_order_status(
        seen.facts, order.status, is_final=attempt is not None and attempt.is_final_decline
    )
    decision = autopay_rules.decide(tried, facts)
    now_seen = RuleContext(tried, facts, seen.email, seen.account, seen.supplier, seen.card)
    if decision.step in ("done", "wait"):
        _write(now_seen, decision, None)
    elif decision.step in ("give_up", "suspend"):
        _write(now_seen, decision, "autopay_left")
