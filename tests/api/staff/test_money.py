"""Money as a whole at the desk: totals that equal the registries, a bank's statement, silence, autopay."""

from collections import Counter
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cabinet.accounts.supplier_model import Merchant
from cabinet.autopay import store as autopay_store
from cabinet.autopay.model import HistoryEntry
from cabinet.aws.dynamo import Transaction
from cabinet.core import clock
from cabinet.exchange.exports.payments import PAYMENTS
from cabinet.payments import bank_outages
from cabinet.payments.bank_outages import BankResponses
from cabinet.staff.model import Role
from tests.support import desk_scenarios
from tests.support.desk import Desk, Person
from tests.support.desk_order_calls import packed
from tests.support.desk_scenarios import ACCOUNT, OTHER, SUPPLIER

TOTALS = "/api/staff/totals"
STATEMENTS_PATH = "/api/staff/bank-registers"
MARCH = {"from": "2026-03-01", "to": "2026-03-31"}
KEEPING = "Номер заказа;Сумма;Статус\n"


@pytest.fixture
def accountant(desk: Desk) -> Person:
    """An accountant who has just entered a code again."""
    desk_scenarios.world()
    desk.bank.contract()
    person = desk.signed_in(Role.ACCOUNTANT, suppliers=(SUPPLIER,))
    desk.confirm_code(person)
    return person


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def give_back(person: Person, order_id: str, amount: int) -> None:
    answer = person.browser.post(
        f"/api/staff/orders/{order_id}/refunds", json={"amount": amount, "reason": "Дважды"},
        headers={"Idempotency-Key": f"k-{order_id}"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text


# ------------------------------------------------------------------ totals


def test_totals_equal_the_registries_to_the_kopeck(desk: Desk, accountant: Person) -> None:
    first = desk.bank.paid((30_001, 20_002))
    give_back(accountant, first.order_id, 31_000)
    desk.wait(hours=20)
    desk.bank.paid((7_777,), method="sbp", merchant=first.merchant)
    accountant.sign_in()
    before = accountant.browser.get(TOTALS, params=MARCH).json()
    assert (before["paid"], before["refunded"], before["beyond"]) == (57_780, 31_000, 1_000)
    assert [(each["method"], each["paid"]) for each in before["methods"]] == [
        ("card", 50_003),
        ("sbp", 7_777),
    ]
    assert [each["day"] for each in before["days"]] == ["2026-03-02", "2026-03-03"]
    exported = PAYMENTS.export(SUPPLIER, date(2026, 3, 3), clock.now())
    assert exported is not None
    by_payee = {each["payee_inn"]: each["paid"] - each["refunded"] for each in before["payees"]}
    assert by_payee == {sheet.name.removeprefix("payments_"): sheet.total for sheet in exported.sheets}
    assert accountant.browser.get(TOTALS, params=MARCH).json() == before
    assert {each["payee"] for each in before["payees"]} == {"ООО «УК Тест»", "Капитальный ремонт"}


def test_parts_of_93_days_add_up_to_the_registries(desk: Desk, accountant: Person) -> None:
    """The page asks for 31 days at a time (web/src/desk/long-totals.ts) and adds them up."""
    registries: Counter[str] = Counter()
    by_day: Counter[str] = Counter()
    merchant: Merchant | None = None
    for month in range(3):
        changes = {"method": "sbp", "merchant": merchant} if merchant else {}
        order = desk.bank.paid((30_001 + month, 20_002), **(changes if month == 1 else {}))
        merchant = order.merchant
        give_back(accountant, order.order_id, 10_003 + month)
        today = clock.now().astimezone(ZoneInfo("Asia/Yekaterinburg")).date()
        by_day[today.isoformat()] += 50_003 + month - 10_003 - month
        desk.wait(hours=20)
        exported = PAYMENTS.export(SUPPLIER, today + timedelta(days=1), clock.now())
        assert exported is not None
        registries.update({sheet.name.removeprefix("payments_"): sheet.total for sheet in exported.sheets})
        desk.wait(days=35)
        accountant.sign_in()
        desk.wait(minutes=1)
        desk.confirm_code(accountant)
    payees: Counter[str] = Counter()
    methods: Counter[str] = Counter()
    days: Counter[str] = Counter()
    for part in (
        MARCH,
        {"from": "2026-04-01", "to": "2026-05-01"},
        {"from": "2026-05-02", "to": "2026-06-01"},
    ):
        totals = accountant.browser.get(TOTALS, params=part).json()
        payees.update({each["payee_inn"]: each["paid"] - each["refunded"] for each in totals["payees"]})
        methods.update({each["method"]: each["paid"] - each["refunded"] for each in totals["methods"]})
        days.update(
            {
                each["day"]: sum(payee["paid"] - payee["refunded"] for payee in each["payees"])
                for each in totals["days"]
            }
        )
    assert payees == registries
    assert methods == {"card": 80_000, "sbp": 40_000}
    assert days == by_day
    assert registries.total() == 120_000


def test_totals_are_of_the_days_that_are_asked_for(desk: Desk, accountant: Person) -> None:
    desk.bank.paid()
    other_day = {"from": "2026-03-03", "to": "2026-03-31"}
    assert accountant.browser.get(TOTALS, params=other_day).json()["paid"] == 0
    assert problem(accountant.browser.get(TOTALS, params={"from": "2026-03-03", "to": "2026-03-02"})) == (
        422, "days_reversed",
    )  # fmt: skip
    assert problem(accountant.browser.get(TOTALS, params={"from": "2026-03-01", "to": "2026-04-01"})) == (
        422, "days_too_many",
    )  # fmt: skip
    assert problem(accountant.browser.get(TOTALS, params=MARCH | {"supplier_id": OTHER})) == (
        404,
        "not_found",
    )


# ------------------------------------------------------------------ a bank's statement


def compare(person: Person, text: str, **changes: Any) -> Any:
    form = {"contract": "uk-test-rbs", "day": "2026-03-02", "content": packed(text)}
    return person.browser.post(STATEMENTS_PATH, json=form | changes)


def test_a_register_is_compared_to_the_kopeck(desk: Desk, accountant: Person) -> None:
    same, other, ours = desk.bank.paid(), desk.bank.paid(), desk.bank.paid()
    text = (
        f"{KEEPING}{same.order_id}-1;505,00;оплачен\n{other.order_id};505,01;оплачен\n"
        "P260302ZZZZZZZZZZ;10,00;оплачен\nИТОГО;1020,01;\n"
    )
    found = compare(accountant, text).json()
    assert (found["orders"], found["bank_total"], found["ledger_total"]) == (4, 102_001, 151_500)
    assert [each["order_id"] for each in found["only_ours"]] == [ours.order_id]
    assert [each["order_id"] for each in found["only_theirs"]] == ["P260302ZZZZZZZZZZ"]
    assert [(each["order_id"], each["bank"] - each["ledger"]) for each in found["differing"]] == [
        (other.order_id, 1)
    ]
    assert found["skipped"] == [5]
    entry = desk.last_entry()
    assert (entry.action, entry.about) == ("REGISTER_COMPARED", "contract:uk-test-rbs")


def test_columns_of_other_names_are_chosen_by_a_person(desk: Desk, accountant: Person) -> None:
    order = desk.bank.paid()
    text = f"Отчёт за день\nКод;Комментарий;Рублей;Что\n{order.order_id};;505,00;оплачен\n"
    asked = compare(accountant, text)
    assert problem(asked) == (409, "columns_unknown")
    assert asked.json()["columns"] == ["Код", "Комментарий", "Рублей", "Что"]
    chosen = {"number": "Код", "amount": "Рублей", "status": "Что"}
    found = compare(accountant, text, columns=chosen).json()
    assert (found["bank_total"], found["ledger_total"], found["differing"]) == (50_500, 50_500, [])
    wrong = compare(accountant, text, columns={"number": "Код", "amount": "Нет такого"})
    assert problem(wrong) == (409, "columns_unknown")


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        ({"contract": "unknown"}, (404, "not_found")),
        ({"content": "не base64"}, (422, "register_refused")),
        ({"content": "AAAA"}, (422, "register_refused")),
        ({"content": packed(KEEPING * 9)[:40]}, (422, "register_refused")),
        ({"content": packed("%PDF-1.7")}, (422, "register_refused")),
        ({"content": packed("x" * (8 * 1024 * 1024 + 1))}, (422, "register_refused")),
        ({"content": packed(f"{KEEPING}P260302ZZZZZZZZZZ;1 руб 2;оплачен\n")}, (422, "register_refused")),
        ({"content": packed("одно слово")}, (422, "register_refused")),
        ({"day": "вчера"}, (422, "invalid")),
    ],
)
def test_what_is_no_register_is_refused_in_words(
    accountant: Person, form: dict[str, Any], refusal: tuple[int, str]
) -> None:
    answer = compare(accountant, KEEPING, **form)
    assert problem(answer) == refusal
    assert "contract" not in form or "«unknown»" in answer.json()["detail"]


