"""What an owner does with a rule: set it, skip a charge, switch it off, by a mail's link too."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cabinet.accounts.supplier_model import Supplier
from cabinet.autopay import autopay_rules
from cabinet.autopay import store as rule_store
from cabinet.autopay.errors import ChargeNotPlanned, ChargeSent
from cabinet.autopay.model import AutopayRule, HistoryEntry, LastOutcome, When
from cabinet.autopay.store import StaleRule
from cabinet.aws.dynamo import Transaction
from cabinet.core import clock
from cabinet.core.errors import Conflict, FeatureUnavailable, FieldError, InvalidFields, NotFound, raises
from cabinet.core.money import Kopecks
from cabinet.payments.cards import card_rules
from cabinet.payments.cards import store as card_store
from cabinet.payments.cards.model import SavedCards
from cabinet.payments.cards.store import CardEnded
from cabinet.payments.errors import SavedCardUnavailable
from cabinet.payments.given_consent import GivenConsent
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.attempt_rules import is_charged
from cabinet.signed_tokens import Purpose, TokenInvalid, verify

_MAX_RETRIES = 5
MAX_LIMIT: Kopecks = 500_000_00


@dataclass(frozen=True, slots=True)
class RuleRequest:
    """A rule as its owner wants it."""

    enabled: bool
    saved_card_id: str
    limit: Kopecks
    when: When
    day: int | None
    with_preliminary: bool


@dataclass(frozen=True, slots=True)
class AnnouncedCharge:
    """A charge as the link of its mail names it."""

    user_id: str
    account_id: str
    plan: str

    @property
    def on(self) -> date:
        """Return the day for which it was announced."""
        return date.fromisoformat(self.plan.partition(":")[0])


@raises(Conflict, FeatureUnavailable, NotFound, SavedCardUnavailable)
def set_rule(
    user_id: str, account_id: str, bound_at: str, supplier: Supplier, cards: SavedCards, form: RuleRequest,
    consent: GivenConsent, now: datetime,
) -> AutopayRule:  # fmt: skip
    """Write a rule as its owner wants it and return it; what was planned by the former one is planned anew.

    Raises SavedCardUnavailable for a card that is not the user's, has ended, or is another contract's;
    FeatureUnavailable where saved cards pay nothing; InvalidFields.
    """
    _check(form)
    merchant = supplier.merchant_for("saved_card") if supplier.offers("payments") else None
    if merchant is None:
        raise FeatureUnavailable
    card = cards.cards.get(form.saved_card_id)
    today = clock.local_date(now, supplier.time_zone)
    if card is None or not card_rules.may_pay(card, merchant, today):
        raise SavedCardUnavailable
    for _ in range(_MAX_RETRIES):
        seen = rule_store.load(user_id, account_id)
        rule = _merged(seen, user_id, account_id, form, consent, now, supplier.time_zone)
        rule = rule.model_copy(update={"bound_at": bound_at})
        transaction = Transaction()
        changed = rule_store.add_changed_rule(transaction, seen, rule)
        rule_store.require_user(transaction, user_id)
        card_store.require_active(transaction, user_id, form.saved_card_id)
        rule_store.record_consent(transaction, rule)
        rule_store.mark_binding(transaction, user_id, account_id)
        try:
            transaction.commit()
        except StaleRule:
            continue
        except CardEnded:
            raise SavedCardUnavailable from None
        return changed
    raise Conflict


@raises(NotFound, ChargeSent, Conflict)
def skip_next(user_id: str, account_id: str, now: datetime) -> AutopayRule:
    """Leave the next charge out, once; raises NotFound without a rule, ChargeSent when it is too late."""
    for _ in range(_MAX_RETRIES):
        seen = rule_store.load(user_id, account_id)
        if seen is None:
            raise NotFound
        try:
            return _skip(seen, now)
        except StaleRule:
            continue
    raise Conflict


@raises(ChargeNotPlanned, ChargeSent, Conflict)
def skip_announced(skip: AnnouncedCharge, now: datetime) -> None:
    """Leave out the one charge that a mail announced; said again, it changes nothing.

    Raises ChargeNotPlanned where it is not planned any more: a later charge has a mail of its own.
    """
    for _ in range(_MAX_RETRIES):
        seen = rule_store.load(skip.user_id, skip.account_id)
        if seen is not None and autopay_rules.was_skipped(seen, skip.plan):
            return
        if seen is None or not autopay_rules.is_planned(seen, skip.plan):
            raise ChargeNotPlanned
        try:
            _skip(seen, now)
        except StaleRule:
            continue
        return
    raise Conflict


def _skip(seen: AutopayRule, now: datetime) -> AutopayRule:
    """Write the rule that leaves its next charge out; raises StaleRule, ChargeSent.

    A begun try must be unchanged since it was read: what sends it writes the order, requiring the rule.
    """
    order_id = seen.planned.order_id if seen.planned is not None else None
    order = order_store.find(order_id) if order_id is not None else None
    if order is not None and autopay_rules.may_have_been_sent(order.status, is_charged=is_charged(order)):
        raise ChargeSent
    skipped = autopay_rules.skip_next(seen, now.date())
    entry = None
    if seen.planned is not None and skipped.last is not None:
        entry = HistoryEntry(at=now, outcome="skipped", text=skipped.last.text, amount=seen.planned.amount)
    transaction = Transaction()
    changed = rule_store.add_changed_rule(transaction, seen, skipped, entry)
    if order is not None:
        order_store.require_version(transaction, order, StaleRule)
    transaction.commit()
    return changed


@raises(TokenInvalid)
def account_from_token(token: str) -> tuple[str, str]:
    """Return user and account of a mail's link that switches a rule off; raises TokenInvalid."""
    claims = verify(Purpose.AUTOPAY_OFF, token)
    try:
        return str(claims["sub"]), str(claims["account_id"])
    except KeyError:
        raise TokenInvalid from None


