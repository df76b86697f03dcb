"""Whom a notice reaches among many accounts: pages of bindings, not a query each, and in a bounded time.

bench/notice_reach.py counts 100 000 of them by the same code.
"""

import math
from typing import Any

import pytest

from cabinet.accounts.binding_store import binding_item
from cabinet.accounts.houses import add_house, list_houses
from cabinet.accounts.model import Account, Address
from cabinet.accounts.store import SHARDS
from cabinet.aws.dynamo.serialization import serialize_item
from cabinet.core import clock
from cabinet.notices import audience
from cabinet.staff.model import Role
from tests.support import desk_scenarios
from tests.support.desk import Desk, Person
from tests.support.desk_scenarios import SUPPLIER, notice_body
from tests.support.dynamo_cost import Cost, measured

ACCOUNTS = 20_000
FLATS = 1500
"""Accounts of a house: more of them than are asked for one by one."""
PAGE = 1000
NOTICES = "/api/staff/notices"
STREET = "ул. Садовая"


@pytest.fixture
def operator(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Person:
    """An operator of a supplier with as many residents as accounts; every second wants letters of notices."""
    monkeypatch.setattr(audience, "COUNT_SECONDS", math.inf)
    desk_scenarios.world()
    add_house(SUPPLIER, _address(0))
    person = desk.signed_in(Role.OPERATOR, suppliers=(SUPPLIER,))
    tables = desk.aws.tables
    kept = tables.snapshot()
    accounts = kept[desk.aws.environment["ACCOUNTS_TABLE"]]
    users = kept[desk.aws.environment["USERS_TABLE"]]
    users.clear()
    moment = clock.now()
    for number in range(ACCOUNTS):
        account = _account(number)
        binding = binding_item(f"u{number:05d}", account, moment)
        binding["mailings"] = {"notices": number % 2 == 0}
        _keep(users, binding)
        if number < FLATS:
            row = account.model_dump(mode="json") | {"house_key": binding["house_key"]}
            _keep(accounts, row | {"pk": f"ACCOUNT#{SUPPLIER}#{account.number}", "sk": "ACCOUNT"})
    users |= tables.snapshot()[desk.aws.environment["USERS_TABLE"]]
    tables.restore(kept)
    return person


def _account(number: int) -> Account:
    digits = f"{number:07d}"
    return Account(
        account_id=f"{SUPPLIER}:{digits}", supplier_id=SUPPLIER, number=digits, holder="Иванов И. И.",
        address=_address(number),
    )  # fmt: skip


def _address(number: int) -> Address:
    return Address(city="Челябинск", street=STREET, house=f"{number // FLATS + 1}", flat=f"{number % FLATS}")


def _keep(rows: dict[str, Any], item: dict[str, Any]) -> None:
    rows.setdefault(item["pk"], {})[item["sk"]] = serialize_item(item)


def _reach(person: Person, where: dict[str, Any], kind: str = "emergency") -> tuple[dict[str, Any], Cost]:
    with measured() as cost:
        answer = person.browser.post(
            f"{NOTICES}/reach", json={"supplier_id": SUPPLIER, "kind": kind, "where": where}
        )
    assert answer.status_code == 200, answer.text
    return dict(answer.json()), cost


def test_all_of_a_large_supplier_are_counted_by_pages(operator: Person) -> None:
    reach, cost = _reach(operator, {"kind": "supplier"})
    # The world's own resident is one more.
    assert (reach["recipients"], reach["is_fully_counted"]) == (ACCOUNTS + 1, True)
    assert (reach["accounts"], reach["by_mail"]) == (None, None)
    # A shard's last page is short; the other queries are the houses' and the session's.
    assert cost.operations.count("Query") <= ACCOUNTS // PAGE + SHARDS + 3
    assert len(cost.operations) <= ACCOUNTS // PAGE + SHARDS + 8


def test_a_house_of_many_is_counted_by_pages(operator: Person) -> None:
    (house,) = (each for each in list_houses(SUPPLIER) if each.house.street == STREET)
    reach, cost = _reach(operator, {"kind": "houses", "houses": [house.house_id]}, "common")
    assert (reach["accounts"], reach["recipients"], reach["unbound"]) == (FLATS, FLATS, 0)
    assert (reach["by_mail"], reach["is_fully_counted"]) == (0, True)
    assert cost.operations.count("Query") <= ACCOUNTS // PAGE + SHARDS + 5


def test_when_the_time_is_up_it_says_so_and_can_be_published(
    operator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "COUNT_SECONDS", 0.0)
    reach, cost = _reach(operator, {"kind": "supplier"})
    assert (reach["recipients"], reach["is_fully_counted"]) == (SHARDS * PAGE, False)
    assert cost.operations.count("Query") <= SHARDS + 3
    new = notice_body(kind="emergency", where={"kind": "supplier"})
    answer = operator.browser.post(NOTICES, json=new, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 201, answer.text
    notice = answer.json()
    assert (notice["recipients"], notice["is_fully_counted"]) == (SHARDS * PAGE, False)
    reads = operator.browser.get(f"{NOTICES}/{notice['notice_id']}/reads").json()
    assert reads == {"recipients": SHARDS * PAGE, "is_fully_counted": False, "read": 0}


@pytest.mark.parametrize(("is_fully_counted", "told"), [(False, 201), (True, 422)])
def test_only_a_full_count_says_that_nobody_is_reached(
    operator: Person, monkeypatch: pytest.MonkeyPatch, is_fully_counted: bool, told: int
) -> None:
    nobody = audience.Reach(1, FLATS, 0, 0, None, is_fully_counted)
    monkeypatch.setattr(audience, "count_houses_reach", lambda *_: nobody)
    (house,) = (each for each in list_houses(SUPPLIER) if each.house.street == STREET)
    new = notice_body(kind="emergency", where={"kind": "houses", "houses": [house.house_id]})
    answer = operator.browser.post(NOTICES, json=new, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == told, answer.text
