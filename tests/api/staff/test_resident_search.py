"""The desk's search: by number, surname, address, mail, telephone; two queries at most, one row of audit."""

import pytest

from cabinet.accounts import search_index
from cabinet.accounts.keys import account_key
from cabinet.accounts.model import Account, Address
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.staff.model import Role
from tests.support import desk_scenarios
from tests.support.desk import Desk, Person
from tests.support.desk_scenarios import ACCOUNT, OTHER, SUPPLIER
from tests.support.dynamo_cost import measured
from tests.support.factories import bound_accounts

SEARCH = "/api/staff/residents"


def indexed(number: str, supplier_id: str = SUPPLIER, **changes: object) -> Account:
    """An account as an import leaves it: with the rows by which it is found."""
    made = bound_accounts.account(number, supplier_id=supplier_id, **changes)
    row = dynamo.get(Table.ACCOUNTS, account_key(made.account_id))
    assert row is not None
    search_index.write_rows([row])
    return made


@pytest.fixture
def operator(desk: Desk) -> Person:
    """An operator of the supplier that has the accounts."""
    desk_scenarios.world()
    row = dynamo.get(Table.ACCOUNTS, account_key(ACCOUNT))
    assert row is not None
    search_index.write_rows([row])
    give_email(desk, "subscriber@example.com", "u1")
    return desk.signed_in(Role.OPERATOR, suppliers=(SUPPLIER,))


def give_email(desk: Desk, email: str, user_id: str) -> None:
    row = {"pk": f"EMAIL#{email}", "sk": "OWNER", "user_id": user_id}
    desk.aws.table("USERS_TABLE").put_item(Item=row)


def search(person: Person, query: str) -> list[str]:
    items = person.browser.get(SEARCH, params={"query": query}).json()["items"]
    return [each["account_id"] for each in items]


FINDS_IT = (
    "1234567899", " 1234 5678 99 ", "№1234567899",
    "subscriber@example.com", "SUBSCRIBER@example.com",
    "Иванов", "ИВАНОВ", "Иванов И.", "Иванов Иван Иванович", "иванов и и",
    "Кыштымская 10", "ул. Кыштымская, д. 10, кв. 1010", "Кыштымская 10-1010", "кыштымская 10 - 1010",
    "Челябинск Кыштымская 10", "г. Челябинск, ул. Кыштымская, 10, 1010", "Иванов Кыштымская 10",
    "+7 900 000-00-00", "89000000000", "9000000000",
)  # fmt: skip


@pytest.mark.parametrize("query", FINDS_IT)
def test_an_account_is_found_by_whatever_the_resident_says(desk: Desk, operator: Person, query: str) -> None:
    with measured() as cost:
        assert search(operator, query) == [ACCOUNT]
    assert cost.operations.count("Query") <= 2
    assert "Scan" not in cost.operations
    entry = desk.last_entry()
    assert (entry.action, entry.about) == ("RESIDENTS_SEARCHED", f"account:{ACCOUNT}")
    assert (entry.after["query"], entry.after["accounts"]) == (query.strip(), [ACCOUNT])


FINDS_NOTHING = (
    "999", "nobody@example.com", "@", "   ", "\x00", "--", "Петров", "Иванов П.", "Кыштымская 11",
    "Кыштымская 10-1011", "Северная 10", "пер. Кыштымский 10", "Миасс Кыштымская 10",
    "Петров Кыштымская 10", "+7 900 000-00-01", "+7 000 000-00-00", "ул 10", "Ивановна",
)  # fmt: skip


@pytest.mark.parametrize("query", FINDS_NOTHING)
def test_what_is_not_there_is_not_found_and_the_search_is_kept(
    desk: Desk, operator: Person, query: str
) -> None:
    before = len(desk.audit())
    with measured() as cost:
        assert search(operator, query) == []
    assert cost.operations.count("Query") <= 2
    assert len(desk.audit()) == before + 1


def test_anothers_suppliers_accounts_are_not_found(operator: Person) -> None:
    other = indexed("5", supplier_id=OTHER, holder="Петров Пётр", address=Address(street="Новая", house="1"))
    bound_accounts.user("u5", other, email="other@example.com")
    for query in ("5", "Петров", "Новая 1"):
        assert search(operator, query) == []


def test_a_cabinet_with_anothers_suppliers_accounts_alone_is_not_shown(desk: Desk, operator: Person) -> None:
    bound_accounts.user("u5", indexed("5", supplier_id=OTHER), email="other@example.com")
    give_email(desk, "other@example.com", "u5")
    answer = operator.browser.get(SEARCH, params={"query": "other@example.com"}).json()
    assert answer == {"items": [], "users": [], "has_more": False}


def test_a_cabinet_without_accounts_is_shown_by_its_mail(desk: Desk, operator: Person) -> None:
    bound_accounts.user("u6", email="new@example.com")
    give_email(desk, "new@example.com", "u6")
    answer = operator.browser.get(SEARCH, params={"query": "new@example.com"}).json()
    assert [each["user_id"] for each in answer["users"]] == ["u6"]
    assert answer["users"][0]["email_masked"] == "n…@example.com"
    assert desk.last_entry().after["users"] == ["u6"]


def test_a_family_with_one_telephone_is_found_together(operator: Person) -> None:
    second = indexed("77", holder="Петрова Анна")
    bound_accounts.user("u2", second, email="anna@example.com")
    assert set(search(operator, "+79000000000")) == {ACCOUNT, second.account_id}


def test_a_row_whose_account_has_another_holder_now_finds_nothing(desk: Desk, operator: Person) -> None:
    accounts = desk.aws.table("ACCOUNTS_TABLE")
    pk, sk = account_key(ACCOUNT)
    row = accounts.get_item(Key={"pk": pk, "sk": sk})["Item"]
    accounts.put_item(Item=row | {"holder": "Сидорова Ольга"})
    assert search(operator, "Иванов") == []


def test_a_row_whose_account_was_taken_away_finds_nothing(desk: Desk, operator: Person) -> None:
    pk, sk = account_key(ACCOUNT)
    desk.aws.table("ACCOUNTS_TABLE").delete_item(Key={"pk": pk, "sk": sk})
    assert search(operator, "Иванов") == []
    assert search(operator, "Кыштымская 10") == []


def test_many_namesakes_are_shown_in_part_with_initials_and_address(operator: Person) -> None:
    for number in range(200, 260):
        indexed(
            str(number), holder=f"Кузнецов {'АБ'[number % 2]}. В.",
            address=Address(street="ул. Южная", house=f"{number}", flat="1"),
        )  # fmt: skip
    answer = operator.browser.get(SEARCH, params={"query": "Кузнецов"}).json()
    assert (len(answer["items"]), answer["has_more"]) == (50, True)
    answer = operator.browser.get(SEARCH, params={"query": "Кузнецов А"}).json()
    assert (len(answer["items"]), answer["has_more"]) == (30, False)
    assert {each["holder"] for each in answer["items"]} == {"Кузнецов А. В."}
    assert search(operator, "Кузнецов Южная 201") == [f"{SUPPLIER}:201"]


def test_flats_of_a_house_stand_in_their_order(operator: Person) -> None:
    for flat in ("10", "9", "1"):
        indexed(f"60{flat}", address=Address(street="ул. Южная", house="3", flat=flat))
    assert search(operator, "Южная 3") == [f"{SUPPLIER}:60{flat}" for flat in ("1", "9", "10")]