@raises(TokenInvalid)
def announced_charge(token: str) -> AnnouncedCharge:
    """Return which charge a mail's link leaves out; raises TokenInvalid."""
    claims = verify(Purpose.AUTOPAY_SKIP, token)
    try:
        return AnnouncedCharge(str(claims["sub"]), str(claims["account_id"]), str(claims["plan"]))
    except KeyError:
        raise TokenInvalid from None


def _check(form: RuleRequest) -> None:
    found = []
    if not 0 < form.limit <= MAX_LIMIT:
        message = "Ограничение — от 0,01 до 500 000 руб."
        found.append(FieldError("limit", "limit_invalid", message))
    if form.when == "day" and form.day is None:
        found.append(FieldError("day", "required", "Выберите день месяца."))
    if found:
        raise InvalidFields(*found)


def _merged(
    seen: AutopayRule | None, user_id: str, account_id: str, form: RuleRequest, consent: GivenConsent,
    now: datetime, time_zone: str,
) -> AutopayRule:  # fmt: skip
    today = clock.local_date(now, time_zone)
    planned = seen.planned if seen is not None else None
    # A try that was begun is looked up; what was only planned is planned anew under the new rule.
    kept = planned if planned is not None and planned.order_id is not None else None
    off = LastOutcome(on=today, outcome="switched_off", text="Автоплатёж выключен.")
    return AutopayRule(
        user_id=user_id,
        account_id=account_id,
        enabled=form.enabled,
        saved_card_id=form.saved_card_id,
        limit=form.limit,
        when=form.when,
        day=form.day if form.when == "day" else None,
        with_preliminary=form.with_preliminary,
        consent=consent,
        revision="",
        planned=kept,
        last_handled=seen.last_handled if seen is not None else {},
        checked_on=today - timedelta(days=1),
        last=(seen.last if seen is not None else None) if form.enabled else off,
        due_at=autopay_rules.next_morning(now, time_zone) if form.enabled else None,
    )
