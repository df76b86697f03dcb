"""The model of paying: carts, orders, callbacks, refunds, imports, clock and crashes in any order.

It knows what the bank holds for each order: paid, and given back.
"""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from cabinet.accounts.keys import account_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Table, Transaction
from cabinet.core import clock
from cabinet.core.errors import DomainError
from cabinet.outbox import emails
from cabinet.payments import refunds
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.provider_sync import BankStatusUnknown
from cabinet.payments.orders.store import order_id_from_attempt
from cabinet.payments.refund_rules import request_refund
from infra.simulators.bank.callback_sender import Call
from infra.simulators.bank.rbs import signed_query
from infra.simulators.bank.state import Payment
from tests.support.aws import Aws
from tests.support.fake_bank_server import BankServer
from tests.support.fault_injection import FAULTS, Fault, FaultInjector
from tests.support.memory_tables import Snapshot
from tests.support.payment_scenario import TOTAL, PaymentScenario, status_and_code
from tests.support.seeded_ids import SeededIds

ACCOUNTS = ("1", "2")
ALLOWED_REFUSALS = {
    (409, "cart_empty"), (409, "cart_changed"), (409, "payment_being_prepared"), (409, "order_closed"),
    (409, "already_being_paid"), (409, "idempotency_conflict"), (409, "order_not_cancellable"),
    (502, "bank_unavailable"), (503, "unavailable"),
}  # fmt: skip
CALLBACK = "http://127.0.0.1:8000/api/payments/rbs/callback"


