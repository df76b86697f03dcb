"""Emails about a payment, money refunded, and money that the bank would not refund.

Each is written in the transaction of the change that it is about, under an identifier that follows from it.
"""

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core.money import Kopecks
from cabinet.identity.keys import profile_key
from cabinet.outbox.emails import Email
from cabinet.outbox.pushes import Push
from cabinet.payments.model import Order, OrderLine, Posting, Refund
from cabinet.payments.refund_rules import NOTHING_LEFT


def order_email_address(order: Order, noted: str | None) -> str | None:
    """Return where the order's emails go: `noted` before it was erased, else as the payer's profile says."""
    if noted is not None or order.user_id is None:
        return noted
    profile = dynamo.get(Table.USERS, profile_key(order.user_id))
    email_address = profile.get("email") if profile is not None else None
    return str(email_address) if email_address else None


def posting_email(order: Order, posting: Posting, email_address: str) -> Email:
    """Return the email about what was posted: a payment, or money refunded."""
    if posting.total > 0:
        commission = order.posted - sum(amount for _, amount in posting.lines)
        params = {
            "amount": order.posted,
            "items": _items(posting.lines),
            "commission": commission,
            "fiscal_url": order.fiscal_url,
        }
        return _email("payment_received", order, f"payment-{posting.payment_id}", params, email_address)
    ended = (refund for refund in reversed(order.refunds) if refund.status == "done")
    refund = next((refund for refund in ended if refund.at == posting.at), None)
    params = _refund_params(order, -posting.total, refund) | {"items": _items(posting.lines)}
    return _email("payment_refunded", order, f"payment-{posting.payment_id}", params, email_address)


def posting_push(order: Order, posting: Posting) -> list[Push]:
    """Return the push about what was posted, to a payer with a cabinet; an address it needs none."""
    template = "payment_received" if posting.total > 0 else "payment_refunded"
    return _push(template, order, f"payment-{posting.payment_id}")


def ended_refunds(seen: Order, changed: Order) -> list[Refund]:
    """Return the refunds that ended with a change without a posting, to be announced to the payer.

    One that was refused because the bank had given the money back by itself is not: its email went before.
    """
    before = {refund.refund_id: refund.status for refund in seen.refunds}
    return [
        refund
        for refund in changed.refunds
        if refund.status != "requested"
        and before.get(refund.refund_id) != refund.status
        and refund.error != NOTHING_LEFT
    ]


def refund_email(order: Order, refund: Refund, email_address: str) -> Email:
    """Return the email about a refund that posted nothing: done of what no ledger has, or refused."""
    template, name = _refund_name(order, refund)
    return _email(template, order, name, _refund_params(order, refund.amount, refund), email_address)


def refund_push(order: Order, refund: Refund) -> list[Push]:
    """Return the push about a refund that posted nothing, to a payer with a cabinet."""
    template, name = _refund_name(order, refund)
    return _push(template, order, name)


def _refund_name(order: Order, refund: Refund) -> tuple[str, str]:
    """Return the template and the identifier of the e-mail about a refund."""
    template = "payment_refunded" if refund.status == "done" else "refund_refused"
    return template, f"refund-{order.order_id}-{refund.refund_id}-{refund.status}"


def _push(template: str, order: Order, name: str) -> list[Push]:
    if order.user_id is None:
        return []
    return [Push(template, order.user_id, name, next(iter(order.time_zones.values())))]


def _refund_params(order: Order, amount: Kopecks, refund: Refund | None) -> dict[str, object]:
    is_of_order = order.status in ("paid", "refunded")
    # The staff's words may name the holder: a guest reads the sum alone.
    reason = refund.reason if refund is not None and order.user_id is not None else ""
    return {
        "amount": amount,
        "reason": reason,
        "is_whole": order.status == "refunded" and amount == order.posted,
        "left": order.posted - order.refunded_from_posted if is_of_order else 0,
        "is_surplus": refund is not None and refund.unposted_amount == refund.amount,
        "method": order.method,
    }


def _items(lines: list[tuple[OrderLine, Kopecks]]) -> list[dict[str, object]]:
    return [{"service": line.service, "amount": abs(amount)} for line, amount in lines]


def _email(template: str, order: Order, name: str, params: dict[str, object], email_address: str) -> Email:
    common = {"order_id": order.order_id, "page": order.page, "is_guest": order.user_id is None}
    return Email(template, email_address, common | params, email_id=name, user_id=order.user_id)
