"""What a GET of the profile costs: two round trips, with every account that a user may bind."""

from typing import Any

from cabinet.accounts.rules import MAX_BINDINGS
from cabinet.aws import dynamo
from tests.support.app_client import AppClient
from tests.support.aws import Aws


def test_the_profile_costs_two_round_trips(signed_in: AppClient, local: Aws) -> None:
    user_id = signed_in.get("/api/profile").json()["user_id"]
    for number in range(MAX_BINDINGS):
        account = f"uk:{number}"
        row = {"account_id": account, "bound_account": account, "bound_at": "2026-01-01"}
        row |= {"mailings": {"receipts": True, "reminders": True, "notices": True}}
        local.table("USERS_TABLE").put_item(Item={"pk": f"USER#{user_id}", "sk": f"BINDING#{account}"} | row)
    calls: list[str] = []

    def note(model: Any, **_: Any) -> None:
        calls.append(model.name)

    events = dynamo.dynamodb_client().meta.events
    events.register("before-call.dynamodb", note)
    try:
        assert signed_in.get("/api/profile").status_code == 200
    finally:
        events.unregister("before-call.dynamodb", note)
    assert calls == ["Query", "BatchGetItem"]
