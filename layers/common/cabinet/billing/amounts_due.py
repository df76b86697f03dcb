"""What of a receipt is left to pay: its lines less what was paid here and is not accounted yet. Pure.

The receipt's own total counts. Its lines are made to ask for exactly that: what no service explains is a line
of its own, and an overpayment lessens lines. So summary, cart, order and sheet show one number.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Supplier
from cabinet.billing.line_rules import is_penalty, only_payee, payee_of_kind, payee_of_line
from cabinet.billing.model import Receipt, split_receipt_id
from cabinet.core.money import Kopecks, format_rubles
from cabinet.core.periods import period_title

WHOLE_RECEIPT_TITLE = "Оплата по квитанции"
UNITEMISED_TITLE = "Без расшифровки по услугам"
PENALTY_TITLE = "Пени"

type PendingPayments = Mapping[str, Mapping[str, Any]]
"""`Account.unaccounted`: payments and refunds (negative) that no registry has brought back yet."""


@dataclass(slots=True)
class PayableLine:
    """One line that a receipt asks to pay."""

    service: str
    payee_inn: str | None
    """Who receives the money; None: nobody has said, so the line is shown and never sold."""
    due: Kopecks
    """What billing asks for, less overpayments of other lines; an overpaid service has a negative one."""
    is_penalty: bool = False
    is_preliminary: bool = False
    """Charged in advance: paid only when it is wished."""
    paid: Kopecks = 0
    """The part of `due` that was paid through the cabinet and is not accounted yet."""

    @property
    def left(self) -> Kopecks:
        """Return what is still to be paid, never below zero."""
        return max(self.due - self.paid, 0)

    @property
    def can_be_paid(self) -> bool:
        """Tell whether the line asks for money and it is known for whom."""
        return self.due > 0 and self.payee_inn is not None


def payable_lines(
    receipt: Receipt, supplier: Supplier, pending: PendingPayments, *, with_preliminary: bool = False
) -> list[PayableLine]:
    """Return the lines of a receipt: its services in order, what they leave unexplained, preliminary charges.

    Together they ask for the receipt's total (with the preliminary charge, when it is wished), never for less
    than zero each.
    """
    default_payee_inn = payee_of_kind(supplier, receipt.kind, receipt.kind_title)
    lines = [
        PayableLine(
            line.service,
            payee_of_line(supplier, line, default_payee_inn),
            add_overpayment(line.total, line.debt + line.paid + line.charged),
            is_penalty(supplier, line),
        )
        for line in receipt.services
    ]
    shared = only_payee(line.payee_inn for line in lines)
    rest, penalty = _unexplained(receipt, lines)
    # What no service explains may be anybody's; then the services' common payee says nothing of the penalty.
    common_payee = default_payee_inn or (shared if rest == 0 else None)
    if rest:
        lines.append(
            PayableLine(
                UNITEMISED_TITLE if receipt.services else WHOLE_RECEIPT_TITLE, default_payee_inn, rest
            )
        )
    if penalty:
        lines.append(PayableLine(PENALTY_TITLE, common_payee, penalty, is_penalty=True))
    now = list(lines)
    total = receipt.main.total + receipt.penalty.total
    if receipt.preliminary is not None:
        suffix = f"предварительно за {period_title(receipt.preliminary.period).upper()}"
        preliminary_main, preliminary_penalty = receipt.preliminary.main, receipt.preliminary.penalty
        lines.append(PayableLine(f"Начислено {suffix}", common_payee, preliminary_main, is_preliminary=True))
        lines.append(
            PayableLine(
                f"{PENALTY_TITLE}, {suffix}",
                common_payee,
                preliminary_penalty,
                is_penalty=True,
                is_preliminary=True,
            )
        )
        total += preliminary_main + preliminary_penalty if with_preliminary else 0
    wanted = lines if with_preliminary else now
    _count_overpayments(wanted, total)
    if pending:
        _apply_pending(lines, _paid_by_service(receipt.kind, pending))
    return wanted


def pending_payments(account: Account, receipt: Receipt) -> PendingPayments:
    """Return the payments through the cabinet that a receipt's sums do not know of yet.

    Those that no registry has brought back, and those that billing has accounted after it made the receipt:
    until the next one comes they lessen what is left of this one.
    """
    since = {
        f"{payment_id}@{stamp}": {"amount": sum(line[3] for line in lines), "lines": lines}
        for payment_id, registries in account.accounted.items()
        for stamp, lines in registries.items()
        if stamp > receipt.stamp
    }
    return {**account.unaccounted, **since}


def add_overpayment(total: Kopecks, balance: Kopecks) -> Kopecks:
    """Return a service's total, or how far it is overpaid where billing writes 0,00 for that."""
    return min(total, balance) if total == 0 else total


def remaining(lines: Iterable[PayableLine]) -> Kopecks:
    """Return what is still to be paid of the lines whose payee is known: what the cart asks for."""
    return sum(line.left for line in lines if line.payee_inn is not None)


def not_payable_amount(lines: Iterable[PayableLine]) -> Kopecks:
    """Return what is asked for and cannot be paid here, because nobody has said who receives it."""
    return sum(max(line.due, 0) for line in lines if line.payee_inn is None)


