"""Giving money back: what may be, which lines give it, and what the bank's status answer books. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import accumulate

from cabinet.accounts.supplier_model import PaymentMethod
from cabinet.core.money import Kopecks, format_rubles
from cabinet.payments.errors import RefundImpossible
from cabinet.payments.model import Order, OrderLine, Posting, Refund, RefundLine
from cabinet.payments.orders.state_machine import CHECK_SCHEDULE
from cabinet.payments.providers.base import ProviderPaymentState, ProviderPaymentStatus

REFUND_KINDS: dict[PaymentMethod, str] = {
    "card": "возврат оплаты картой",
    "sbp": "возврат оплаты по СБП",
    "saved_card": "возврат оплаты сохранённой картой",
}
NOTHING_LEFT = "nothing_left"
"""Our own refusal: the bank has refunded by itself what was to be refunded."""
BANK_REASON = "Возврат оформлен в банке"
MAX_REFUNDS = 50
RESEND_AFTER = timedelta(seconds=15)
"""How long nobody else sends the same refund; longer than one request to the bank may take."""


def amount_at_bank(bank_status: ProviderPaymentStatus) -> Kopecks | None:
    """Return what the bank has of a payment; None if the dialect reports no sums."""
    if bank_status.amount is None:
        return None
    return 0 if bank_status.refunded is None else bank_status.amount - bank_status.refunded


def credited_by_line(order: Order) -> list[Kopecks]:
    """Return what each line was credited with: its sum, less where a person decided on less."""
    begins = [0, *accumulate(line.amount for line in order.lines)]
    return [
        min(max(order.posted - begin, 0), line.amount)
        for begin, line in zip(begins, order.lines, strict=False)
    ]


def refunded_by_line(order: Order) -> list[Kopecks]:
    """Return the refunded sum of each line."""
    done = [refund for refund in order.refunds if refund.status == "done"]
    sums = [0] * len(order.lines)
    for refund in done:
        for part in refund.lines:
            sums[part.position] += part.amount
    # Refunds from before they were kept one by one refunded line by line, in the order of the lines.
    earlier = order.refunded_from_posted - sum(refund.amount - refund.unposted_amount for refund in done)
    for position, credit in enumerate(credited_by_line(order)):
        share = min(max(earlier, 0), credit)
        sums[position] += share
        earlier -= share
    return sums


def refundable_by_line(order: Order) -> list[Kopecks]:
    """Return what can still be refunded of each line."""
    return [
        credit - back for credit, back in zip(credited_by_line(order), refunded_by_line(order), strict=True)
    ]


def distribute(order: Order, amount: Kopecks) -> list[RefundLine]:
    """Return which lines give a sum back when nobody has said: in their order, the commission last."""
    parts = []
    for position, left in enumerate(refundable_by_line(order)):
        share = min(left, amount)
        if share:
            parts.append(RefundLine(position=position, amount=share))
        amount -= share
    return parts


def refundable(order: Order) -> Kopecks:
    """Return the most that one refund may be: what is posted and not refunded, or held in review."""
    if order.status == "review":
        return max((order.taken or 0) - order.refunded_total, 0)
    return order.posted - order.refunded_from_posted


def request_refund(
    order: Order,
    refund_id: str,
    reason: str,
    by: str,
    now: datetime,
    *,
    amount: Kopecks | None = None,
    lines: Mapping[int, Kopecks] | None = None,
    surplus: bool = False,
) -> Order:
    """Return the order with a refund that the bank is to be asked for; the same again changes nothing.

    `amount` None is all that is left; `lines` says which lines (from 0) give how much; `surplus` refunds
    what the bank took beyond what was posted. Raises RefundImpossible.
    """
    known = next((refund for refund in order.refunds if refund.refund_id == refund_id), None)
    if known is not None:
        return order
    _require_possible(order)
    if lines:
        amount = sum(lines.values())
    most = order.surplus if surplus else refundable(order)
    amount = most if amount is None else amount
    if not 0 < amount <= most:
        raise RefundImpossible(f"Вернуть можно от 0,01 до {format_rubles(most)} руб.")
    is_posted = order.status == "paid" and not surplus
    parts = (_chosen(order, lines) if lines else distribute(order, amount)) if is_posted else []
    refund = Refund(
        refund_id=refund_id,
        amount=amount,
        unposted_amount=0 if is_posted else amount,
        lines=parts,
        reason=reason,
        requested_by=by,
        at=now,
    )
    changed = order.with_refund(refund).with_event(
        f"Возврат {format_rubles(amount)} руб. запрошен у банка", now
    )
    due_at = order.due_at if order.status == "review" else now + CHECK_SCHEDULE["registered"][0]
    return changed.model_copy(update={"checks_scheduled": 1, "due_at": due_at})


def mark_refused(order: Order, refund: Refund, code: str, now: datetime) -> Order:
    """Return the order whose refund the bank will not do."""
    ended = refund.model_copy(update={"status": "refused", "error": code, "at": now})
    text = f"Возврат {format_rubles(refund.amount)} руб. не состоялся: банк отказал"
    return order.with_refund(ended).with_event(text, now)


def mark_sent(order: Order, refund: Refund, now: datetime) -> Order:
    """Return the order with one more attempt noted, before the bank is asked."""
    return order.with_refund(refund.model_copy(update={"attempts": refund.attempts + 1, "sent_at": now}))


def is_being_sent(refund: Refund, now: datetime) -> bool:
    """Tell whether another process may be asking the bank for this refund at the moment."""
    return refund.sent_at is not None and now < refund.sent_at + RESEND_AFTER


def is_covered(order: Order, refund: Refund) -> bool:
    """Tell whether what the refund is of is still there: the bank may have given it back by itself."""
    if order.status == "review":
        return refund.amount <= refundable(order)
    left = refundable_by_line(order)
    fits = all(part.amount <= left[part.position] for part in refund.lines)
    return (
        fits
        and refund.unposted_amount <= order.surplus
        and refund.amount - refund.unposted_amount <= refundable(order)
    )


def apply_bank_refund(
    order: Order, bank_status: ProviderPaymentStatus, now: datetime
) -> tuple[Order, Posting] | None:
    """Return what the bank's reported refund changes in a posted order; None if it is nothing new.

    One refund at a time: the one that was asked for, or else one that the bank made by itself. Of the latter
    what was never posted goes first, so that refunding a surplus debits nobody.
    """
    gross = order.posted if order.taken is None else order.taken
    back = (
        gross
        if bank_status.refunded is None or bank_status.payment_state is ProviderPaymentState.REVERSED
        else bank_status.refunded
    )
    new = min(back, gross) - order.refunded_total
    if new <= 0:
        return None
    refund = order.open_refund
    if refund is None or refund.amount > new:
        refund = _made_by_bank(order, new, now)
    elif refund.unposted_amount > order.surplus:
        # Asked for before anything was posted: what is posted by now must come off the lines.
        unposted_amount = order.surplus
        refund = refund.model_copy(
            update={
                "unposted_amount": unposted_amount,
                "lines": distribute(order, refund.amount - unposted_amount),
            }
        )
    return _complete(order, refund, now)


def with_bank_sums(order: Order, bank_status: ProviderPaymentStatus, now: datetime) -> Order:
    """Return an order under review with the bank's current sums, including the requested refund."""
    refunded_total = bank_status.amount if bank_status.refunded is None else bank_status.refunded
    known = order.model_copy(
        update={"taken": bank_status.amount, "bank_refunded_total": refunded_total or None}
    )
    refund = order.open_refund
    if refund is None or known.refunded_total < order.refunded_total + refund.amount:
        return known
    done = refund.model_copy(update={"status": "done", "at": now})
    return known.with_refund(done).with_event(f"Возвращено {format_rubles(refund.amount)} руб.", now)


