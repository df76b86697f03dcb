"""What the list of accounts costs: two round trips, whatever the accounts' history."""

from tests.conftest import Aws
from tests.unit.accounts import world
from tests.unit.accounts.cost import measured


def test_the_list_is_two_round_trips(aws: Aws) -> None:
    from binding.app import app

    world.supplier()
    accounts = [world.account(f"700000000{n}") for n in range(5)]
    browser = world.browser(app, world.user("u1", *accounts))
    browser.get("/api/bindings")
    with measured() as cost:
        answer = browser.get("/api/bindings")
    assert len(answer.json()["items"]) == 5
    assert cost.operations == ["Query", "BatchGetItem"]
    assert cost.read_units <= 6
