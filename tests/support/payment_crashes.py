"""A process that is killed at any call from cart to mail, and the books that must come out right."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from cabinet.accounts.keys import supplier_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.core.errors import DomainError
from cabinet.payments import refunds
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.provider_sync import BankStatusUnknown
from cabinet.payments.refund_rules import request_refund
from infra.simulators.bank.callback_sender import Call
from infra.simulators.bank.state import Faults, PaymentState
from tests.support.aws import Aws, clear_caches
from tests.support.fake_bank_server import BankServer
from tests.support.fault_injection import Fault, FaultInjector
from tests.support.lambda_context import Context
from tests.support.payment_scenario import TOTAL, PaymentScenario, status_and_code

PART = 3_527
ALLOWED_REFUSALS = {(409, "payment_being_prepared"), (502, "bank_unavailable"), (503, "unavailable")}
"""After a request that died, when the bank's answer is lost, and when AWS's is."""
ACCOUNT = "uk-test:1234567899"


@dataclass
class CrashScenario:
    """One scenario for all runs, emptied between them."""

    scenario: PaymentScenario
    injector: FaultInjector
    dialect: str
    callbacks_are_lost: bool
    sqs: Any

    def empty(self, number: int, fault: Fault) -> str:
        """Forget everything, arm the fault and return a session."""
        scenario = self.scenario
        scenario.empty()
        scenario.state.faults = Faults(lost=self.callbacks_are_lost)
        scenario.supplier(dialect=self.dialect)
        token = scenario.user("u1", scenario.account())
        self.injector.number, self.injector.fault = number, fault
        self.injector.calls = []
        return token

    def run(self, number: int, fault: Fault) -> bool:
        """Go the whole way with one call failing; return whether there was such a call."""
        token = self.empty(number, fault)
        url = self._pay_in_the_cabinet(token)
        if url is not None:
            self._press_pay(url)
        self._hear_the_bank()
        self._reconcile()
        self._mail()
        reached = number <= len(self.injector.calls)
        self.injector.number = 0
        self._recover()
        self._check(url)
        return reached

    # ------------------------------------------------------------------ the way

    def _pay_in_the_cabinet(self, token: str) -> str | None:
        """Add and check out, trying again as people do; the same key goes on with the same order."""
        scenario = self.scenario
        for _ in range(4):
            added = self.injector.process(lambda: scenario.add(token, ACCOUNT))
            if added is not None and added.status == 201:
                break
        for _ in range(4):
            answer = self.injector.process(lambda: scenario.check_out(token))
            if answer is not None and answer.status == 201:
                return str(answer.json["payment_url"])
            assert answer is None or status_and_code(answer) in ALLOWED_REFUSALS, answer.body
            scenario.wait(seconds=45)
        return None

    def _press_pay(self, url: str) -> None:
        """Pay on the bank's page; «Город» asks us first, and the person presses again when that failed."""
        for _ in range(4):
            if self.scenario.complete_payment(url):
                return

    def asked_by_the_bank(self, call: Call) -> bytes | None:
        answer = self.injector.process(lambda: self.scenario.hear(call))
        return answer.body if answer is not None and answer.status == 200 else None

    def _hear_the_bank(self) -> None:
        scenario = self.scenario
        while scenario.undelivered_callbacks:
            call = scenario.undelivered_callbacks.pop(0)
            for _ in range(3):
                answer = self.injector.process(lambda call=call: scenario.hear(call))  # type: ignore[misc]
                if answer is not None and answer.status == 200:
                    break
                scenario.wait(seconds=30)

    def _reconcile(self) -> None:
        if self.callbacks_are_lost:
            self.scenario.wait(minutes=1)
            self.injector.process(self.scenario.reconcile_orders)

    def _mail(self) -> None:
        from mailer.app import handler

        sqs, queue = self.sqs, self.scenario.aws.environment["MAIL_QUEUE_URL"]
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            record = {"messageId": "m", "eventSource": "aws:sqs", "body": message["Body"]}
            self.injector.process(lambda record=record: handler({"Records": [record]}, Context()))  # type: ignore[misc]

    def _recover(self) -> None:
        from mailer.app import handler

        for minutes in (1, 6, 31, 61, 1441):
            self.scenario.wait(minutes=minutes)
            self.scenario.reconcile_orders()
        handler({"schedule": "outbox"}, Context())

    # ------------------------------------------------------------------ the books

    def _check(self, url: str | None) -> None:
        scenario = self.scenario
        orders = scenario.orders()
        assert len(orders) <= 1, "a key is one order"
        if url is not None:
            assert scenario.payment(url).payment_state is PaymentState.PAID
        credits = [row for row in scenario.ledger(ACCOUNT) if row["amount"] > 0]
        assert len(credits) == len(scenario.unaccounted(ACCOUNT)) == (scenario.state.balance() > 0)
        assert (
            scenario.ledger_total()
            == scenario.state.balance()
            == scenario.journal_total(f"uk-test-{self.dialect}")
        )
        assert [order.status for order in orders] in ([], ["paid"], ["expired"])
        assert all((order.status == "paid") == bool(credits) for order in orders)
        assert all(order.due_at is None or order.due_at > scenario.moment for order in orders), (
            "none is stuck"
        )
        emails = [row for row in scenario.emails() if not row["pk"].startswith("OUTBOX")]
        assert len(emails) == len(scenario.emails()) == len(credits)

    # ------------------------------------------------------------------ money back

    def run_refund(self, number: int, fault: Fault) -> bool:
        """Pay undisturbed, then give a part back with one call failing; the person types it again."""
        token = self.empty(0, fault)
        url = self._pay_in_the_cabinet(token)
        assert url is not None
        self._press_pay(url)
        self._hear_the_bank()
        self.injector.calls, self.injector.number = [], number
        (order,) = self.scenario.orders()
        for _ in range(2):
            self.injector.process(lambda: self._give_back(order.order_id))
            self.scenario.wait(seconds=20)
        self._hear_the_bank()
        reached = number <= len(self.injector.calls)
        self.injector.number = 0
        self._recover()
        payment = self.scenario.payment(url)
        assert payment.refunded == PART, "once, however often it was asked for"
        assert self.scenario.ledger_total() == self.scenario.state.balance() == TOTAL - PART
        assert self.scenario.journal_total(f"uk-test-{self.dialect}") == TOTAL - PART
        (order,) = self.scenario.orders()
        assert [(r.amount, r.status) for r in order.refunds] == [(PART, "done")]
        registry = [
            row for row in self.scenario.everything("PAYMENTS_TABLE") if row.get("status") == "refunded"
        ]
        assert [sum(line["amount"] for line in row["lines"]) for row in registry] == [-PART]
        assert len(self.scenario.emails("payment_refunded")) == 1
        return reached

    def _give_back(self, order_id: str) -> None:
        with suppress(BankStatusUnknown, DomainError):
            _, order = refunds.sync_bank_status(order_store.current(order_id), clock.now())
            planned = request_refund(order, "r1", "начислено дважды", "", clock.now(), amount=PART)
            refunds.continue_refund(order_store.replace(order, planned), clock.now())

    # ------------------------------------------------------------------ by СБП

    def run_sbp(self, number: int, fault: Fault) -> bool:
        """Check out by СБП with one call failing, pay by whatever code was given out, hear the bank."""
        token = self.empty(0, fault)
        supplier = dynamo.get(Table.ACCOUNTS, supplier_key("uk-test")) or {}
        merchant = supplier["merchant"] | {"methods": ["sbp"]}
        dynamo.put(
            Table.ACCOUNTS,
            supplier | {"merchant": merchant},
            condition=dynamo.IS_PRESENT,
            on_conflict=dynamo.conflict,
        )
        self.scenario.add(token, ACCOUNT)
        self.injector.calls, self.injector.number = [], number
        url = self._pay_in_the_cabinet(token)
        reached = number <= len(self.injector.calls)
        self.injector.number = 0
        if url is not None:
            self._press_pay(url)
        self._hear_the_bank()
        self._recover()
        self._check(url)
        assert all(order.method == "sbp" for order in self.scenario.orders())
        return reached

    # ------------------------------------------------------------------ given up

    def run_cancel(self, number: int, fault: Fault) -> bool:
        """Check out undisturbed, then give the order up with one call failing; the person tries again."""
        token = self.empty(0, fault)
        url = self._pay_in_the_cabinet(token)
        (order,) = self.scenario.orders()
        self.injector.calls, self.injector.number = [], number
        path = f"/api/orders/{order.order_id}/cancel"
        for _ in range(2):
            self.injector.process(lambda: self.scenario.call("cart", "POST", path, token))
        reached = number <= len(self.injector.calls)
        self.injector.number = 0
        assert url is not None
        assert not self.scenario.complete_payment(url), "the page is closed"
        self._recover()
        (order,) = self.scenario.orders()
        assert order.status == "declined"
        assert [
            row["reserved"] for row in self.scenario.everything("ACCOUNTS_TABLE") if "reserved" in row
        ] == [{}]
        assert self.scenario.ledger_total() == self.scenario.state.balance() == 0
        return reached


