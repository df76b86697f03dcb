"""Orders at the desk: found by number, account, sum, day and card; the whole story; none of another's."""

from typing import Any

import pytest

from cabinet.staff.model import Role
from tests.support import desk_scenarios
from tests.support.desk import Desk, Person
from tests.support.desk_orders import COMMISSION
from tests.support.desk_scenarios import ACCOUNT, OTHER, SUPPLIER
from tests.support.factories import bound_accounts
from tests.support.fault_injection import FaultInjector

ORDERS = "/api/staff/orders"


@pytest.fixture
def accountant(desk: Desk) -> Person:
    """An accountant of the supplier that has the account."""
    desk_scenarios.world()
    return desk.signed_in(Role.ACCOUNTANT, suppliers=(SUPPLIER,))


def found(person: Person, **params: Any) -> list[str]:
    answer = person.browser.get(ORDERS, params=params)
    assert answer.status_code == 200, answer.text
    return [each["order_id"] for each in answer.json()["items"]]


def test_an_order_is_found_by_its_number_and_by_its_attempts(desk: Desk, accountant: Person) -> None:
    order = desk.bank.paid()
    desk.bank.paid()
    for typed in (order.order_id, order.order_id.lower(), f"{order.order_id}-1"):
        assert found(accountant, query=typed) == [order.order_id]
    assert found(accountant, query="P260302ZZZZZZZZZZ") == []


def test_all_orders_of_an_account_are_found_the_newest_first(desk: Desk, accountant: Person) -> None:
    other = bound_accounts.account("555")
    desk.bank.paid(account_id=other.account_id)
    made = []
    for outcome in ("approve", "decline"):
        desk.wait(days=40)
        made.append(desk.bank.pay(desk.bank.order(), outcome).order_id)
    accountant.sign_in()
    for typed in ("1234567899", ACCOUNT, " 1234 5678 99"):
        assert found(accountant, query=typed) == made[::-1]
    assert found(accountant, query=f"{OTHER}:1234567899") == []
    assert found(accountant, query="1234567899", status="declined") == made[1:]


def test_an_order_is_found_by_sum_state_and_card(desk: Desk, accountant: Person) -> None:
    first = desk.bank.paid((12_345,))
    desk.wait(seconds=1)
    second = desk.bank.order((54_321,))
    assert found(accountant) == [second.order_id, first.order_id]
    for amount in (12_345, 12_345 + COMMISSION):
        assert found(accountant, amount=amount) == [first.order_id]
    assert found(accountant, status="registered") == [second.order_id]
    assert found(accountant, card="1111") == [first.order_id]
    assert found(accountant, card="1111", amount=54_321) == []


