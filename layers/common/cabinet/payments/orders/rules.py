"""What the bank's answer makes of an order. Pure: order, answer and clock in; order and postings out."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cabinet.accounts.bank_capabilities import CAPABILITIES
from cabinet.accounts.supplier_model import PaymentMethod
from cabinet.core.money import Kopecks, format_rubles
from cabinet.payments.errors import ReviewNotDecidable
from cabinet.payments.model import CURRENCY, Attempt, Order, Posting, TimelineEvent
from cabinet.payments.orders.attempt_rules import (
    GRACE,
    SESSION,
    schedule_first_check,
    without_reservation_if_failed,
)
from cabinet.payments.orders.state_machine import AWAITING_PAYMENT, CHECK_SCHEDULE, FAILED, TRANSITIONS
from cabinet.payments.providers.base import ProviderCard, ProviderPaymentState, ProviderPaymentStatus
from cabinet.payments.refund_rules import amount_at_bank, apply_bank_refund, credited_by_line, with_bank_sums

PAYMENT_KINDS: dict[PaymentMethod, str] = {
    "card": "оплата картой в личном кабинете",
    "sbp": "оплата по СБП в личном кабинете",
    "saved_card": "оплата сохранённой картой в личном кабинете",
}
GUEST_PAYMENT_KINDS: dict[PaymentMethod, str] = {
    "card": "оплата картой без регистрации",
    "sbp": "оплата по СБП без регистрации",
}
_KEEP_CARD_WITHIN = timedelta(minutes=1)
_CANCELLED = "Заказ отменён"
_WRONG_SUM = "Сумма банка не совпала с заказом: платёж проверяет сотрудник"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be written: the order as it becomes, what is posted with it, what a person must know."""

    order: Order
    posting: Posting | None = None
    alarm: str | None = None
    kept_card: ProviderCard | None = None
    """The card that the bank has kept with the payment, as the payer wished."""


def apply_status(order: Order, number: str, bank_status: ProviderPaymentStatus, now: datetime) -> Outcome:
    """Return what the bank's answer about attempt `number` makes of the order.

    Applied again with the same answer it changes nothing more (a refund reported before the payment takes two
    steps: the payment is credited first, so that the ledger shows both).
    """
    attempt = next((known for known in order.attempts if known.number == number), None)
    if attempt is None:
        return Outcome(order)
    match bank_status.payment_state:
        case ProviderPaymentState.PAID | ProviderPaymentState.REFUNDED:
            return _apply_money_taken(order, attempt, bank_status, now)
        case ProviderPaymentState.REVERSED if (
            order.status in ("paid", "refunded") or order.review_reason == "amount"
        ):
            return _apply_money_taken(order, attempt, replace(bank_status, refunded=None), now)
        case ProviderPaymentState.DECLINED | ProviderPaymentState.REVERSED:
            return _apply_decline(order, attempt, bank_status, now)
        case ProviderPaymentState.WAITING:
            return _apply_not_paid(order, attempt, now, is_known=True)
        case ProviderPaymentState.UNKNOWN:
            return _apply_not_paid(order, attempt, now, is_known=False)


def apply_no_answer(order: Order, now: datetime) -> Outcome:
    """Return what silence makes of the order: nothing, but for the bank that cannot be asked at all.

    «Город» always asks about an order before it takes money; an order that it never asked about is unpaid,
    and once expired it is refused when the bank asks. One that it asked about and did not pay waits as long
    as its contract says.
    """
    attempt = order.attempt
    if attempt is None:
        return _expire_unattempted(order, now)
    if CAPABILITIES[order.merchant.dialect].asks_before_paying:
        waiting = _without_stale_bank_questions(order, now)
        if all(a.bank_asked_at is None for a in waiting.attempts):
            return _apply_not_paid(waiting, waiting.attempts[-1], now, is_known=True)
    return Outcome(order)


def schedule_next_check(order: Order, now: datetime) -> Outcome:
    """Return the order with its next check; after the last one there are no more, or a person decides."""
    pauses = CHECK_SCHEDULE["registered"] if order.open_refund is not None else CHECK_SCHEDULE[order.status]
    if order.checks_scheduled < len(pauses):
        due_at = now + pauses[order.checks_scheduled]
        unconfirmed_until = _unconfirmed_until(order)
        if unconfirmed_until is not None and now < unconfirmed_until < due_at:
            due_at = unconfirmed_until
        return Outcome(
            order.model_copy(update={"checks_scheduled": order.checks_scheduled + 1, "due_at": due_at})
        )
    if order.status in AWAITING_PAYMENT:
        return _send_to_review(order, "silence", "Банк не сообщил результат: платёж проверяет сотрудник", now)
    if order.open_refund is not None:
        # Money that was promised back is asked for until the bank gives it, or refuses.
        return Outcome(order.model_copy(update={"due_at": now + pauses[-1]}), alarm="refund")
    without_checks = {
        "due_at": None,
        "email": None,
        "client_ip": "",
        "card_consent": None,
        "is_reserving": False,
    }
    return Outcome(order.model_copy(update=without_checks))


