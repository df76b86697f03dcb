"""A call of each route of orders at the desk that succeeds with the right to it."""

import base64
import gzip
import itertools
from collections.abc import Callable
from typing import Any

from tests.support.desk import Desk, Person
from tests.support.desk_call import SUPPLIER, DeskCall

type JSON = dict[str, Any]
_NUMBERS = itertools.count(1)


def _order_call(method_path: str = "", body: JSON | None = None) -> Callable[[Desk, Person], DeskCall]:
    def call(desk: Desk, person: Person) -> DeskCall:
        order = desk.bank.paid()
        return DeskCall(f"/api/staff/orders/{order.order_id}{method_path}", body, names_subject=True)

    return call


def _settling_call(desk: Desk, person: Person) -> DeskCall:
    order = desk.bank.under_review()
    form = {"as": "paid", "reason": "Деньги пришли выпиской"}
    return DeskCall(f"/api/staff/orders/{order.order_id}/settle", form, names_subject=True)


def _refund_call(desk: Desk, person: Person) -> DeskCall:
    order = desk.bank.paid()
    form = {"amount": 10_000, "reason": "Оплачено дважды"}
    headers = {"Idempotency-Key": f"k{next(_NUMBERS)}"}
    return DeskCall(f"/api/staff/orders/{order.order_id}/refunds", form, names_subject=True, headers=headers)


def _approval_call(verb: str, body: JSON | None = None) -> Callable[[Desk, Person], DeskCall]:
    def call(desk: Desk, person: Person) -> DeskCall:
        waiting = desk.bank.waiting_refund()
        path = f"/api/staff/orders/{waiting.order_id}/refunds/{waiting.refund_id}/{verb}"
        return DeskCall(path, body, names_subject=True)

    return call


def packed(text: str) -> str:
    """A statement as the desk's screen sends it."""
    return base64.b64encode(gzip.compress(text.encode())).decode()


def _statement_call(desk: Desk, person: Person) -> DeskCall:
    desk.bank.contract()
    form = {"contract": "uk-test-rbs", "day": "2026-03-02", "content": packed("Номер заказа;Сумма\n")}
    return DeskCall("/api/staff/bank-registers", form, names_subject=True)


ORDER_SCENARIOS: dict[str, Callable[[Desk, Person], DeskCall]] = {
    "GET /api/staff/orders": lambda desk, person: DeskCall("/api/staff/orders?query=1234567899"),
    "GET /api/staff/orders/{order_id}": _order_call(),
    "POST /api/staff/orders/{order_id}/ask": _order_call("/ask"),
    "POST /api/staff/orders/{order_id}/settle": _settling_call,
    "POST /api/staff/orders/{order_id}/refunds": _refund_call,
    "POST /api/staff/orders/{order_id}/refunds/{refund_id}/approve": _approval_call("approve"),
    "POST /api/staff/orders/{order_id}/refunds/{refund_id}/reject": _approval_call(
        "reject", {"reason": "Возврат уже оформлен"}
    ),
    "GET /api/staff/refund-approvals": lambda desk, person: DeskCall("/api/staff/refund-approvals"),
    "GET /api/staff/totals": lambda desk, person: DeskCall(
        f"/api/staff/totals?from=2026-03-01&to=2026-03-31&supplier_id={SUPPLIER}", names_subject=True
    ),
    "GET /api/staff/contracts": lambda desk, person: DeskCall("/api/staff/contracts"),
    "POST /api/staff/bank-registers": _statement_call,
    "GET /api/staff/autopay-failures": lambda desk, person: DeskCall(
        f"/api/staff/autopay-failures?supplier_id={SUPPLIER}", names_subject=True
    ),
}