class Paying(RuleBasedStateMachine):
    """One subscriber with two accounts, one bank."""

    scenario: PaymentScenario
    injector: FaultInjector
    repeatable: SeededIds
    initial_tables: Snapshot
    """The tables with the accounts and the subscriber, to begin each run with."""

    def __init__(self) -> None:
        super().__init__()
        self.scenario.empty()
        self.scenario.aws.tables.restore(self.initial_tables)
        self.injector.number = 0
        self.keys = 0
        self.token = ""
        self.heard: list[Call] = []
        self.is_single = True

    # ------------------------------------------------------------------ the subscriber

    @initialize(orders=st.integers(0, 2), identifiers=st.integers(1, 1000))
    def begin_with_orders(self, orders: int, identifiers: int) -> None:
        """Most runs begin where it becomes interesting: with orders that wait for their payment."""
        self.repeatable.begin(identifiers)
        for number in ACCOUNTS[:orders]:
            self.add(number)
            self.check_out(again=False, anyway=False, method="sbp")

    @rule(number=st.sampled_from(ACCOUNTS))
    def add(self, number: str) -> None:
        self._in_process(lambda token: self.scenario.add(token, f"uk-test:{number}", pay_ahead=True))

    @rule()
    def clear(self) -> None:
        self._in_process(lambda token: self.scenario.cart(token, "DELETE"))

    @rule(again=st.booleans(), anyway=st.booleans(), method=st.sampled_from(["card", "sbp"]))
    def check_out(self, again: bool, anyway: bool, method: str) -> None:
        self.keys += not again
        self.is_single = self.is_single and not anyway
        body = {"pay_anyway": anyway, "method": method}
        answer = self._in_process(lambda token: self.scenario.check_out(token, f"k{self.keys}", body))
        assert answer is None or answer.status == 201 or status_and_code(answer) in ALLOWED_REFUSALS, (
            answer.body
        )

    @precondition(lambda self: self.scenario.state.payments)
    @rule(which=st.integers(0, 5))
    def pay_again(self, which: int) -> None:
        order_id = order_id_from_attempt(self._payment(which).number)
        path = f"/api/orders/{order_id}/payment"
        self._in_process(lambda token: self.scenario.call("cart", "POST", path, token))

    @precondition(lambda self: self.scenario.state.payments)
    @rule(which=st.integers(0, 5))
    def cancel(self, which: int) -> None:
        path = f"/api/orders/{order_id_from_attempt(self._payment(which).number)}/cancel"
        answer = self._in_process(lambda token: self.scenario.call("cart", "POST", path, token))
        assert answer is None or answer.status == 200 or status_and_code(answer) in ALLOWED_REFUSALS, (
            answer.body
        )

    # ------------------------------------------------------------------ the bank

    @precondition(lambda self: self._links())
    @rule(which=st.integers(0, 5), outcome=st.sampled_from(["approve", "approve", "decline", "expire"]))
    def use_a_link(self, which: int, outcome: str) -> None:
        """Only a link that was given out can be used: the current one of an order."""
        links = self._links()
        self.scenario.simulator.complete_payment(links[which % len(links)], outcome)

    @precondition(lambda self: self.scenario.undelivered_callbacks)
    @rule(which=st.integers(0, 9), keep=st.booleans())
    def deliver(self, which: int, keep: bool) -> None:
        """Any callback that is on its way comes first; some come twice."""
        call = self.scenario.undelivered_callbacks[which % len(self.scenario.undelivered_callbacks)]
        if not keep:
            self.scenario.undelivered_callbacks.remove(call)
        self.heard.append(call)
        self._hear(call)

    @precondition(lambda self: self.heard)
    @rule(which=st.integers(0, 9))
    def deliver_again_much_later(self, which: int) -> None:
        self._hear(self.heard[which % len(self.heard)])

    @precondition(lambda self: self.scenario.undelivered_callbacks)
    @rule()
    def lose_callbacks(self) -> None:
        self.scenario.undelivered_callbacks.clear()

    @precondition(lambda self: self.scenario.state.payments)
    @rule(which=st.integers(0, 5))
    def forge(self, which: int) -> None:
        query = signed_query(self._payment(which), "deposited", key="guess")
        answer = self.injector.process(lambda: self.scenario.hear(Call(CALLBACK, query)))
        assert answer is None or status_and_code(answer) in {(403, "forged"), (503, "unavailable")}, (
            answer.body
        )

    @precondition(lambda self: self.scenario.state.payments)
    @rule(which=st.integers(0, 5), amount=st.sampled_from([1, 100_000, TOTAL]), bank_status=st.booleans())
    def refund(self, which: int, amount: int, bank_status: bool) -> None:
        payment = self._payment(which)
        if self.scenario.state.refund(payment, amount) and bank_status:
            self.scenario.simulator.notify(payment, ["refunded"])

    @precondition(lambda self: self.scenario.state.payments)
    @rule(which=st.integers(0, 5), bank_status=st.booleans())
    def reverse(self, which: int, bank_status: bool) -> None:
        payment = self._payment(which)
        if payment.paid_at is not None and self.scenario.state.reverse(payment) and bank_status:
            self.scenario.simulator.notify(payment, ["reversed"])

    @precondition(lambda self: self.scenario.state.payments)
    @rule(which=st.integers(0, 5), amount=st.sampled_from([2, 100_001, None]), loses=st.booleans())
    def give_back(self, which: int, amount: int | None, loses: bool) -> None:
        """The staff's refund, typed once and again: the same wish is the same refund."""
        order_id = order_id_from_attempt(self._payment(which).number)
        self.scenario.state.refunds_lost = int(loses)
        self.injector.process(lambda: self._give_back(order_id, amount))
        self.scenario.state.refunds_lost = 0

    def _give_back(self, order_id: str, amount: int | None) -> None:
        with suppress(BankStatusUnknown, DomainError):
            _, order = refunds.sync_bank_status(order_store.current(order_id), clock.now())
            refund_id = refunds.derive_refund_id(order_id, "…", amount, {}, surplus=False)
            planned = request_refund(order, refund_id, "…", "", clock.now(), amount=amount)
            refunds.continue_refund(order_store.replace(order, planned), clock.now())

    @rule(is_silent=st.booleans())
    def go_silent(self, is_silent: bool) -> None:
        self.scenario.state.is_down = is_silent

    # ------------------------------------------------------------------ time, registries, misfortune

    @rule(minutes=st.sampled_from([1, 6, 25, 45, 1441]))
    def wait(self, minutes: int) -> None:
        self.scenario.wait(minutes=minutes)
        self.token = ""  # the session may have ended

    @rule()
    def reconcile(self) -> None:
        self.injector.process(self.scenario.reconcile_orders)

    @rule(number=st.sampled_from(ACCOUNTS))
    def import_payments(self, number: str) -> None:
        """A registry brings payments back by their order id: accounted, and no longer in the map."""
        account_id = f"uk-test:{number}"
        for payment_id, entry in self.scenario.unaccounted(account_id).items():
            transaction = Transaction()
            key = (account_key(account_id)[0], f"PAYMENT#{entry['received_on']}#{payment_id}")
            transaction.update(
                Table.ACCOUNTS, key, "SET #status = :done", condition=IS_PRESENT, on_conflict=dynamo.conflict,
                done="accounted",
            )  # fmt: skip
            transaction.update(
                Table.ACCOUNTS, account_key(account_id), "REMOVE #unaccounted.#id", condition=IS_PRESENT,
                on_conflict=dynamo.conflict, names={"id": payment_id},
            )  # fmt: skip
            transaction.commit()

    @rule(number=st.integers(1, 7), fault=st.sampled_from(FAULTS))
    def crash_soon(self, number: int, fault: Fault) -> None:
        self.injector.number = len(self.injector.calls) + number
        self.injector.fault = fault

    # ------------------------------------------------------------------ what always holds

    @invariant()
    def the_ledger_shows_no_more_than_the_bank_took(self) -> None:
        for order_id, amount in self._ledger().items():
            paid, _ = self._bank().get(order_id, (0, 0))
            assert 0 <= amount <= paid, order_id

    @invariant()
    def ledger_and_map_of_unaccounted_agree(self) -> None:
        accounts = self.scenario.everything("ACCOUNTS_TABLE", "ACCOUNT")
        in_maps = sum(e["amount"] for row in accounts for e in row.get("unaccounted", {}).values())
        rows = self.scenario.everything("ACCOUNTS_TABLE", "PAYMENT#")
        assert in_maps == sum(row["amount"] for row in rows if row["status"] == "unaccounted")

    @invariant()
    def receipts_are_reserved_for_the_orders_that_pay_them(self) -> None:
        reserved = self._reserved()
        orders = [order for order in self.scenario.orders() if order.is_reserving]
        assert sorted(reserved) == sorted((o.order_id, each) for o in orders for each in o.account_ids)
        if self.is_single:
            assert len({account for _, account in reserved}) == len(reserved), "one order for each"

    def teardown(self) -> None:
        """Let everything come to rest; then ledger, journal and bank agree to the kopeck."""
        self.injector.number = 0
        self.scenario.state.is_down = False
        # Past the last look at a paid order, a month on: it finds a refund that was not announced.
        for minutes in (45, 1500, 1500, 8 * 1440, 31 * 1440):
            self.scenario.wait(minutes=minutes)
            self.scenario.reconcile_orders()
        ledger = self._ledger()
        held = {order: paid - back for order, (paid, back) in self._bank().items() if paid}
        for order_id in ledger.keys() | held.keys():
            assert ledger.get(order_id, 0) == held.get(order_id, 0), order_id
        assert (
            self.scenario.ledger_total()
            == self.scenario.journal_total("uk-test-rbs")
            == self.scenario.state.balance()
        )
        for order in self.scenario.orders():
            assert order.status in ("paid", "refunded", "declined", "expired"), order
            assert (order.order_id in ledger) == (order.status in ("paid", "refunded"))
            assert order.open_refund is None, "what was asked back has been given, or refused"
            assert sum(r.amount for r in order.refunds if r.status == "done") == order.refunded_total
            assert order.due_at is None or order.due_at > clock.now()
        assert len(self.scenario.emails()) == len(ledger)
        assert self._reserved() == []

    # ------------------------------------------------------------------ looking

    def _in_process(self, request: Any) -> Any:
        self.token = self.token or self.scenario.sign_in()
        return self.injector.process(lambda: request(self.token))

    def _hear(self, call: Call) -> None:
        answer = self.injector.process(lambda: self.scenario.hear(call))
        assert answer is None or answer.status in (200, 500, 503), answer.body

    def _payment(self, which: int) -> Payment:
        payments = list(self.scenario.state.payments.values())
        return payments[which % len(payments)]

    def _links(self) -> list[Payment]:
        given_out = {order.attempt.bank_order_id for order in self.scenario.orders() if order.attempt}
        return [p for p in self.scenario.state.payments.values() if p.bank_id in given_out]

    def _reserved(self) -> list[tuple[str, str]]:
        rows = self.scenario.everything("ACCOUNTS_TABLE", "ACCOUNT")
        return [(order_id, row["account_id"]) for row in rows for order_id in row.get("reserved", {})]

    def _bank(self) -> dict[str, tuple[int, int]]:
        sums: dict[str, tuple[int, int]] = {}
        for payment in self.scenario.state.payments.values():
            taken = payment.taken if payment.paid_at is not None else 0
            paid, back = sums.get(order_id_from_attempt(payment.number), (0, 0))
            sums[order_id_from_attempt(payment.number)] = (paid + taken, back + payment.refunded)
        return sums

    def _ledger(self) -> dict[str, int]:
        sums: dict[str, int] = {}
        for row in self.scenario.everything("ACCOUNTS_TABLE", "PAYMENT#"):
            order_id = order_id_from_attempt(row["payment_id"])
            sums[order_id] = sums.get(order_id, 0) + row["amount"]
        return sums


@pytest.fixture
def set_up_paying(aws: Aws, bank_server: BankServer, monkeypatch: pytest.MonkeyPatch) -> None:
    Paying.scenario = PaymentScenario(aws, bank_server, lambda now: monkeypatch.setattr(clock, "now", now))
    # The breaker before a silent bank rests by the same clock as everything else.
    monkeypatch.setattr(clock, "monotonic", lambda: Paying.scenario.moment.timestamp())
    Paying.repeatable = SeededIds(monkeypatch)
    Paying.injector = FaultInjector()
    Paying.injector.patch(monkeypatch)
    # Waking the mailer is only a courtesy, and moto's queue trips over its lock once in a while.
    monkeypatch.setattr(emails, "wake_mailer", lambda *_: None)
    both = Paying.scenario.merchant(contract="uk-test-rbs").model_copy(update={"methods": ("card", "sbp")})
    Paying.scenario.supplier(merchant=both)
    Paying.scenario.user("u1", *(Paying.scenario.account(number) for number in ACCOUNTS))
    Paying.initial_tables = aws.tables.snapshot()
