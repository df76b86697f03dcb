"""The first screen: one answer that agrees with the calls that it replaces."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from cabinet.accounts.keys import account_key, binding_key, house_index_key
from cabinet.accounts.supplier_model import ReadingWindow
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Table
from cabinet.billing.model import Amounts, Receipt, ServiceLine
from cabinet.core import clock
from cabinet.metering.model import Meter, ZoneReading
from cabinet.notices import publications, store
from cabinet.notices.model import account_board, house_board, supplier_board
from cabinet.service_requests import store as request_store
from cabinet.service_requests.keys import new_answer_key
from cabinet.service_requests.model import Status
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.dynamo_cost import measured
from tests.support.factories import bound_accounts
from tests.support.factories.merchants import merchant
from tests.support.factories.notices import publication

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
FIRST, SECOND = "uk-test:1234567899", "uk-test:1234567900"
KIND = {"kind": "obedinennaya", "kind_title": "Объединённая"}


@pytest.fixture
def token(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> str:
    """A user with two flats, receipts of both, and a window that is open until the 25th."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = bound_accounts.supplier(
        reading_window=ReadingWindow(), merchant=merchant("http://127.0.0.1:9", "rbs")
    )
    flats = [bound_accounts.account(), bound_accounts.account("1234567900")]
    bound_accounts.receipt(FIRST, receipt("2026-10", 329308))
    bound_accounts.receipt(SECOND, receipt("2026-09", 50000))
    assert made.offers("payments")
    return bound_accounts.user("u1", *flats)


def receipt(period: str, total: int) -> Receipt:
    line = ServiceLine(service="ХВС", payee_inn=bound_accounts.PAYEE.inn, charged=total, total=total)
    return Receipt(
        **KIND, period=period, main=Amounts(charged=total, total=total), penalty=Amounts(), services=[line]
    )


def meter(meter_id: str, service: str, verify_until: date, taken_on: date) -> Meter:
    last = ZoneReading(reading_id="r", value="1", taken_on=taken_on, source="subscriber")
    return Meter(
        meter_id=meter_id, number=f"75{meter_id}", service=service, verify_until=verify_until,
        last={"T1": last},
    )  # fmt: skip


def client_of(token: str, function: str = "queries") -> AppClient:
    module = __import__(f"{function}.app", fromlist=["app"])
    return bound_accounts.browser(module.app, token)


