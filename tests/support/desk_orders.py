"""Orders before the desk: made, taken to a simulated bank on loopback, paid there and heard of."""

import atexit
import itertools
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cabinet.accounts.store import get_account_and_supplier
from cabinet.accounts.supplier_model import Payee
from cabinet.aws.dynamo import Transaction
from cabinet.core import clock
from cabinet.payments import refund_approvals
from cabinet.payments.model import Order, OrderLine
from cabinet.payments.orders import attempt_rules
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.attempts import register
from cabinet.payments.orders.provider_sync import sync_order
from cabinet.payments.orders.reservations import load_reservations
from cabinet.payments.refund_approval_rules import VALID_FOR, RefundApprovalRequest
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.fake_bank_server import BankServer, serving
from tests.support.payment_scenario import REPAIR, PaymentScenario

ACCOUNT = "uk-test:1234567899"
COMMISSION = 500
_NUMBERS = itertools.count(1)


@cache
def _server() -> BankServer:
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(serving())


class DeskBank(PaymentScenario):
    """A scenario whose clock is the test's own, as the desk's tests move it."""

    def __init__(self, aws: Aws) -> None:
        super().__init__(aws, _server(), lambda now: None)

    @property
    def moment(self) -> datetime:
        """Now."""
        return datetime.now(UTC)

    @moment.setter
    def moment(self, moment: datetime) -> None:
        """The clock is moved by `Desk.wait` alone."""

    def contract(self) -> None:
        """Give `uk-test` the contract of its orders, and the payees of their lines."""
        self.aws.table("ACCOUNTS_TABLE").update_item(
            Key={"pk": "SUPPLIER#uk-test", "sk": "PROFILE"},
            UpdateExpression="SET merchant = :merchant, payees = :payees",
            ExpressionAttributeValues={
                ":merchant": self.merchant(contract="uk-test-rbs").model_dump(mode="json"),
                ":payees": [each.model_dump(mode="json") for each in (bound_accounts.PAYEE, REPAIR)],
            },
        )

    def order(self, amounts: tuple[int, ...] = (30_000, 20_000), **changes: Any) -> Order:
        """An order of `ACCOUNT` that the bank has registered; each line has a payee of its own."""
        account_id = changes.pop("account_id", ACCOUNT)
        account, supplier = get_account_and_supplier(account_id)
        payees: list[Payee] = [bound_accounts.PAYEE, REPAIR]
        lines = [
            OrderLine(
                account_id=account_id, address=account.address.line, receipt_id="2026-02-main",
                receipt_title="Объединенная", service=f"Услуга {number + 1}", payee_inn=payee.inn,
                payee_name=payee.name, amount=amount,
            )
            for number, (amount, payee) in enumerate(zip(amounts, itertools.cycle(payees), strict=False))
        ]  # fmt: skip
        fields: dict[str, Any] = {
            "order_id": order_store.new_order_id(clock.now()), "user_id": "u1",
            "email": "subscriber@example.com", "merchant": self.merchant(contract="uk-test-rbs"),
            "time_zones": {supplier.supplier_id: supplier.time_zone}, "lines": lines,
            "amount": sum(amounts), "commission": COMMISSION, "created_at": clock.now(),
            "is_reserving": True,
        }  # fmt: skip
        made = Order(**(fields | changes)).with_event("Заказ создан", clock.now())
        order = attempt_rules.start_attempt(made, clock.now())
        transaction = Transaction()
        order_store.add_new_order(transaction, order, load_reservations(order.account_ids))
        transaction.commit()
        return register(order)

    def pay(self, order: Order, outcome: str = "approve") -> Order:
        """Pay an order, or have it declined, and let the product hear of it."""
        assert order.attempt is not None
        assert order.attempt.payment_url is not None
        assert self.complete_payment(order.attempt.payment_url, outcome)
        return sync_order(order_store.current(order.order_id), clock.now())

    def paid(self, amounts: tuple[int, ...] = (30_000, 20_000), **changes: Any) -> Order:
        """An order that was paid."""
        paid = self.pay(self.order(amounts, **changes))
        assert paid.status == "paid"
        return paid

    def under_review(self, delta: int = -10_000) -> Order:
        """An order for which the bank took another sum than was ordered."""
        order = self.order()
        self.at_bank(order).faults = self.state.faults.__class__(amount_delta=delta)
        reviewed = self.pay(order)
        assert reviewed.status == "review"
        return reviewed

    def waiting_refund(self, amount: int = 10_000) -> RefundApprovalRequest:
        """A refund of a paid order that a colleague has asked for, and another is to approve."""
        order = self.paid()
        asked = RefundApprovalRequest(
            order_id=order.order_id, refund_id=f"r{next(_NUMBERS)}", supplier_ids=["uk-test"], amount=amount,
            reason="Оплачено дважды", requested_by="colleague", requested_name="Кузнецова Вера",
            at=clock.now(), valid_until=clock.now() + VALID_FOR,
        )  # fmt: skip
        transaction = Transaction()
        refund_approvals.add(transaction, asked)
        transaction.commit()
        return asked

    def order_of(self, order_id: str) -> Order:
        """The stored order."""
        return order_store.current(order_id)

    def at_bank(self, order: Order) -> Any:
        """The bank's own record of the order's payment."""
        assert order.attempt is not None
        assert order.attempt.payment_url is not None
        return self.payment(order.attempt.payment_url)
