"""A rule of autopay in a town whose clock is moved, and what residents see of it."""

from typing import Any

import pytest

from cabinet.accounts.keys import binding_key
from cabinet.autopay import runner
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Key, Table
from cabinet.core import clock
from cabinet.payments.keys import autopay_shards
from infra.simulators.bank.state import Card
from tests.support.fault_injection import Fragile
from tests.support.payment_scenario import Town, path_of

ACCOUNT = "uk-test:1234567899"
RULE = f"/api/autopay/{path_of(ACCOUNT)}"
VERSION = "2026-11-27"
METHODS = ("card", "saved_card")


@pytest.fixture
def town(town: Town) -> Town:
    """A user with a saved card whose account owes nothing but the receipt of August 2020."""
    town.supplier(merchant=town.merchant().model_copy(update={"methods": METHODS}))
    town.user("u1", town.account())
    town.state.cards["b1"] = Card("b1", "u1")
    card = {
        "saved_card_id": "c1",
        "merchant": town.merchant().model_dump(mode="json") | {"methods": list(METHODS)},
        "binding_id": "b1",
        "masked_pan": "…1234",
        "expires": "2030-08",
        "status": "active",
        "saved_at": clock.timestamp(clock.now()),
    }
    row = {"pk": "CARDS#u1", "sk": "CARDS", "user_id": "u1", "version": 1, "cards": {"c1": card}}
    dynamo.put(Table.PAYMENTS, row, condition=dynamo.IS_ABSENT, on_conflict=dynamo.conflict)
    return town


def change(table: Table, key: Key, **values: Any) -> None:
    row = dynamo.get(table, key, consistent=True) or {}
    dynamo.put(table, row | values, condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict)


def put(town: Town, **wish: Any) -> Any:
    body = {"saved_card_id": "c1", "limit": 10_000_00, "when": "receipt", "consent_version": VERSION}
    return town.call("cart", "PUT", RULE, town.sign_in(), body | wish)


def rule(town: Town) -> dict[str, Any]:
    (found,) = town.call("cart", "GET", "/api/autopay", town.sign_in()).json["items"]
    return dict(found)


def history(town: Town) -> list[str]:
    items = town.call("cart", "GET", f"{RULE}/history", town.sign_in()).json["items"]
    return [item["outcome"] for item in items]


def run(town: Town) -> None:
    """Do what the schedule does."""
    from reconciliation.app import handler
    from tests.support.lambda_context import Context

    handler({"schedule": "autopay"}, Context())  # type: ignore[arg-type]


def day(town: Town, days: int = 1) -> None:
    """Let days pass, each with a run in the morning."""
    for _ in range(days):
        town.wait(days=1)
        run(town)


def charges(town: Town) -> int:
    return town.state.cards["b1"].charges


def unbind(town: Town) -> None:
    dynamo.delete(
        Table.USERS, binding_key("u1", ACCOUNT), condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict
    )


def replace_receipt(town: Town) -> None:
    row = next(r for r in town.everything("ACCOUNTS_TABLE", "RECEIPT#2020-08"))
    change(Table.ACCOUNTS, (row["pk"], row["sk"]), digest="another")


def switch_off(town: Town) -> None:
    assert town.call("cart", "DELETE", RULE, town.sign_in()).status == 204


def position_of_sending(town: Town, fragile: Fragile, rival: Any) -> int | None:
    """Run with the rival before the call that follows `register.do`: the transaction that sends."""
    armed: list[int] = []
    enter = fragile.enter

    def watching(name: str) -> bool:
        if fragile.is_running and fragile.calls and fragile.calls[-1] == "bank.register.do" and not armed:
            armed.append(len(fragile.calls) + 1)
            fragile.number, fragile.fault = armed[0], rival
        return enter(name)

    fragile.enter = watching  # type: ignore[method-assign]
    fragile.process(lambda: runner.run(autopay_shards(), clock.now(), lambda: True))
    return armed[0] if armed else None