def resolve_as_paid(
    order: Order,
    note: str,
    now: datetime,
    bank_status: ProviderPaymentStatus | None = None,
    amount: Kopecks | None = None,
) -> Outcome:
    """Return the order as a person settles it: the money did come.

    What the bank holds is posted (`bank_status`, where it gives one), or the `amount` that the person
    states, never more than was ordered: what is beyond it has no line to go to, and is to be refunded.
    Raises ReviewNotDecidable.
    """
    if order.open_refund is not None:
        raise ReviewNotDecidable(f"Сначала должен завершиться возврат {order.open_refund.refund_id}.")
    at_bank = amount_at_bank(bank_status) if bank_status is not None else None
    if amount is not None and not 0 < amount <= order.total:
        raise ReviewNotDecidable(f"Зачесть можно от 0,01 до {format_rubles(order.total)} руб.")
    if at_bank is not None and (at_bank == 0 or (amount or 0) > at_bank):
        raise ReviewNotDecidable(f"У банка по этому заказу {format_rubles(at_bank)} руб.")
    posted = amount if amount is not None else min(order.total if at_bank is None else at_bank, order.total)
    last = next((a.bank_order_id for a in reversed(order.attempts) if a.bank_order_id), None)
    answer = bank_status or ProviderPaymentStatus(ProviderPaymentState.PAID)
    answer = replace(answer, bank_order_id=answer.bank_order_id or order.reviewed_bank_order_id or last)
    refunded_total = answer.refunded or None if at_bank is not None else None
    outcome = _credit(order.model_copy(update={"bank_refunded_total": None}), answer, now, posted)
    if refunded_total is not None:
        # Refunded before anything was posted: no ledger ever had it.
        outcome = Outcome(
            outcome.order.model_copy(update={"bank_refunded_total": refunded_total}), outcome.posting
        )
    return Outcome(_with_staff_decision(outcome.order, note, now), outcome.posting)


def resolve_as_declined(
    order: Order, note: str, now: datetime, bank_status: ProviderPaymentStatus | None = None
) -> Outcome:
    """Return the order as a person settles it: no money came, or it was refunded.

    Raises ReviewNotDecidable while the bank itself says (`bank_status`) that it holds some.
    """
    at_bank = amount_at_bank(bank_status) if bank_status is not None else None
    if at_bank:
        raise ReviewNotDecidable(f"У банка {format_rubles(at_bank)} руб.: сначала верните их.")
    moved = order.transition_to("declined", "Платёж не состоялся", now)
    return Outcome(schedule_first_check(_with_staff_decision(moved, note, now), now))


def mark_cancelled(order: Order, now: datetime) -> Outcome:
    """Return the order that its subscriber has cancelled, and whose link the bank has closed."""
    attempts = [attempt.model_copy(update={"is_dead": True}) for attempt in order.attempts]
    cancelled = order.model_copy(update={"attempts": attempts})
    if order.status in FAILED:
        return Outcome(cancelled.with_event(_CANCELLED, now))
    return Outcome(schedule_first_check(cancelled.transition_to("declined", _CANCELLED, now), now))


def is_cancelled(order: Order) -> bool:
    """Tell whether the order was cancelled by its subscriber."""
    return order.status in FAILED and order.timeline[-1].what == _CANCELLED


# ------------------------------------------------------------------ the answers one by one


def _apply_money_taken(
    order: Order, attempt: Attempt, bank_status: ProviderPaymentStatus, now: datetime
) -> Outcome:
    if order.status in ("paid", "refunded"):
        return _apply_to_credited_order(order, bank_status, now)
    wrong = mismatch(order, attempt, bank_status)
    # What a person has declined after the bank gave it back stays declined.
    if (
        order.status == "declined"
        and order.decisions
        and amount_at_bank(bank_status) == 0
        and wrong != "order"
    ):
        return Outcome(order)
    if wrong is None:
        return _credit(order, bank_status, now)
    return _apply_mismatch(order, attempt, bank_status, wrong, now)