def test_an_empty_register_of_a_day_with_payments_is_doubted(desk: Desk, accountant: Person) -> None:
    desk.bank.paid()
    assert compare(accountant, KEEPING).json()["doubts"]


# ------------------------------------------------------------------ contracts and silence


def test_a_silent_bank_is_seen_by_whose_contract_it_is(desk: Desk, accountant: Person) -> None:
    responses = BankResponses()
    responses.add("uk-test-rbs", has_answered=False)
    bank_outages.record(responses, clock.now())
    (contract,) = accountant.browser.get("/api/staff/contracts").json()["items"]
    assert (contract["contract"], contract["supplier_ids"]) == ("uk-test-rbs", [SUPPLIER])
    assert contract["silent_since"] is not None
    foreign = desk.signed_in(Role.ACCOUNTANT, suppliers=(OTHER,))
    assert foreign.browser.get("/api/staff/contracts").json()["items"] == []
    assert problem(compare(foreign, KEEPING)) == (404, "not_found")


# ------------------------------------------------------------------ autopay


def test_what_autopay_could_not_charge_is_listed_the_newest_first(desk: Desk, accountant: Person) -> None:
    for outcome in ("declined", "charged", "given_up"):
        entry = HistoryEntry(at=clock.now(), amount=500, outcome=outcome, text=f"{outcome}.")  # type: ignore[arg-type]
        transaction = Transaction()
        autopay_store.add_entry(transaction, "u1", ACCOUNT, entry)
        transaction.commit()
        desk.wait(seconds=1)
    found = accountant.browser.get("/api/staff/autopay-failures", params={"supplier_id": SUPPLIER}).json()
    assert [(each["outcome"], each["account_id"]) for each in found["items"]] == [
        ("given_up", ACCOUNT), ("declined", ACCOUNT),
    ]  # fmt: skip
