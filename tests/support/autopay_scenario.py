"""A rule of autopay in a scenario whose clock is moved, and what residents see of it."""

from typing import Any

import pytest

from cabinet.accounts.keys import binding_key
from cabinet.autopay import runner
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Key, Table
from cabinet.core import clock
from cabinet.payments.keys import autopay_shards
from infra.simulators.bank.state import Card
from tests.support.fault_injection import FaultInjector
from tests.support.payment_scenario import PaymentScenario, path_of

ACCOUNT = "uk-test:1234567899"
RULE = f"/api/autopay/{path_of(ACCOUNT)}"
VERSION = "2026-11-27"
METHODS = ("card", "saved_card")


@pytest.fixture
def scenario(scenario: PaymentScenario) -> PaymentScenario:
    """A user with a saved card whose account owes nothing but the receipt of August 2020."""
    scenario.supplier(merchant=scenario.merchant().model_copy(update={"methods": METHODS}))
    scenario.user("u1", scenario.account())
    scenario.state.cards["b1"] = Card("b1", "u1")
    card = {
        "saved_card_id": "c1",
        "merchant": scenario.merchant().model_dump(mode="json") | {"methods": list(METHODS)},
        "binding_id": "b1",
        "masked_pan": "…1234",
        "expires": "2030-08",
        "status": "active",
        "saved_at": clock.timestamp(clock.now()),
    }
    row = {"pk": "CARDS#u1", "sk": "CARDS", "user_id": "u1", "version": 1, "cards": {"c1": card}}
    dynamo.put(Table.PAYMENTS, row, condition=dynamo.IS_ABSENT, on_conflict=dynamo.conflict)
    return scenario


def change(table: Table, key: Key, **values: Any) -> None:
    row = dynamo.get(table, key, consistent=True) or {}
    dynamo.put(table, row | values, condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict)


def put(scenario: PaymentScenario, **wish: Any) -> Any:
    body = {"saved_card_id": "c1", "limit": 10_000_00, "when": "receipt", "consent_version": VERSION}
    return scenario.call("cart", "PUT", RULE, scenario.sign_in(), body | wish)


def rule(scenario: PaymentScenario) -> dict[str, Any]:
    (found,) = scenario.call("cart", "GET", "/api/autopay", scenario.sign_in()).json["items"]
    return dict(found)


def history(scenario: PaymentScenario) -> list[str]:
    items = scenario.call("cart", "GET", f"{RULE}/history", scenario.sign_in()).json["items"]
    return [item["outcome"] for item in items]


def run(scenario: PaymentScenario) -> None:
    """Do what the schedule does."""
    from reconciliation.app import handler
    from tests.support.lambda_context import Context

    handler({"schedule": "autopay"}, Context())  # type: ignore[arg-type]


def day(scenario: PaymentScenario, days: int = 1) -> None:
    """Let days pass, each with a run in the morning."""
    for _ in range(days):
        scenario.wait(days=1)
        run(scenario)


def charges(scenario: PaymentScenario) -> int:
    return scenario.state.cards["b1"].charges


def unbind(scenario: PaymentScenario) -> None:
    dynamo.delete(
        Table.USERS, binding_key("u1", ACCOUNT), condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict
    )


def replace_receipt(scenario: PaymentScenario) -> None:
    row = next(r for r in scenario.everything("ACCOUNTS_TABLE", "RECEIPT#2020-08"))
    change(Table.ACCOUNTS, (row["pk"], row["sk"]), digest="another")


def switch_off(scenario: PaymentScenario) -> None:
    assert scenario.call("cart", "DELETE", RULE, scenario.sign_in()).status == 204


def before_the_charge(scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch) -> FaultInjector:
    """Plan a charge whose day has come; return the process that is to send it."""
    put(scenario)
    day(scenario)
    scenario.wait(days=1)
    injector = FaultInjector()
    injector.patch(monkeypatch)
    return injector


def position_of_sending(scenario: PaymentScenario, injector: FaultInjector, rival: Any) -> int | None:
    """Run with the rival before the call that follows `register.do`: the transaction that sends."""
    armed: list[int] = []
    enter = injector.enter

    def watching(name: str) -> bool:
        if injector.is_running and injector.calls and injector.calls[-1] == "bank.register.do" and not armed:
            armed.append(len(injector.calls) + 1)
            injector.number, injector.fault = armed[0], rival
        return enter(name)

    injector.enter = watching  # type: ignore[method-assign]
    injector.process(lambda: runner.run(autopay_shards(), clock.now(), lambda: True))
    return armed[0] if armed else None
