"""Each supplier's contract with its bank, as `cabinet bank check` tries it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from infra.cli import bank_contract
from infra.doctor.check import Check, Issue, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cabinet.accounts.supplier_model import Supplier
    from infra.doctor.installation import Installation

SECONDS = 35.0
"""A bank may take its time; its client gives up by itself before that."""


def checks(installation: Installation) -> Iterator[Check]:
    """Return one check a supplier."""
    from cabinet.accounts.store import all_suppliers

    stack = None if installation.is_local else installation.stack
    for supplier in all_suppliers():
        contracts = ", ".join(merchant.contract for merchant in supplier.all_merchants)
        yield Check(
            "banks", supplier.supplier_id, f"contract {contracts}: its secret serves, the bank answers",
            partial(examine_contract, supplier, stack), seconds=SECONDS,
        )  # fmt: skip


def examine_contract(supplier: Supplier, stack: str | None) -> Iterator[Issue]:
    """Yield what keeps a supplier's contract from working."""
    if not supplier.all_merchants and not supplier.offers("payments"):
        raise Skipped("the supplier takes no payments here")
    option = f" --stack {stack}" if stack else ""
    command = f"./cabinet bank check --supplier {supplier.supplier_id}{option}; docs/payments.md"
    for is_right, sentence in bank_contract.check_contracts(supplier, stack):
        if not is_right:
            yield Issue(sentence, command)