def _require_possible(order: Order) -> None:
    open_one = order.open_refund
    if open_one is not None:
        raise RefundImpossible(f"Сначала должен завершиться возврат {open_one.refund_id}.")
    is_known = (
        order.taken is not None if order.status == "review" else order.credited_bank_order_id is not None
    )
    if order.status not in ("paid", "review", "refunded") or not is_known:
        raise RefundImpossible("По этому заказу нет оплаты, которую можно вернуть.")
    if len(order.refunds) >= MAX_REFUNDS:
        raise RefundImpossible("По этому заказу уже слишком много возвратов.")


def _chosen(order: Order, lines: Mapping[int, Kopecks]) -> list[RefundLine]:
    left = refundable_by_line(order)
    for position, amount in lines.items():
        if not 0 <= position < len(left):
            raise RefundImpossible(f"В заказе нет строки {position + 1}.")
        if not 0 < amount <= left[position]:
            raise RefundImpossible(
                f"По строке {position + 1} можно вернуть от 0,01 до {format_rubles(left[position])} руб."
            )
    return [RefundLine(position=position, amount=amount) for position, amount in sorted(lines.items())]


def _made_by_bank(order: Order, amount: Kopecks, now: datetime) -> Refund:
    unposted_amount = min(amount, order.surplus)
    return Refund(
        refund_id=f"bank-{order.refunded_total}",
        amount=amount,
        unposted_amount=unposted_amount,
        lines=distribute(order, amount - unposted_amount),
        reason=BANK_REASON,
        at=now,
    )


def _complete(order: Order, refund: Refund, now: datetime) -> tuple[Order, Posting]:
    refunded_from_posted = order.refunded_from_posted + refund.amount - refund.unposted_amount
    refunded_total = order.refunded_total + refund.amount
    # Not the count of refunds: the sum refunded before distinguishes them, also the older ones.
    payment_id = f"{order.order_id}-r{order.refunded_total}"
    lines: list[tuple[OrderLine, Kopecks]] = [
        (order.lines[part.position], -part.amount) for part in refund.lines
    ]
    posting = Posting(payment_id, REFUND_KINDS[order.method], now, lines, -refund.amount)
    done = refund.model_copy(update={"status": "done", "at": now})
    changed = order.with_refund(done).model_copy(
        update={"refunded_from_posted": refunded_from_posted, "bank_refunded_total": refunded_total}
    )
    return _with_refund_event(changed, refund, now), posting


def _with_refund_event(order: Order, refund: Refund, now: datetime) -> Order:
    """Return the order with the refund in its timeline, in its last state when nothing is left."""
    sum_ = f"{format_rubles(refund.amount)} руб."
    if refund.unposted_amount == refund.amount:
        return order.with_event(f"Возвращено списанное сверх заказа: {sum_}", now)
    if order.refunded_from_posted < order.posted or order.status == "refunded":
        return order.with_event(f"Часть оплаты возвращена: {sum_}", now)
    open_one = order.open_refund
    if open_one is not None:
        order = mark_refused(order, open_one, NOTHING_LEFT, now)
    return order.transition_to("refunded", f"Оплата возвращена: {sum_}", now).model_copy(
        update={"due_at": None}
    )