def test_days_are_those_of_the_supplier(desk: Desk, accountant: Person) -> None:
    desk.wait(hours=12, minutes=50)  # 18:55 in UTC is 23:55 in Chelyabinsk
    late = desk.bank.paid()
    desk.wait(minutes=10)
    next_day = desk.bank.paid()
    accountant.sign_in()
    assert found(accountant, **{"from": "2026-03-02", "to": "2026-03-02"}) == [late.order_id]
    assert found(accountant, **{"from": "2026-03-03", "to": "2026-03-03"}) == [next_day.order_id]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"from": "2026-03-03", "to": "2026-03-02"}, "to"),
        ({"from": "2026-01-01", "to": "2026-06-02"}, "from"),
        ({"from": "0"}, "from"),
        ({"from": "0001-01-01"}, "from"),
        ({"to": "0001-01-01"}, "to"),
        ({"to": "9999-12-31"}, "to"),
        ({"amount": "0"}, "amount"),
        ({"card": "12"}, "card"),
        ({"status": "lost"}, "status"),
    ],
)
def test_what_cannot_be_searched_for_is_refused_by_field(
    accountant: Person, params: dict[str, str], field: str
) -> None:
    answer = accountant.browser.get(ORDERS, params=params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_the_list_is_read_page_by_page(
    desk: Desk, accountant: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cabinet.payments.orders.order_index.PAGE_SIZE", 2)
    monkeypatch.setattr("cabinet.payments.orders.order_index._BATCH_SIZE", 3)
    made = [desk.bank.order().order_id for _ in range(7)]
    for params in ({"query": "1234567899"}, {}):
        shown: list[str] = []
        cursor = None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = accountant.browser.get(ORDERS, params=params | more).json()
            shown += [each["order_id"] for each in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert sorted(shown) == sorted(made)
        assert shown == sorted(made, key=shown.index)
    foreign = accountant.browser.get(ORDERS, params={"cursor": "x"})
    assert (foreign.status_code, foreign.json()["code"]) == (422, "token_invalid")


def test_a_search_never_scans(desk: Desk, accountant: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    order = desk.bank.paid()
    for params, queries in (({"query": order.order_id}, 0), ({"query": "1234567899"}, 2), ({}, 5)):
        counted = FaultInjector()
        with monkeypatch.context() as patched:
            counted.patch(patched)
            counted.process(lambda params=params: found(accountant, **params))
        assert counted.calls.count("dynamodb.Query") == queries, params
        assert "dynamodb.Scan" not in counted.calls


def test_orders_that_wait_for_a_person_are_listed_whenever_they_were_made(
    desk: Desk, accountant: Person
) -> None:
    order = desk.bank.under_review()
    desk.wait(days=100)
    accountant.sign_in()
    assert found(accountant, status="review") == [order.order_id]
    line = accountant.browser.get(ORDERS, params={"status": "review"}).json()["items"][0]
    assert line["review_reason"] == "amount"


def test_the_story_has_the_lines_the_banks_sums_and_what_happened(desk: Desk, accountant: Person) -> None:
    order = desk.bank.paid()
    shown = accountant.browser.get(f"{ORDERS}/{order.order_id}").json()
    assert (shown["status"], shown["total"], shown["taken"], shown["posted"]) == (
        "paid",
        50_500,
        50_500,
        50_500,
    )
    assert [(each["service"], each["credited"], each["left"]) for each in shown["items"]] == [
        ("Услуга 1", 30_000, 30_000),
        ("Услуга 2", 20_000, 20_000),
    ]
    assert shown["attempts"][0]["bank_order_id"] == shown["paid_by"] == order.credited_bank_order_id
    told = [each["what"] for each in shown["timeline"]]
    assert (told[0], told[-1]) == ("Заказ создан", "Оплата получена")
    assert (shown["card_digits"], shown["refundable"], shown["can_refund"]) == ("1111", 50_500, True)
    entry = desk.last_entry()
    assert (entry.action, entry.about, entry.suppliers) == (
        "ORDER_SHOWN",
        f"order:{order.order_id}",
        [SUPPLIER],
    )


def test_a_declined_order_shows_the_banks_own_code(desk: Desk, accountant: Person) -> None:
    order = desk.bank.order()
    desk.bank.at_bank(order).decline_code = 116
    desk.bank.pay(order, "decline")
    shown = accountant.browser.get(f"{ORDERS}/{order.order_id}").json()
    assert (shown["status"], shown["refundable"], shown["taken"]) == ("declined", 0, None)
    assert shown["attempts"][0]["decline_code"] == "116"


def test_an_order_of_two_suppliers_is_seen_only_by_who_works_for_both(desk: Desk, accountant: Person) -> None:
    theirs = bound_accounts.account("555", OTHER)
    mine = desk.bank.order()
    line = mine.lines[0].model_copy(update={"account_id": theirs.account_id})
    both = desk.bank.order(
        lines=[mine.lines[0], line], time_zones={SUPPLIER: "Asia/Yekaterinburg", OTHER: "Asia/Yekaterinburg"},
        amount=60_000,
    )  # fmt: skip
    for typed in (both.order_id, ""):
        assert both.order_id not in found(accountant, query=typed)
    assert accountant.browser.get(f"{ORDERS}/{both.order_id}").status_code == 404
    everywhere = desk.signed_in(Role.ACCOUNTANT)
    assert found(everywhere).count(both.order_id) == 1
    assert everywhere.browser.get(f"{ORDERS}/{both.order_id}").status_code == 200
