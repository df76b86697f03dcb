"""Rows of registries as the desk finds them, and a call of each of their routes that succeeds."""

import itertools
from collections.abc import Callable
from datetime import date
from typing import Any

from cabinet.billing.model import AccountPayment
from cabinet.metering.model import Meter
from tests.support.desk import Desk, Person
from tests.support.desk_call import SUPPLIER, DeskCall
from tests.support.factories import bound_accounts
from tests.support.factories.receipts import receipt

ACCOUNT = f"{SUPPLIER}:1234567899"
PATH = f"/api/staff/accounts/{ACCOUNT}"
WHY = {"reason": "двойная строка"}
_MONTHS = itertools.count(1)


def _receipt(desk: Desk, person: Person) -> DeskCall:
    number = next(_MONTHS)
    made = receipt(10_000).model_copy(update={"period": f"{2026 + number // 12}-{number % 12 + 1:02d}"})
    bound_accounts.receipt(ACCOUNT, made)
    return DeskCall(f"{PATH}/receipts/{made.receipt_id}/void", WHY, names_subject=True)


def _payment(desk: Desk, person: Person) -> DeskCall:
    made = AccountPayment(
        payment_id=f"p{next(_MONTHS)}", kind="оплата", received_on=date(2026, 2, 1), amount=500,
        status="accounted",
    )  # fmt: skip
    bound_accounts.payment(ACCOUNT, made)
    return DeskCall(f"{PATH}/payments/2026-02-01-{made.payment_id}/void", WHY, names_subject=True)


def _meter(desk: Desk, person: Person) -> DeskCall:
    made = Meter(meter_id=f"m{next(_MONTHS)}", number="7", service="ХВС")
    bound_accounts.meter(ACCOUNT, made)
    return DeskCall(f"{PATH}/meters/{made.meter_id}/void", WHY, names_subject=True)


ROW_SCENARIOS: dict[str, Callable[[Desk, Person], Any]] = {
    "GET /api/staff/accounts/{account_id}/rows": lambda desk, person: DeskCall(
        f"{PATH}/rows", names_subject=True
    ),
    "POST /api/staff/accounts/{account_id}/receipts/{receipt_id}/void": _receipt,
    "POST /api/staff/accounts/{account_id}/payments/{payment_id}/void": _payment,
    "POST /api/staff/accounts/{account_id}/meters/{meter_id}/void": _meter,
}