def not_payable_reason(lines: Iterable[PayableLine]) -> str | None:
    """Return the sentence for the subscriber where a receipt, or a part of it, cannot be paid here."""
    lines = list(lines)
    not_payable = not_payable_amount(lines)
    if not not_payable:
        return None
    if not any(line.can_be_paid for line in lines):
        return (
            "Эту квитанцию нельзя оплатить в личном кабинете: расчётная организация не назвала получателя "
            "платежа. Обратитесь в расчётную организацию."
        )
    return (
        f"{format_rubles(not_payable)} руб. из этой квитанции нельзя оплатить в личном кабинете: расчётная "
        "организация не назвала получателя этой суммы. Остальное оплатить можно."
    )


def compare_total(
    total: Kopecks, penalty: Kopecks, services: Iterable[tuple[Kopecks, bool]]
) -> tuple[Kopecks, Kopecks]:
    """Return (what the services add up to, what of the total they do not explain; 0 when all is well).

    Parameters
    ----------
    total
        The receipt's whole: services and penalty together.
    penalty
        Of `total`, the penalty, which services may list or not.
    services
        (sum by `add_overpayment`, is a penalty) of each service. The total may count overpaid ones or not.
    """
    services = list(services)
    most = sum(max(amount, 0) for amount, _ in services)
    least = sum(amount for amount, _ in services)
    unlisted = penalty - sum(max(amount, 0) for amount, is_penalty in services if is_penalty)
    explained = any(least + more <= total <= most + more for more in (0, unlisted))
    return most, 0 if explained else total - most


def services_differ(receipt: Receipt, supplier: Supplier) -> bool:
    """Tell whether the services of a receipt, where it has any, leave its total unexplained."""
    total, penalty = receipt.main.total + receipt.penalty.total, receipt.penalty.total
    services = [
        (
            add_overpayment(line.total, line.debt + line.paid + line.charged),
            is_penalty(supplier, line),
        )
        for line in receipt.services
    ]
    return bool(services) and compare_total(total, penalty, services)[1] != 0


def _unexplained(receipt: Receipt, lines: list[PayableLine]) -> tuple[Kopecks, Kopecks]:
    """Return (rest, penalty): what the total asks for beyond the services listed."""
    listed = sum(max(line.due, 0) for line in lines)
    more = max(receipt.main.total + receipt.penalty.total - listed, 0)
    penalties = sum(max(line.due, 0) for line in lines if line.is_penalty)
    penalty = min(max(receipt.penalty.total - penalties, 0), more)
    return more - penalty, penalty


def _count_overpayments(lines: list[PayableLine], total: Kopecks) -> None:
    """Lessen lines until together they ask for `total`: an overpaid service first lessens its own payee's."""
    over = sum(max(line.due, 0) for line in lines) - max(total, 0)
    credits: dict[str | None, Kopecks] = {}
    for line in lines:
        credits[line.payee_inn] = credits.get(line.payee_inn, 0) + max(-line.due, 0)
    for line in lines:
        less = max(min(line.due, credits[line.payee_inn], over), 0)
        credits[line.payee_inn] -= less
        line.due, over = line.due - less, over - less
    for line in lines:
        less = max(min(line.due, over), 0)
        line.due, over = line.due - less, over - less


def _paid_by_service(kind: str, pending: PendingPayments) -> dict[tuple[str, str], Kopecks]:
    """Return (payee, service) → money on its way for receipts of a kind.

    Of any period: the debt of an older receipt is in the newer one.
    """
    paid: dict[tuple[str, str], Kopecks] = {}
    for entry in pending.values():
        for receipt_id, payee_inn, service, amount in entry.get("lines", ()):
            if split_receipt_id(receipt_id)[1] == kind:
                paid[payee_inn, service] = paid.get((payee_inn, service), 0) + amount
    return paid


def _apply_pending(lines: list[PayableLine], paid: dict[tuple[str, str], Kopecks]) -> None:
    """Note on each line what was paid for it.

    What was paid beyond a service's sum stays with that service and lessens no other. A service that this
    receipt does not list (a preliminary charge that has become charges, another name) lessens the others of
    its payee, in the receipt's order.
    """
    listed = {(line.payee_inn, line.service) for line in lines}
    for line in lines:
        key = (line.payee_inn or "", line.service)
        line.paid = _clamp_to_due(line, paid.get(key, 0))
        if line.paid:
            paid[key] -= line.paid
    elsewhere: dict[str | None, Kopecks] = {}
    for (payee_inn, service), amount in paid.items():
        if (payee_inn, service) not in listed:
            elsewhere[payee_inn] = elsewhere.get(payee_inn, 0) + amount
    for line in lines:
        if not line.is_preliminary and elsewhere.get(line.payee_inn, 0) > 0:
            more = min(line.left, elsewhere[line.payee_inn])
            line.paid += more
            elsewhere[line.payee_inn] -= more


def _clamp_to_due(line: PayableLine, amount: Kopecks) -> Kopecks:
    return max(min(amount, line.due), 0)