def _apply_mismatch(
    order: Order, attempt: Attempt, bank_status: ProviderPaymentStatus, wrong: str, now: datetime
) -> Outcome:
    """Money other than ordered: a person looks at it, unless the bank has given all of it back."""
    if wrong == "amount" and amount_at_bank(bank_status) == 0:
        if order.status in FAILED:
            return Outcome(order)
        moved = with_bank_sums(order, bank_status, now).transition_to(
            "declined", _refunded_text(bank_status), now
        )
        return Outcome(
            schedule_first_check(
                moved.model_copy(update={"review_reason": None, "reviewed_bank_order_id": None}), now
            )
        )
    if order.status == "review":
        return Outcome(with_bank_sums(order, bank_status, now) if wrong == "amount" else order)
    # What a person settles is this payment of the bank: reported again, it must not look like a second.
    bank_order_id = bank_status.bank_order_id or attempt.bank_order_id
    order = order.with_attempt(attempt.model_copy(update={"bank_order_id": bank_order_id}))
    order = order.model_copy(
        update={"reviewed_bank_order_id": bank_order_id, "card_digits": bank_status.card_digits}
    )
    if wrong == "amount":
        order = with_bank_sums(order, bank_status, now)
    return _send_to_review(order, wrong, _WRONG_SUM, now)


def _refunded_text(bank_status: ProviderPaymentStatus) -> str:
    return f"Банк вернул оплату: {format_rubles(bank_status.amount or 0)} руб."


def mismatch(order: Order, attempt: Attempt, bank_status: ProviderPaymentStatus) -> str | None:
    """Return what of the bank's answer is not what was ordered: ``order``, ``amount`` or ``currency``."""
    if bank_status.number is not None and bank_status.number != attempt.number:
        return "order"
    if bank_status.amount is not None and bank_status.amount != order.total:
        return "amount"
    if bank_status.currency is not None and bank_status.currency != CURRENCY:
        return "currency"
    return None


def _credit(
    order: Order, bank_status: ProviderPaymentStatus, now: datetime, posted: Kopecks | None = None
) -> Outcome:
    """Credit the lines; `posted` is a person's sum, where it is not what was ordered."""
    is_other = posted is not None and posted != order.total
    what = f"Оплата получена: {format_rubles(posted)} руб." if is_other and posted else "Оплата получена"
    moved = order.transition_to("paid", what, now)
    paid = moved.model_copy(
        update={
            "paid_at": now,
            "credited_bank_order_id": bank_status.bank_order_id,
            "card_digits": bank_status.card_digits or order.card_digits,
            "fiscal_url": bank_status.fiscal_url,
            "taken": bank_status.amount,
            "decided_amount": posted if is_other else None,
            "review_reason": None,
            "reviewed_bank_order_id": None,
            # A guest has no profile to look the address up in when money is refunded.
            "email": None if order.user_id is not None else order.email,
            "client_ip": "",
        }
    )
    credits = zip(paid.lines, credited_by_line(paid), strict=True)
    lines = [(line, amount) for line, amount in credits if amount]
    at_bank = amount_at_bank(bank_status)
    is_settled = posted is not None
    total = at_bank if is_settled and at_bank is not None else paid.posted
    kinds = PAYMENT_KINDS if order.user_id is not None else GUEST_PAYMENT_KINDS
    posting = Posting(order.order_id, kinds[order.method], now, lines, total)
    scheduled = schedule_first_check(paid, now)
    if paid.card_consent is not None:
        # Kept by a step of its own, which is found undone within a minute.
        scheduled = scheduled.model_copy(update={"checks_scheduled": 0, "due_at": now + _KEEP_CARD_WITHIN})
    return Outcome(scheduled, posting)


def _keep_card(order: Order, bank_status: ProviderPaymentStatus, now: datetime) -> Outcome:
    """Return the paid order with the card that its payer wished kept, once the bank names it."""
    card = bank_status.card
    if order.card_consent is None or card is None or bank_status.client_id not in ("", order.client_id):
        return Outcome(order)
    kept = order.with_event("Карта сохранена", now).model_copy(update={"card_consent": None})
    return Outcome(schedule_first_check(kept, now), kept_card=card)


def mark_card_ended(order: Order, now: datetime) -> Outcome:
    """Return the order whose saved card has ended before it was charged."""
    attempts = [attempt.model_copy(update={"is_dead": True}) for attempt in order.attempts]
    moved = order.transition_to("declined", "Оплата сохранённой картой отменена, деньги не списаны", now)
    return Outcome(schedule_first_check(moved.model_copy(update={"attempts": attempts}), now))