def home(token: str, **params: str) -> Any:
    answer = client_of(token).get("/api/home", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_home_answers_as_the_calls_that_it_replaces(token: str) -> None:
    bound_accounts.meter(FIRST, meter("m1", "ХВС", date(2028, 1, 1), date(2026, 10, 20)))
    store.publish(supplier_board("uk-test"), publication(supplier_board("uk-test"), "Всем", "текст"))
    shown = home(token)
    assert shown["profile"] == client_of(token, "subscriber_profile").get("/api/profile").json()
    assert shown["bindings"] == client_of(token, "binding").get("/api/bindings").json()["items"]
    assert shown["account_id"] == FIRST
    assert shown["summary"] == client_of(token).get(f"/api/accounts/{FIRST}/summary").json()
    assert shown["counters"] == {"cart": 0, "notices": 1, "requests": 0}


def test_home_sums_what_all_flats_owe_as_summary_and_cart_do(token: str) -> None:
    shown = home(token)
    nothing = {"not_payable": 0, "unaccounted": 0}
    first = {"period": "2026-10", "now": 329308, "before": None}
    second = {"period": "2026-09", "now": 50000, "before": None}
    assert shown["flats"] == [
        {
            "account_id": FIRST, "to_pay": 329308, "pay_until": "2026-11-15", "overdue": 329308,
            **nothing, "charged": first,
        },
        {
            "account_id": SECOND, "to_pay": 50000, "pay_until": "2026-10-15", "overdue": 50000,
            **nothing, "charged": second,
        },
    ]  # fmt: skip
    assert shown["to_pay"] == 379308
    cart = client_of(token, "cart")
    for account_id in (FIRST, SECOND):
        (of_summary,) = client_of(token).get(f"/api/accounts/{account_id}/summary").json()["receipts"]
        body = {"account_id": account_id, "receipt_id": of_summary["receipt_id"]}
        brought = cart.post("/api/cart/items", json=body)
        assert brought.status_code == 201, brought.text
    assert brought.json()["total"] == shown["to_pay"]
    assert home(token)["counters"]["cart"] == 2


def test_home_shows_the_account_asked_for_and_none_that_is_not_bound(token: str) -> None:
    assert home(token, account_id=SECOND)["summary"]["account"]["account_id"] == SECOND
    bound_accounts.account("1234567801")
    for other in ("uk-test:1234567801", "uk-test:1", "x"):
        assert client_of(token).get("/api/home", params={"account_id": other}).status_code == 404


def test_home_of_a_cabinet_without_accounts_is_empty(aws: Aws) -> None:
    shown = home(bound_accounts.user("u1"))
    assert (shown["account_id"], shown["summary"], shown["flats"], shown["to_pay"]) == (None, None, [], 0)


def test_home_says_what_is_due_next(token: str) -> None:
    bound_accounts.meter(FIRST, meter("m1", "ХВС", date(2026, 12, 10), date(2026, 10, 20)))
    bound_accounts.meter(FIRST, meter("m2", "ГВС", date(2028, 1, 1), date(2026, 11, 16)))
    bound_accounts.meter(SECOND, meter("m3", "ХВС", date(2026, 11, 10), date(2026, 10, 20)))
    due = home(token)["due"]
    assert [(each["kind"], each["account_id"], each["until"], each["amount"]) for each in due] == [
        ("pay", SECOND, "2026-10-15", 50000),
        ("pay", FIRST, "2026-11-15", 329308),
        ("readings", FIRST, "2026-11-25", None),
        ("verification", SECOND, "2026-11-10", None),
        ("verification", FIRST, "2026-12-10", None),
    ]
    assert [each["text"].replace("\u00a0", " ") for each in due] == [
        "Оплатите 500,00 руб.: срок оплаты прошёл 15.10.2026",
        "Оплатите 3 293,08 руб.: срок оплаты прошёл 15.11.2026",
        "Передайте показания до 25.11.2026: ХВС",
        "Срок поверки счётчика истёк 10.11.2026: ХВС № 75m3",
        "Поверка счётчика заканчивается 10.12.2026: ХВС № 75m1",
    ]


def test_a_debt_of_earlier_months_is_overdue_though_the_receipt_is_not(token: str) -> None:
    line = ServiceLine(
        service="ХВС", payee_inn=bound_accounts.PAYEE.inn, debt=50000, charged=60000, total=110000
    )
    amounts = Amounts(debt=50000, charged=60000, total=110000)
    newest = Receipt(**KIND, period="2026-11", main=amounts, penalty=Amounts(), services=[line])
    bound_accounts.receipt(SECOND, newest)
    shown = home(token)
    assert shown["flats"][1] == {
        "account_id": SECOND, "to_pay": 110000, "pay_until": "2026-12-15", "overdue": 50000,
        "not_payable": 0, "unaccounted": 0, "charged": {"period": "2026-11", "now": 60000, "before": None},
    }  # fmt: skip
    (told,) = [each["text"] for each in shown["due"] if each["account_id"] == SECOND]
    assert told.replace("\u00a0", " ") == (
        "Оплатите 1 100,00 руб. до 15.12.2026, из них 500,00 руб. просрочено"
    )


def test_an_answer_is_told_of_until_it_is_looked_at(token: str) -> None:
    requests = client_of(token, "subscriber_requests")
    path = f"/api/accounts/{FIRST}/requests"
    sent = requests.post(
        path, json={"kind": "appeal", "text": "Холодно"}, headers={"Idempotency-Key": "k1"}
    ).json()
    assert home(token)["counters"]["requests"] == 0
    for text in ("Придём завтра", "Пришли"):
        answered = request_store.find_by_number("uk-test", sent["number"])
        request_store.answer(answered, Status.ANSWERED, text)
    shown = home(token)
    assert shown["counters"]["requests"] == 1
    (told,) = [each for each in shown["due"] if each["kind"] == "request"]
    assert told == {
        "kind": "request", "account_id": FIRST, "until": None, "amount": None,
        "text": f"Есть ответ на заявку № {sent['number']}",
    }  # fmt: skip
    assert requests.post(f"/api/accounts/{SECOND}/requests/read-all").status_code == 204
    assert home(token)["counters"]["requests"] == 1
    assert requests.post(f"{path}/read-all").status_code == 204
    assert requests.post(f"{path}/read-all").status_code == 204
    assert home(token)["counters"]["requests"] == 0


def test_many_answers_that_nobody_looks_at_keep_nobody_out(token: str) -> None:
    for number in range(250):
        pk, sk = new_answer_key("u1", f"{number:04d}")
        bound_accounts.write(
            Table.USERS, {"pk": pk, "sk": sk, "account_id": FIRST, "number": str(number), "version": 1}
        )
    shown = home(token)
    assert [binding["account_id"] for binding in shown["bindings"]] == [FIRST, SECOND]
    assert shown["counters"]["requests"] > 0


def test_an_answer_that_comes_while_others_are_marked_stays_new(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = client_of(token, "subscriber_requests")
    path = f"/api/accounts/{FIRST}/requests"
    body = {"kind": "appeal", "text": "Холодно"}
    number = requests.post(path, json=body, headers={"Idempotency-Key": "k1"}).json()["number"]

    def answer(text: str) -> None:
        request_store.answer(request_store.find_by_number("uk-test", number), Status.ANSWERED, text)

    answer("Придём завтра")
    genuine = dynamo.delete

    def rival_first(*args: Any, **more: Any) -> None:
        monkeypatch.setattr(dynamo, "delete", genuine)
        answer("Пришли")
        genuine(*args, **more)

    monkeypatch.setattr(dynamo, "delete", rival_first)
    assert requests.post(f"{path}/read-all").status_code == 204
    assert home(token)["counters"]["requests"] == 1


def test_an_emergency_hangs_until_it_is_over_or_ended(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    house = house_board(house_index_key("uk-test", "УЛ. КЫШТЫМСКАЯ", "10"))
    for board, title, kind, until in (
        (supplier_board("uk-test"), "Нет света", "emergency", "2026-11-20T06:10:00.000000+00:00"),
        (house, "Нет воды", "emergency", None),
        (house, "Работы", "planned", None),
        (account_board(SECOND), "Протечка", "emergency", None),
    ):
        made = publication(board, title, "текст", title).model_copy(
            update={"kind": kind, "valid_until": until}
        )
        supplier = bound_accounts.Supplier.model_validate(
            dynamo.get(Table.ACCOUNTS, bound_accounts.supplier_key("uk-test"))
        )
        assert publications.publish(made, supplier)
    shown = home(token)["emergencies"]
    assert {(each["title"], each["account_id"], each["until"]) for each in shown} == {
        ("Нет света", FIRST, "2026-11-20T06:10:00.000000+00:00"),
        ("Нет воды", FIRST, None),
        ("Протечка", SECOND, None),
    }
    listed = client_of(token, "notices").get("/api/notices").json()["items"]
    assert {each["notice_id"] for each in shown} <= {each["notice_id"] for each in listed}
    monkeypatch.setattr(clock, "now", lambda: NOW.replace(minute=15))
    stored = publications.find("Нет воды")
    assert stored is not None
    publications.end(stored)
    assert [each["title"] for each in home(token)["emergencies"]] == ["Протечка"]


def test_home_shows_nothing_of_a_flat_whose_holder_has_changed(token: str) -> None:
    row = dynamo.get(Table.ACCOUNTS, account_key(FIRST)) or {}
    dynamo.put(
        Table.ACCOUNTS, row | {"holder": "Петров П. П."}, condition=IS_PRESENT, on_conflict=AssertionError  # type: ignore[arg-type]
    )  # fmt: skip
    bound_accounts.meter(FIRST, meter("m1", "ХВС", date(2026, 12, 10), date(2026, 10, 20)))
    board = account_board(FIRST)
    made = publication(board, "Авария", "текст").model_copy(update={"kind": "emergency"})
    store.publish(board, made)
    shown = home(token)
    assert shown["account_id"] == FIRST
    assert shown["summary"] is None
    assert [flat["account_id"] for flat in shown["flats"]] == [SECOND]
    assert shown["to_pay"] == 50000
    assert {each["account_id"] for each in shown["due"]} == {SECOND}
    assert shown["emergencies"] == []
    assert shown["bindings"][0]["needs_surname"] is True


def test_home_without_a_session_costs_no_read(token: str) -> None:
    client_of(token).get("/api/home")  # the session's key is fetched once
    for cookie in (None, "forged"):
        with measured() as cost:
            answer = bound_accounts.browser(client_of(token).app, cookie).get("/api/home")  # type: ignore[arg-type]
        assert answer.status_code == 401
        assert cost.operations == []


def test_home_says_what_autopay_of_each_flat_will_charge_or_why_not(token: str) -> None:
    agreed = {"version": "1", "text_sha256": "x", "agreed_at": clock.timestamp(NOW), "address": ""}
    common = {
        "pk": "AUTOPAY#u1", "user_id": "u1", "enabled": True, "saved_card_id": "c1", "limit": 10_000_00,
        "when": "receipt", "consent": agreed, "revision": "r", "looked_on": "2026-11-20",
    }  # fmt: skip
    planned = {"on": "2026-11-21", "amount": 329308, "receipts": {"2026-10-obedinennaya": "d"}}
    over = {"on": "2026-11-20", "outcome": "over_limit", "text": "Больше ограничения."}
    rows: list[dict[str, Any]] = [
        {"sk": f"RULE#{FIRST}", "account_id": FIRST, "planned": planned},
        {
            "sk": f"RULE#{SECOND}", "account_id": SECOND, "last": over,
            "settled": {"obedinennaya": "2026-09-obedinennaya"},
        },
    ]  # fmt: skip
    assert home(token)["autopay"] == []
    for row in rows:
        bound_accounts.write(Table.PAYMENTS, common | row)
        dynamo.update(
            Table.USERS, binding_key("u1", row["account_id"]), "SET #has_autopay = :on",
            condition=IS_PRESENT, on_conflict=dynamo.conflict, on=True,
        )  # fmt: skip
    first, second = home(token)["autopay"]
    assert first == {
        "account_id": FIRST, "state": "planned", "on": "2026-11-21", "amount": 329308, "text": None
    }  # fmt: skip
    assert (second["account_id"], second["state"], second["text"]) == (SECOND, "left", "Больше ограничения.")
