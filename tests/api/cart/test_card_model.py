"""The model of paying (support/payment_model.py) with saved cards and autopay among its verbs, in any order.

Beside what always holds there: autopay charges a receipt at most once, never one that was skipped; a card
that was deleted here, or is known to be removed at the bank, is charged no more, and the rule says why; a
deleted card is ended at the bank in the end.
"""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from cabinet.autopay import runner
from cabinet.autopay import store as rule_store
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.core.errors import DomainError
from cabinet.payments.cards import service as card_service
from cabinet.payments.cards import store as card_store
from cabinet.payments.keys import autopay_shard
from infra.simulators.bank.state import Card, Faults
from tests.support.aws import Aws
from tests.support.payment_model import ALLOWED_REFUSALS, CALLBACK, Paying, set_up_paying
from tests.support.payment_scenario import TOTAL, path_of, status_and_code

__all__ = ["set_up_paying"]

FAULTY = ["", "", "decline", "decline_final", "lost", "busy", "vanished"]
RUNS, STEPS = 200, 10
ALLOWED_REFUSALS_WITH_CARDS = ALLOWED_REFUSALS | {(409, "saved_card_unavailable")}
RULE = f"/api/autopay/{path_of('uk-test:1')}"
WISH = {"saved_card_id": "c1", "limit": 2 * TOTAL, "when": "receipt", "consent_version": "2026-11-27"}


class PayingByCards(Paying):
    """The same subscriber with a saved card and autopay of one account."""

    def __init__(self) -> None:
        super().__init__()
        self.scenario.state.cards["b1"] = Card("b1", "u1", callback_url=CALLBACK)
        self.is_deleted = False
        self.may_be_saved_again = False
        """An order asks to save the card that is typed: paid after a deletion it brings the same one back."""
        self.charged_before_skip: int | None = None
        """Charges by autopay when the receipt was skipped; None: it is not."""
        self.asked_before_end: int | None = None
        """Charges that the bank was asked for when the card had ended for us; None: it has not."""

    @initialize(
        orders=st.sampled_from([0, 0, 1]), identifiers=st.integers(1, 1000), mornings=st.integers(0, 2)
    )
    def begin_with_orders(self, orders: int, identifiers: int, mornings: int) -> None:
        """Runs begin with a rule that waits, has planned or has charged: by chance few would have one."""
        super().begin_with_orders(orders, identifiers)
        self.set_a_rule(enabled=True, limit=2 * TOTAL)
        if mornings:
            self.autopay_has_its_mornings(mornings, "")

    @rule(
        key_again=st.booleans(),
        fault=st.sampled_from(FAULTY),
    )
    def pay_by_saved_card(self, key_again: bool, fault: str) -> None:
        self.keys += not key_again
        self.is_single = False
        self.scenario.state.faults = replace(Faults(), card=fault)
        body = {"pay_anyway": True, "method": "saved_card", "saved_card_id": "c1"}
        answer = self._in_process(lambda token: self.scenario.check_out(token, f"s{self.keys}", body))
        self.scenario.state.faults = Faults()
        assert (
            answer is None or answer.status == 201 or status_and_code(answer) in ALLOWED_REFUSALS_WITH_CARDS
        ), answer.body

    @rule()
    def save_another_card(self) -> None:
        self.keys += 1
        self.is_single = False
        self.may_be_saved_again = True
        body = {"pay_anyway": True, "method": "card", "save_card": True}
        answer = self._in_process(lambda token: self.scenario.check_out(token, f"n{self.keys}", body))
        assert (
            answer is None or answer.status == 201 or status_and_code(answer) in ALLOWED_REFUSALS_WITH_CARDS
        ), answer.body

    @rule()
    def delete_the_card(self) -> None:
        path = "/api/saved-cards/c1"
        answer = self._in_process(lambda token: self.scenario.call("cart", "DELETE", path, token))
        assert answer is None or answer.status in (204, 404, 503), answer.body
        self.is_deleted = self.is_deleted or (answer is not None and answer.status == 204)

    @precondition(lambda self: self.scenario.state.payments)
    @rule(is_kept=st.booleans())
    def remove_the_card_at_the_bank(self, is_kept: bool) -> None:
        """The payer ends it in the bank's own application, or the bank only says so."""
        self.scenario.simulator.remove_card(self.scenario.state.cards["b1"], is_kept=is_kept)

    @rule()
    def skip(self) -> None:
        path = f"{RULE}/skip"
        answer = self._in_process(lambda token: self.scenario.call("cart", "POST", path, token))
        assert (
            answer is None
            or answer.status in (200, 404, 503)
            or status_and_code(answer) == (409, "charge_sent")
        )
        if answer is not None and answer.status == 200:
            self.charged_before_skip = self._charged_by_autopay()

    @rule(enabled=st.booleans(), limit=st.sampled_from([1, 2 * TOTAL, 2 * TOTAL]))
    def set_a_rule(self, enabled: bool, limit: int) -> None:
        wish = WISH | {"enabled": enabled, "limit": limit}
        answer = self._in_process(lambda token: self.scenario.call("cart", "PUT", RULE, token, wish))
        assert (
            answer is None
            or answer.status in (200, 503)
            or status_and_code(answer) in ALLOWED_REFUSALS_WITH_CARDS
        ), answer.body
        known = rule_store.load("u1", "uk-test:1")
        if known is None or not (known.last_handled or known.skips_next):
            self.charged_before_skip = None  # skipped ahead, before there was a receipt to leave out

    @rule(days=st.integers(1, 2), fault=st.sampled_from(["", "", "decline", "lost", "busy"]))
    def autopay_has_its_mornings(self, days: int, fault: str) -> None:
        self.scenario.state.faults = replace(Faults(), card=fault)
        for _ in range(days):
            self.scenario.wait(days=1)
            self.injector.process(self._autopay)
        self.scenario.state.faults = Faults()
        self.token = ""
        self.is_single = False

    def _autopay(self) -> None:
        with suppress(DomainError):
            runner.run([autopay_shard("u1")], clock.now(), lambda: True)

    @invariant()
    def autopay_charges_a_receipt_once(self) -> None:
        unattended = [p for p in self.scenario.state.payments.values() if p.is_unattended and p.paid_at]
        assert len(unattended) <= 1

    @invariant()
    def a_skipped_receipt_is_not_charged(self) -> None:
        assert self.charged_before_skip in (None, self._charged_by_autopay())

    @invariant()
    def a_card_that_has_ended_is_charged_no_more(self) -> None:
        asked = self.injector.calls.count("bank.paymentOrderBinding.do")
        if self.asked_before_end is None and not self._has_card():
            self.asked_before_end = asked
        assert self.asked_before_end in (None, asked)

    def _charged_by_autopay(self) -> int:
        payments = self.scenario.state.payments.values()
        return sum(payment.is_unattended and payment.card_id == "b1" for payment in payments)

    def _has_card(self) -> bool:
        return any(card.saved_card_id == "c1" for card in card_store.load("u1").active)

    def teardown(self) -> None:
        self.injector.number = 0
        self.scenario.state.is_down = False
        charges = self.scenario.state.cards["b1"].charges
        for minutes in (45, 1500):
            self.scenario.wait(minutes=minutes)
            card_service.process_due(clock.now(), lambda: True)
            self.injector.process(self._autopay)
        self.a_skipped_receipt_is_not_charged()
        self.a_card_that_has_ended_is_charged_no_more()
        if self.is_deleted and not self.may_be_saved_again:
            assert self.scenario.state.cards["b1"].charges == charges, "deleted, it is charged no more"
            assert not self.scenario.state.cards["b1"].is_active
        super().teardown()
        for _ in range(3):  # planned, refused by the bank, and the morning after
            self.scenario.wait(days=1)
            self.injector.process(self._autopay)
            self.scenario.reconcile_orders()
        self.a_card_that_has_ended_is_charged_no_more()
        rule_now = rule_store.load("u1", "uk-test:1")
        if rule_now is not None and rule_now.enabled and not self._has_card():
            assert rule_now.suspended, "by a card that is gone it rests"
            assert rule_now.last is not None
            assert "карт" in rule_now.last.text.lower(), "and says why"


