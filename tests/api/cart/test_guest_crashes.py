"""Crash enumeration of a guest's payment: order, callback and letter, each call failing in every way."""

from typing import Any

import pytest

from tests.support.fault_injection import FAULTS, Fault, Fragile
from tests.support.guest_paying import ACCOUNT, QR, found, post, state
from tests.support.payment_scenario import Answer, Town, told

SUM = 419_391
REFUSALS = {(409, "payment_being_prepared"), (502, "bank_unavailable"), (503, "unavailable")}


def pressed_until_answered(town: Town, fragile: Fragile, body: dict[str, Any]) -> Answer:
    for _ in range(5):
        answer = fragile.process(lambda: post(town, "", body, "k1"))
        if answer is not None and answer.status == 201:
            return answer
        assert answer is None or told(answer) in REFUSALS, answer.body
        town.wait(seconds=45)
    raise AssertionError("never answered")


def heard(town: Town, fragile: Fragile) -> None:
    while town.held:
        call = town.held.pop(0)
        for _ in range(3):
            answer = fragile.process(lambda call=call: town.hear(call))  # type: ignore[misc]
            if answer is not None and answer.status == 200:
                break
            town.wait(seconds=30)


@pytest.mark.parametrize("dialect", ["rbs", "raiffeisen"])
def test_a_guests_payment_killed_at_any_call_is_credited_once(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], dialect: str
) -> None:
    fragile = Fragile()
    fragile.patch(monkeypatch)
    method = "card" if dialect == "rbs" else "sbp"
    tried: set[tuple[Fault, str, int]] = set()
    for fault in FAULTS:
        number, reached = 1, True
        while reached:
            town.empty()
            town.supplier(dialect=dialect)
            town.account()
            body = {
                "token": found(town, QR)["token"],
                "amount": SUM,
                "method": method,
                "email": "a@example.com",
            }
            fragile.calls, fragile.number, fragile.fault = [], number, fault
            made = pressed_until_answered(town, fragile, body).json
            assert town.settle(made["payment_url"])
            heard(town, fragile)
            reached = number <= len(fragile.calls)
            if reached:
                tried.add((fault, fragile.calls[number - 1], number))
            fragile.number = 0
            for minutes in (1, 6, 31):
                town.wait(minutes=minutes)
                town.reconcile_orders()
            assert state(town, made["order_token"])["status"] == "paid"
            assert [row["amount"] for row in town.ledger(ACCOUNT)] == [SUM]
            assert town.state.balance() == town.journal_total(f"uk-test-{dialect}") == SUM
            rows = town.everything("PAYMENTS_TABLE")
            out = [row for row in rows if row["pk"].startswith("PAYOUT#")]
            assert [sum(line["amount"] for line in row["lines"]) for row in out] == [SUM]
            assert [order.status for order in town.orders()] == ["paid"]
            assert len(town.letters()) == 1
            number += 1
    with capsys.disabled():
        print(f"\ncrash points tried, a guest's payment, {dialect}: {len(tried)}")  # noqa: T201 - the result
    assert {"dynamodb.TransactWriteItems", "dynamodb.PutItem"} <= {name for _, name, _ in tried}
    assert len(tried) >= 40
