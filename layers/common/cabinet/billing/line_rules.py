"""Who receives money, which line is a penalty or a recalculation: as a registry or a setting says. Pure."""

from collections.abc import Iterable

from cabinet.accounts.supplier_model import Supplier
from cabinet.billing.model import ChargeLine, ServiceLine
from cabinet.core.text import normalise_text, slug


def payee_of_kind(supplier: Supplier, kind: str, title: str) -> str | None:
    """Return the INN of the default payee of a receipt of this kind that names none.

    The supplier's setting says it; a supplier with one payee need not. None: nobody knows, so it is not paid.
    """
    inns = [payee.inn for payee in supplier.payees]
    for name, of_kind in supplier.receipt_kinds.items():
        if slug(name) in (kind, slug(title)):
            return of_kind.payee_inn if of_kind.payee_inn in inns else None
    return inns[0] if len(inns) == 1 else None


def payee_of_line(supplier: Supplier, line: ServiceLine, default_payee_inn: str | None) -> str | None:
    """Return who receives a service's money; None where its payee is none of the supplier's."""
    if not line.payee_inn:
        return default_payee_inn
    return line.payee_inn if any(payee.inn == line.payee_inn for payee in supplier.payees) else None


def is_penalty(supplier: Supplier, line: ServiceLine) -> bool:
    """Tell whether a line is a penalty: by the registry's column, else by the supplier's list."""
    return names_penalty(supplier, line.service) if line.is_penalty is None else line.is_penalty


def names_penalty(supplier: Supplier, *names: str) -> bool:
    """Tell whether one of the names (a service's title, its code) is in the supplier's list of penalties."""
    if not supplier.penalty_services:
        return False
    listed = {_plain(name) for name in supplier.penalty_services}
    return any(_plain(name) in listed for name in names)


def is_recalculation(supplier: Supplier, line: ChargeLine) -> bool:
    """Tell whether a line corrects other months: by the registry's column, else by the supplier's list."""
    if line.is_recalculation is not None:
        return line.is_recalculation
    operation = normalise_text(line.operation)
    return any(operation.startswith(normalise_text(name)) for name in supplier.recalculation_operations)


def only_payee(inns: Iterable[str | None]) -> str | None:
    """Return the payee that all lines of a receipt share; None where they differ or one is unknown."""
    named = set(inns)
    return named.pop() if len(named) == 1 else None


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