@pytest.mark.slow
def test_cards_and_autopay_among_everything_else_lose_and_double_nothing(
    set_up_paying: None, aws: Aws
) -> None:
    scenario = Paying.scenario
    merchant = scenario.merchant(contract="uk-test-rbs").model_copy(
        update={"methods": ("card", "sbp", "saved_card")}
    )
    row = dynamo.get(Table.ACCOUNTS, ("SUPPLIER#uk-test", "PROFILE"), consistent=True) or {}
    dynamo.put(
        Table.ACCOUNTS,
        row | {"merchant": merchant.model_dump(mode="json")},
        condition=dynamo.IS_PRESENT,
        on_conflict=dynamo.conflict,
    )
    card = {
        "saved_card_id": "c1",
        "merchant": merchant.model_dump(mode="json"),
        "binding_id": "b1",
        "masked_pan": "…1234",
        "status": "active",
        "saved_at": clock.timestamp(clock.now()),
    }
    cards = {"pk": "CARDS#u1", "sk": "CARDS", "user_id": "u1", "version": 1, "cards": {"c1": card}}
    dynamo.put(Table.PAYMENTS, cards, condition=dynamo.IS_ABSENT, on_conflict=dynamo.conflict)
    Paying.initial_tables = aws.tables.snapshot()
    is_long = settings().max_examples > 500
    chosen = settings() if is_long else settings(max_examples=RUNS, stateful_step_count=STEPS)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        PayingByCards,
        settings=settings(
            chosen,
            deadline=None,
            derandomize=not is_long,  # as everywhere, new orders of events are looked for by the long profile
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
