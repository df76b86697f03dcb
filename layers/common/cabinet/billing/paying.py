"""What of a receipt is left to pay: its lines less what was paid here and is not accounted yet. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cabinet.accounts.model import Supplier
from cabinet.billing.model import Receipt
from cabinet.money import Kopecks
from cabinet.periods import period_title

_PENALTY = "Пени"

type Unaccounted = Mapping[str, Mapping[str, Any]]
"""`Account.unaccounted`: payments and refunds (negative) that no registry has brought back yet."""


@dataclass(slots=True)
class Asked:
    """One line that a receipt asks to pay."""

    service: str
    payee_inn: str
    due: Kopecks
    """What billing asks for; overpaid services have a negative one."""
    is_ahead: bool = False
    """Charged in advance: paid only when it is wished."""
    paid: Kopecks = 0
    """Of `due`, paid through the cabinet and not accounted yet."""

    @property
    def left(self) -> Kopecks:
        """Return what is still to be paid, never below zero."""
        return max(self.due - self.paid, 0)


def asked(receipt: Receipt, supplier: Supplier, unaccounted: Unaccounted) -> list[Asked]:
    """Return all lines of a receipt, those charged in advance last.

    A receipt without services (a registry of sums alone) asks for its total. Penalties are billing's own
    line, where it has one. Money of a payee that the supplier does not name goes to the first one.
    """
    inns = {payee.inn for payee in supplier.payees}
    main = supplier.payees[0].inn
    lines = [
        Asked(line.service, line.payee_inn if line.payee_inn in inns else main, line.total)
        for line in receipt.services
    ]
    if not lines:
        lines.append(Asked("Оплата по квитанции", main, receipt.main.total))
    if not any(line.service.casefold().startswith(_PENALTY.casefold()) for line in lines):
        lines.append(Asked(_PENALTY, main, receipt.penalty.total))
    if receipt.preliminary is not None:
        ahead = f"предварительно за {period_title(receipt.preliminary.period).upper()}"
        lines.append(Asked(f"Начислено {ahead}", main, receipt.preliminary.main, is_ahead=True))
        lines.append(Asked(f"{_PENALTY}, {ahead}", main, receipt.preliminary.penalty, is_ahead=True))
    if unaccounted:
        _count_off(lines, _paid_by_service(receipt.kind, unaccounted))
    return lines


def left(total: Kopecks, lines: Iterable[Asked]) -> Kopecks:
    """Return what is left of a receipt's own total after what was paid for its lines.

    The total may be less than its lines together (it counts overpaid services), so lines that are all paid
    leave nothing whatever the total says.
    """
    lines = list(lines)
    paid = sum(line.paid for line in lines)
    if paid and not any(line.left for line in lines):
        return 0
    return max(total - paid, 0)


def _paid_by_service(kind: str, unaccounted: Unaccounted) -> dict[tuple[str, str], Kopecks]:
    """Return (payee, service) → money on its way for receipts of a kind.

    Of any period: the debt of an older receipt is in the newer one.
    """
    paid: dict[tuple[str, str], Kopecks] = {}
    for entry in unaccounted.values():
        for receipt_id, payee_inn, service, amount in entry.get("lines", ()):
            if receipt_id[8:] == kind:
                paid[payee_inn, service] = paid.get((payee_inn, service), 0) + amount
    return paid


def _count_off(lines: list[Asked], paid: dict[tuple[str, str], Kopecks]) -> None:
    """Note on each line what was paid for it.

    What was paid beyond a service's sum is that service's advance and lessens no other. A service that this
    receipt does not list (a preliminary charge that has become charges, another name) lessens the others of
    its payee, in the receipt's order.
    """
    listed = {(line.payee_inn, line.service) for line in lines}
    for line in lines:
        key = (line.payee_inn, line.service)
        line.paid = _share(line, paid.get(key, 0))
        if line.paid:
            paid[key] -= line.paid
    elsewhere: dict[str, Kopecks] = {}
    for (payee_inn, service), amount in paid.items():
        if (payee_inn, service) not in listed:
            elsewhere[payee_inn] = elsewhere.get(payee_inn, 0) + amount
    for line in lines:
        if not line.is_ahead and elsewhere.get(line.payee_inn, 0) > 0:
            more = min(line.left, elsewhere[line.payee_inn])
            line.paid += more
            elsewhere[line.payee_inn] -= more


def _share(line: Asked, amount: Kopecks) -> Kopecks:
    return max(min(amount, line.due), 0)
