"""Crash enumeration of a guest's payment: order, callback and letter, each call failing in every way."""

from typing import Any

import pytest

from tests.support.fault_injection import FAULTS, Fault, FaultInjector
from tests.support.guest_paying import ACCOUNT, QR, found, post, state
from tests.support.payment_scenario import Answer, PaymentScenario, status_and_code

SUM = 419_391
REFUSALS = {(409, "payment_being_prepared"), (502, "bank_unavailable"), (503, "unavailable")}


def pressed_until_answered(
    scenario: PaymentScenario, injector: FaultInjector, body: dict[str, Any]
) -> Answer:
    for _ in range(5):
        answer = injector.process(lambda: post(scenario, "", body, "k1"))
        if answer is not None and answer.status == 201:
            return answer
        assert answer is None or status_and_code(answer) in REFUSALS, answer.body
        scenario.wait(seconds=45)
    raise AssertionError("never answered")


def heard(scenario: PaymentScenario, injector: FaultInjector) -> None:
    while scenario.undelivered_callbacks:
        call = scenario.undelivered_callbacks.pop(0)
        for _ in range(3):
            answer = injector.process(lambda call=call: scenario.hear(call))  # type: ignore[misc]
            if answer is not None and answer.status == 200:
                break
            scenario.wait(seconds=30)


@pytest.mark.parametrize("dialect", ["rbs", "raiffeisen"])
def test_a_guests_payment_killed_at_any_call_is_credited_once(
    scenario: PaymentScenario,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    dialect: str,
) -> None:
    injector = FaultInjector()
    injector.patch(monkeypatch)
    method = "card" if dialect == "rbs" else "sbp"
    tried: set[tuple[Fault, str, int]] = set()
    for fault in FAULTS:
        number, reached = 1, True
        while reached:
            scenario.empty()
            scenario.supplier(dialect=dialect)
            scenario.account()
            body = {
                "token": found(scenario, QR)["token"],
                "amount": SUM,
                "method": method,
                "email": "a@example.com",
            }
            injector.calls, injector.number, injector.fault = [], number, fault
            made = pressed_until_answered(scenario, injector, body).json
            assert scenario.complete_payment(made["payment_url"])
            heard(scenario, injector)
            reached = number <= len(injector.calls)
            if reached:
                tried.add((fault, injector.calls[number - 1], number))
            injector.number = 0
            for minutes in (1, 6, 31):
                scenario.wait(minutes=minutes)
                scenario.reconcile_orders()
            assert state(scenario, made["order_token"])["status"] == "paid"
            assert [row["amount"] for row in scenario.ledger(ACCOUNT)] == [SUM]
            assert scenario.state.balance() == scenario.journal_total(f"uk-test-{dialect}") == SUM
            rows = scenario.everything("PAYMENTS_TABLE")
            out = [row for row in rows if row["pk"].startswith("PAYOUT#")]
            assert [sum(line["amount"] for line in row["lines"]) for row in out] == [SUM]
            assert [order.status for order in scenario.orders()] == ["paid"]
            assert len(scenario.emails()) == 1
            number += 1
    with capsys.disabled():
        print(f"\ncrash points tried, a guest's payment, {dialect}: {len(tried)}")  # noqa: T201 - the result
    assert {"dynamodb.TransactWriteItems", "dynamodb.PutItem"} <= {name for _, name, _ in tried}
    assert len(tried) >= 40
