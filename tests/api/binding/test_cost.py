"""What the list of accounts costs: two round trips, whatever the accounts' history."""

from tests.support.aws import Aws
from tests.support.dynamo_cost import measured
from tests.support.factories import bound_accounts


def test_the_list_is_two_round_trips(aws: Aws) -> None:
    from binding.app import app

    bound_accounts.supplier()
    accounts = [bound_accounts.account(f"700000000{n}") for n in range(5)]
    browser = bound_accounts.browser(app, bound_accounts.user("u1", *accounts))
    browser.get("/api/bindings")
    with measured() as cost:
        answer = browser.get("/api/bindings")
    assert len(answer.json()["items"]) == 5
    assert cost.operations == ["Query", "BatchGetItem"]
    assert cost.read_units <= 6
