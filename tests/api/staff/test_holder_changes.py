"""Accounts whose holder has changed, listed to end the former holders' bindings."""

from typing import Any

import pytest

from cabinet.accounts import search_index
from cabinet.accounts.keys import account_key
from cabinet.aws.dynamo import Transaction
from cabinet.staff.model import Role
from tests.support import desk_scenarios
from tests.support.desk import Desk, Person
from tests.support.desk_scenarios import ACCOUNT, OTHER, SUPPLIER
from tests.support.factories import bound_accounts

PATH = "/api/staff/holder-changes"


@pytest.fixture
def operator(desk: Desk) -> Person:
    """An operator of the supplier."""
    desk_scenarios.world()
    return desk.signed_in(Role.OPERATOR, suppliers=(SUPPLIER,))


def change_holder(desk: Desk, account_id: str, on: str, **changed: Any) -> None:
    """What an import does to an account that is bound."""
    accounts = desk.aws.table("ACCOUNTS_TABLE")
    pk, sk = account_key(account_id)
    before = accounts.get_item(Key={"pk": pk, "sk": sk})["Item"] | {"bound": True}
    after = before | {"holder": "Петрова Анна", "holder_since": on} | changed
    accounts.put_item(Item=after)
    transaction = Transaction()
    for write in search_index.changes_of_rows(before, after, account_id):
        write(transaction)
    transaction.commit()


def listed(person: Person) -> list[str]:
    return [each["account_id"] for each in person.browser.get(PATH).json()["items"]]


def test_a_former_holder_who_is_still_bound_is_named(desk: Desk, operator: Person) -> None:
    assert listed(operator) == []
    desk.wait(seconds=1)
    change_holder(desk, ACCOUNT, "2026-02-20")
    (item,) = operator.browser.get(PATH).json()["items"]
    assert (item["holder"], item["holder_since"]) == ("Петрова Анна", "2026-02-20")
    assert [(each["user_id"], each["is_former_holder"]) for each in item["users"]] == [("u1", True)]
    assert desk.last_entry().after == {"accounts": [ACCOUNT]}
    ended = operator.browser.request(
        "DELETE", f"/api/staff/accounts/{ACCOUNT}/bindings/u1", json={"reason": "Продано"}
    )
    assert ended.status_code == 204
    assert listed(operator) == []


def test_the_newest_change_comes_first_and_others_suppliers_stay_unseen(desk: Desk, operator: Person) -> None:
    for number, on in (("71", "2026-02-01"), ("72", "2026-02-10")):
        account = bound_accounts.account(number)
        bound_accounts.user(f"u{number}", account, email=f"u{number}@example.ru")
        change_holder(desk, account.account_id, on)
    other = bound_accounts.account("73", supplier_id=OTHER)
    bound_accounts.user("u73", other, email="u73@example.ru")
    change_holder(desk, other.account_id, "2026-02-15")
    assert listed(operator) == [f"{SUPPLIER}:72", f"{SUPPLIER}:71"]
    every = desk.signed_in(Role.OPERATOR)
    assert listed(every) == [f"{OTHER}:73", f"{SUPPLIER}:72", f"{SUPPLIER}:71"]


def test_the_same_holder_again_is_no_change(desk: Desk, operator: Person) -> None:
    change_holder(desk, ACCOUNT, "2026-02-20", holder="Иванов И. И.")
    assert listed(operator) == []