@pytest.fixture
def crash_scenario(
    request: pytest.FixtureRequest, aws: Aws, bank_server: BankServer, monkeypatch: pytest.MonkeyPatch
) -> CrashScenario:
    dialect, callbacks_are_lost = request.param
    monkeypatch.setenv("MAIL_SENDER", "Личный кабинет <no-reply@cabinet.example.ru>")
    monkeypatch.delenv("MAIL_CONFIGURATION_SET", raising=False)
    aws.client("ses").verify_email_identity(EmailAddress="no-reply@cabinet.example.ru")
    clear_caches()
    scenario = PaymentScenario(aws, bank_server, lambda now: monkeypatch.setattr(clock, "now", now))
    injector = FaultInjector()
    injector.patch(monkeypatch)
    crash_scenario = CrashScenario(scenario, injector, dialect, callbacks_are_lost, aws.client("sqs"))
    scenario.simulator.ask = crash_scenario.asked_by_the_bank
    return crash_scenario


def prepare_cards(crash_scenario: CrashScenario, fault: Fault) -> str:
    """Empty the scenario and let its contract keep cards; return a session."""
    token = crash_scenario.empty(0, fault)
    row = dynamo.get(Table.ACCOUNTS, supplier_key("uk-test")) or {}
    merchant = row["merchant"] | {"methods": ["card", "saved_card"]}
    dynamo.put(
        Table.ACCOUNTS,
        row | {"merchant": merchant},
        condition=dynamo.IS_PRESENT,
        on_conflict=dynamo.conflict,
    )
    crash_scenario.scenario.state.cards.clear()
    crash_scenario.scenario.add(token, ACCOUNT)
    crash_scenario.injector.calls = []
    return token