def _apply_to_credited_order(order: Order, bank_status: ProviderPaymentStatus, now: datetime) -> Outcome:
    """Money reported for an order that was credited: the same payment, a refund of it, or a second charge."""
    other = bank_status.bank_order_id
    if (
        other is not None
        and order.credited_bank_order_id is not None
        and other != order.credited_bank_order_id
    ):
        if bank_status.payment_state is not ProviderPaymentState.PAID or other in order.duplicate_charges:
            return Outcome(order)
        noted = order.with_event("Банк сообщил о второй оплате: сотрудник оформит возврат", now)
        twice = noted.model_copy(update={"duplicate_charges": [*order.duplicate_charges, other]})
        return Outcome(twice, alarm="duplicate_charges")
    if bank_status.payment_state is ProviderPaymentState.PAID:
        return _keep_card(order, bank_status, now)
    booked = apply_bank_refund(order, bank_status, now)
    if booked is None:
        return Outcome(order)
    changed, posting = booked
    return Outcome(schedule_first_check(changed, now) if changed.status == "paid" else changed, posting)


def _apply_decline(
    order: Order, attempt: Attempt, bank_status: ProviderPaymentStatus, now: datetime
) -> Outcome:
    dead = {
        "is_dead": True,
        "decline_code": bank_status.decline_code[:16],
        "is_final_decline": bank_status.is_final_decline,
    }
    known = order if attempt.is_dead else order.with_attempt(attempt.model_copy(update=dead))
    is_last = order.attempt is attempt
    is_undecided = order.status in AWAITING_PAYMENT or order.review_reason == "silence"
    if not is_last or not is_undecided:
        return Outcome(without_reservation_if_failed(known) if is_last else known)
    return _expire_or_decline(known, attempt, now)


def _apply_not_paid(order: Order, attempt: Attempt, now: datetime, *, is_known: bool) -> Outcome:
    if now < attempt.ends_at + GRACE:
        return Outcome(order)
    if order.attempt is attempt and (order.status in AWAITING_PAYMENT or order.review_reason == "silence"):
        order = schedule_first_check(order.transition_to("expired", "Время оплаты истекло", now), now)
        order = order.model_copy(update={"review_reason": None})
    if order.attempt is attempt:
        order = without_reservation_if_failed(order)
    if is_known or attempt.is_dead:
        return Outcome(order)
    return Outcome(order.with_attempt(attempt.model_copy(update={"is_dead": True})))


def _unconfirmed_until(order: Order) -> datetime | None:
    """Return until when the bank that has asked about the order may confirm it; None: a person decides."""
    hours = order.merchant.unconfirmed_hours
    asked_at = [attempt.bank_asked_at for attempt in order.attempts if attempt.bank_asked_at]
    if hours is None or not asked_at or order.status != "registered":
        return None
    return max(asked_at) + timedelta(hours=hours)


def _without_stale_bank_questions(order: Order, now: datetime) -> Order:
    """Return the order as if the bank had never asked about it, once its time to pay has passed."""
    unconfirmed_until = _unconfirmed_until(order)
    if unconfirmed_until is None or now < unconfirmed_until:
        return order
    attempts = [attempt.model_copy(update={"bank_asked_at": None}) for attempt in order.attempts]
    noted = order.with_event("Банк начал оплату и не подтвердил её", now)
    return noted.model_copy(update={"attempts": attempts})


def _expire_unattempted(order: Order, now: datetime) -> Outcome:
    """Return an order that was never registered at a bank: it expires like any other."""
    if order.status != "created" or now < order.created_at + SESSION + GRACE:
        return Outcome(order)
    return Outcome(schedule_first_check(order.transition_to("expired", "Время оплаты истекло", now), now))


def _expire_or_decline(order: Order, attempt: Attempt, now: datetime) -> Outcome:
    if now >= attempt.ends_at:
        moved = order.transition_to("expired", "Время оплаты истекло", now)
    else:
        moved = order.transition_to("declined", "Банк отклонил оплату", now)
    return Outcome(
        schedule_first_check(
            moved.model_copy(update={"review_reason": None, "reviewed_bank_order_id": None}), now
        )
    )


def _send_to_review(order: Order, reason: str, what: str, now: datetime) -> Outcome:
    if "review" not in TRANSITIONS[order.status]:
        return Outcome(order)
    moved = order.transition_to("review", what, now)
    return Outcome(moved.model_copy(update={"review_reason": reason, "due_at": now}), alarm=reason)


def _with_staff_decision(order: Order, note: str, now: datetime) -> Order:
    decided = TimelineEvent(at=now, what=note)
    return order.model_copy(
        update={
            "review_reason": None,
            "reviewed_bank_order_id": None,
            "decisions": [*order.decisions, decided],
        }
    )
