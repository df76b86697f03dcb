"""A search among 100 000 accounts costs what it costs among ten: two queries at most, no Scan."""

from typing import Any

import pytest

from cabinet.accounts.keys import account_key
from cabinet.accounts.model import Account, Address
from cabinet.accounts.search_index_rules import address_index_key, holder_index_key
from cabinet.aws.dynamo.serialization import serialize_item
from cabinet.staff.model import Role
from tests.support import desk_scenarios
from tests.support.desk import Desk, Person
from tests.support.desk_scenarios import SUPPLIER
from tests.support.dynamo_cost import measured

ACCOUNTS = 100_000
FLATS = 100
SURNAMES = 200
LETTERS = "абвгдежзик"
LAST = f"{ACCOUNTS - 1:010d}"


@pytest.fixture
def operator(desk: Desk) -> Person:
    """An operator of the supplier with the accounts; 500 namesakes of each surname, 50 with each initial."""
    desk_scenarios.world()
    person = desk.signed_in(Role.OPERATOR, suppliers=(SUPPLIER,))
    tables = desk.aws.tables
    kept = tables.snapshot()
    rows = kept[desk.aws.environment["ACCOUNTS_TABLE"]]
    template = _wire(Account(account_id=f"{SUPPLIER}:0", supplier_id=SUPPLIER, holder="", address=Address()))
    partitions: dict[str, tuple[str, str]] = {}
    for number in range(ACCOUNTS):
        holder, address = _holder(number), _address(number)
        account_id = f"{SUPPLIER}:{number:010d}"
        pk, sk = account_key(account_id)
        named = {"account_id": {"S": account_id}}
        there = {name: {"S": text} for name, text in address.items()}
        own = {"holder": {"S": holder}, "address": {"M": there}, "number": {"S": f"{number:010d}"}}
        _keep(rows, pk, sk, template | named | own)
        house = Address(street=address["street"], house=address["house"])
        for name, key in (
            (holder, lambda holder=holder: holder_index_key(f"{SUPPLIER}:0", holder)),
            (house.line, lambda house=house: address_index_key(f"{SUPPLIER}:0", house)),
        ):
            if name not in partitions:
                found = key()
                assert found is not None
                partitions[name] = found
        partition, sort = partitions[holder]
        place = pk.removeprefix("ACCOUNT#")
        _keep(rows, partition, f"{sort.partition('#')[0]}#{place}", named)
        partition, _ = partitions[house.line]
        _keep(rows, partition, f"{address['flat']}#{place}", named)
    tables.restore(kept)
    return person


def _holder(number: int) -> str:
    name = number % SURNAMES
    emails = LETTERS[name // 100] + LETTERS[name // 10 % 10] + LETTERS[name % 10]
    return f"Пет{emails}ров {LETTERS[number // SURNAMES % 10].upper()}. А."


def _address(number: int) -> dict[str, str]:
    house, flat = divmod(number, FLATS)
    street = f"ул. Садов{LETTERS[house // 100]}я"
    return {"city": "Челябинск", "street": street, "house": f"{house % 100 + 1}", "flat": f"{flat + 1}"}


def _wire(account: Account) -> dict[str, Any]:
    return dict(serialize_item(account.model_dump(mode="json") | {"unaccounted": {}}))


def _keep(rows: dict[str, Any], pk: str, sk: str, item: dict[str, Any]) -> None:
    rows.setdefault(pk, {})[sk] = {**item, "pk": {"S": pk}, "sk": {"S": sk}}


def test_a_search_is_two_queries_at_most(operator: Person) -> None:
    last = ACCOUNTS - 1
    there = _address(last)
    surname = _holder(last).split()[0]
    queries = {
        LAST: 1,
        surname: 50,
        _holder(last): 50,
        f"{there['street']} {there['house']}, кв. {there['flat']}": 1,
        f"{there['street']} {there['house']}": 50,
        f"{surname} {there['street'].removeprefix('ул. ')} {there['house']}": 1,
        "+7 900 000-00-00": 1,
        "Никтоев": 0,
        "Нигдешняя 77": 0,
    }
    for query, expected in queries.items():
        with measured() as cost:
            answer = operator.browser.get("/api/staff/residents", params={"query": query}).json()
        assert cost.operations.count("Query") <= 2, query
        assert cost.operations.count("BatchGetItem") <= 2, query
        assert "Scan" not in cost.operations
        assert len(answer["items"]) == expected, (query, len(answer["items"]))
