"""The sheets through the function's own app, with the figures of the manual's screens."""

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from cabinet.accounts.model import Account
from cabinet.billing import store
from cabinet.billing.model import AccountPayment, Amounts, ChargeLine, Preliminary, Receipt, ServiceLine
from cabinet.core.correlation import HEADER
from cabinet.metering.model import LastReading, Meter, Reading
from tests.support.aws import Aws
from tests.support.factories import bound_accounts

ACCOUNT = "/api/accounts/uk-test:1234567899"
MONTH = {"kind": "obedinennaya", "kind_title": "Объединённая"}


@pytest.fixture
def account(aws: Aws) -> Account:
    bound_accounts.supplier()
    return bound_accounts.account()


@pytest.fixture
def client(account: Account) -> TestClient:
    from queries.app import app

    return bound_accounts.browser(app, bound_accounts.user("u1", account))


def amounts(debt: int = 0, paid: int = 0, charged: int = 0, total: int | None = None) -> Amounts:
    return Amounts(
        debt=debt, paid=paid, charged=charged, total=debt + paid + charged if total is None else total
    )


def summary_of(client: TestClient) -> Any:
    answer = client.get(f"{ACCOUNT}/summary")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_september_2019_is_as_the_manual_shows_it(client: TestClient, account: Account) -> None:
    bound_accounts.receipt(
        account.account_id,
        Receipt(
            **MONTH,
            period="2019-09",
            issued_on=date(2019, 9, 28),
            main=amounts(277992, 0, 51316),
            penalty=amounts(),
            preliminary=Preliminary(period="2019-10", main=23522),
        ),
    )
    assert summary_of(client) == {
        "account": {
            "account_id": "uk-test:1234567899",
            "number": "1234567899",
            "address": "УЛ. КЫШТЫМСКАЯ, 10 - 1010",
            "supplier_name": "ООО «УК Тест»",
        },
        "receipts": [
            {
                "receipt_id": "2019-09-obedinennaya",
                "title": "Квитанция Объединённая за СЕНТЯБРЬ 2019",
                "period": "2019-09",
                "debt": {"main": 277992, "penalty": 0},
                "paid": {"main": 0, "penalty": 0},
                "charged": {"main": 51316, "penalty": 0},
                "total": {"main": 329308, "penalty": 0},
                "preliminary": {"period": "2019-10", "main": 23522, "penalty": 0},
                "payable_with_preliminary": {"main": 352830, "penalty": 0},
                "document_id": "2019-09-obedinennaya",
                "can_pay": True,
                "pay_by": "2019-10-10",
                "unaccounted": 0,
                "left": 329308,
                "left_with_preliminary": 352830,
                "not_payable": 0,
                "payment_note": None,
            }
        ],
        "unaccounted_payments": [],
    }


def test_a_large_debt_is_as_the_manual_shows_it(client: TestClient, account: Account) -> None:
    bound_accounts.receipt(
        account.account_id,
        Receipt(
            **MONTH,
            period="2020-08",
            main=amounts(6442974, -756461, 151830),
            penalty=amounts(),
            preliminary=Preliminary(period="2020-09", main=190464),
        ),
    )
    (receipt,) = summary_of(client)["receipts"]
    assert receipt["paid"]["main"] == -756461
    assert receipt["total"]["main"] == 5838343
    assert receipt["payable_with_preliminary"]["main"] == 6028807


def test_billings_own_total_stands_even_where_it_differs(client: TestClient, account: Account) -> None:
    """February 2018: 0,00 − 485,28 + 539,20 = 539,20."""
    bound_accounts.receipt(
        account.account_id,
        Receipt(
            kind="hvs-i-vo",
            kind_title="ХВС и ВО",
            period="2018-02",
            main=amounts(0, -48528, 53920, total=53920),
            penalty=amounts(),
            preliminary=Preliminary(period="2018-03"),
        ),
    )
    (receipt,) = summary_of(client)["receipts"]
    assert receipt["title"] == "Квитанция ХВС и ВО за ФЕВРАЛЬ 2018"
    assert [receipt[row]["main"] for row in ("debt", "paid", "charged", "total")] == [0, -48528, 53920, 53920]
    assert receipt["payable_with_preliminary"] == {"main": 53920, "penalty": 0}


AUGUST_2020 = [
    ("Содержание и ремонт", 263351, -263351, 263351, 263351, "22,94 руб/м2", "", "114.8 м2"),
    ("Консьерж", 124826, -124826, 133742, 133742, "11,65 руб/м2", "", "114.8 м2"),
    ("ХВС в целях содержания ОИ", 779, -779, 779, 779, "25,16 руб/м3", "0,0187 м3/м2 ОИ", "0.3098 м3"),
    ("Эл/эн в целях содержания ОИ", 13492, -13492, 13492, 13492,
     "2,35 руб/кВт*ч", "2,7770 кВт*ч/м2 ОИ", "57.4139 кВт*ч"),
    ("Взнос В Фонд Капремонта", 94136, -94136, 94136, 94136, "8,20 руб/м2", "", "114.8 м2"),
    ('Обслуж. спец. счета "Кап.ремонт"', 7462, -7462, 7462, 7462, "0,65 руб/м2", "", "114.8 м2"),
    ("Пеня: Взнос В Фонд Капремонта", -1462, 0, 0, -1462, "", "", ""),
    ("Во При Сои", 565, -565, 565, 565, "18,24 руб/м3", "0,0187 м3/м2 ОИ", "0.3098 м3"),
]  # fmt: skip


def august_2020() -> Receipt:
    return Receipt(
        **MONTH,
        period="2020-08",
        main=amounts(503149, -504611, 513527, total=513527),
        penalty=amounts(),
        services=[
            ServiceLine(service=name, debt=debt, paid=paid, charged=charged, total=total)
            for name, debt, paid, charged, total, *_ in AUGUST_2020
        ],
        charges=[
            ChargeLine(
                service=name,
                operation="начисление",
                tariff=tariff,
                norm=norm,
                volume=volume.split()[0],
                unit=volume.split()[1],
                calculation_period="Август 2020",
                amount=charged,
            )
            for name, _, _, charged, _, tariff, norm, volume in AUGUST_2020
            if charged
        ],
    )


def test_the_services_sheet_never_asks_for_less_than_zero(client: TestClient, account: Account) -> None:
    bound_accounts.receipt(account.account_id, august_2020())
    sheet = client.get(f"{ACCOUNT}/services").json()
    (receipt,) = sheet["receipts"]
    assert receipt["total"] == {"debt": 503149, "paid": -504611, "charged": 513527, "total": 513527}
    assert receipt["lines"][6] == {
        "service": "Пеня: Взнос В Фонд Капремонта", "debt": -1462, "paid": 0, "charged": 0, "total": 0,
    }  # fmt: skip
    assert [line["service"] for line in receipt["lines"]] == [line[0] for line in AUGUST_2020]


def test_the_charges_sheet_is_as_the_manual_shows_it(client: TestClient, account: Account) -> None:
    bound_accounts.receipt(account.account_id, august_2020())
    (receipt,) = client.get(f"{ACCOUNT}/charges", params={"period": "2020-08"}).json()["receipts"]
    assert receipt["total"] == 513527
    assert receipt["lines"][2] == {
        "service": "ХВС в целях содержания ОИ",
        "operation": "начисление",
        "tariff": "25,16 руб/м3",
        "norm": "0,0187 м3/м2 ОИ",
        "volume": "0.3098 м3",
        "volume_kind": None,
        "calculation_period": "Август 2020",
        "grounds": "",
        "amount": 779,
    }


def test_how_a_volume_was_found_and_why_it_was_recalculated_are_told(
    client: TestClient, account: Account
) -> None:
    lines = [
        ChargeLine(service="ХВС", operation="начисление", volume_kind="average", amount=500),
        ChargeLine(service="ХВС", operation="перерасчёт", grounds="временное отсутствие, п. 86", amount=-70),
    ]
    bound_accounts.receipt(account.account_id, august_2020().model_copy(update={"charges": lines}))
    (receipt,) = client.get(f"{ACCOUNT}/charges").json()["receipts"]
    assert [(line["volume_kind"], line["grounds"]) for line in receipt["lines"]] == [
        ("average", ""), (None, "временное отсутствие, п. 86"),
    ]  # fmt: skip


def test_the_arrows_stay_within_the_accounts_time(client: TestClient, account: Account) -> None:
    for period in ("2020-06", "2020-07", "2020-08"):
        bound_accounts.receipt(account.account_id, august_2020().model_copy(update={"period": period}))

    def arrows(period: str | None) -> tuple[Any, ...]:
        sheet = client.get(f"{ACCOUNT}/services", params={"period": period} if period else {}).json()
        return sheet["period"], sheet["previous_period"], sheet["next_period"], len(sheet["receipts"])

    assert arrows(None) == ("2020-08", "2020-07", None, 1)
    assert arrows("2020-07") == ("2020-07", "2020-06", "2020-08", 1)
    assert arrows("2020-06") == ("2020-06", None, "2020-07", 1)
    assert arrows("2031-01") == ("2031-01", "2020-08", None, 0)
    assert arrows("1999-01") == ("1999-01", None, "2020-06", 0)


def test_payments_of_2012_are_as_the_manual_shows_them(client: TestClient, account: Account) -> None:
    rows = [
        ("2012-11-08", "2012-11-12", 108236), ("2012-10-08", "2012-11-01", 108236),
        ("2012-09-10", "2012-11-01", 103766), ("2012-08-06", "2012-11-01", 103764),
        ("2012-07-06", "2012-11-01", 94466),
    ]  # fmt: skip
    for received, processed, amount in reversed(rows):
        bound_accounts.payment(
            account.account_id,
            AccountPayment(
                payment_id=f"gorod-{received}",
                kind='оплата "Город"',
                received_on=date.fromisoformat(received),
                processed_on=date.fromisoformat(processed),
                amount=amount,
                status="accounted",
            ),
        )
    assert client.get(f"{ACCOUNT}/payments").json() == {
        "items": [
            {
                "kind": 'оплата "Город"',
                "received_on": received,
                "processed_on": processed,
                "amount": -amount,
                "status": "accounted",
            }
            for received, processed, amount in rows
        ],
        "next": None,
    }


def test_lists_are_read_page_by_page_and_a_cursor_fits_its_list_alone(
    client: TestClient, account: Account
) -> None:
    for day in range(30):
        bound_accounts.payment(
            account.account_id,
            AccountPayment(
                payment_id=str(day), kind="касса", received_on=date(2020, 1, 1 + day), amount=day + 1,
                status="accounted",
            ),
        )  # fmt: skip
    first = client.get(f"{ACCOUNT}/payments").json()
    second = client.get(f"{ACCOUNT}/payments", params={"cursor": first["next"]}).json()
    assert [item["amount"] for item in first["items"] + second["items"]] == [-n for n in range(30, 0, -1)]
    assert second["next"] is None
    for path in ("documents", "payments"):
        for cursor in ("nonsense", first["next"]):
            answer = client.get(f"{ACCOUNT}/{path}", params={"cursor": cursor})
            assert answer.status_code == (200 if (path, cursor) == ("payments", first["next"]) else 422)


def test_documents_are_listed_newest_first(client: TestClient, account: Account) -> None:
    for period, issued in (("2019-08", date(2019, 8, 30)), ("2019-09", date(2019, 9, 28))):
        made = Receipt(**MONTH, period=period, issued_on=issued, main=amounts(), penalty=amounts())
        bound_accounts.receipt(account.account_id, made)
    assert client.get(f"{ACCOUNT}/documents").json() == {
        "items": [
            {
                "document_id": "2019-09-obedinennaya",
                "title": "Квитанция Объединённая за СЕНТЯБРЬ 2019",
                "issued_on": "2019-09-28",
            },
            {
                "document_id": "2019-08-obedinennaya",
                "title": "Квитанция Объединённая за АВГУСТ 2019",
                "issued_on": "2019-08-30",
            },
        ],
        "next": None,
    }


def hot_water(**changes: Any) -> Meter:
    fields: dict[str, Any] = {
        "meter_id": "34230774", "number": "34230774", "service": "ГВС С/У", "place": "С/У", "unit": "м3",
        "installed_on": date(2018, 4, 9), "verify_until": date(2024, 2, 13),
        "calculated_from": date(2018, 4, 9),
        "monthly": {"T1": {f"2019-{month:02d}": "2.000" for month in range(1, 10)}},
        "last": {"T1": LastReading(
            reading_id="r9", value="36.000", taken_on=date(2019, 9, 20), source="billing",
            period="2019-09", delta="2.000", accounted_on=date(2019, 9, 28),
        )},
    }  # fmt: skip
    return Meter(**(fields | changes))


def test_meters_show_average_and_last_reading(client: TestClient, account: Account) -> None:
    bound_accounts.meter(account.account_id, hot_water())
    assert client.get(f"{ACCOUNT}/meters").json()["items"] == [
        {
            "meter_id": "34230774",
            "number": "34230774",
            "service": "ГВС С/У",
            "place": "С/У",
            "unit": "м3",
            "installed_on": "2018-04-09",
            "verify_until": "2024-02-13",
            "calculated_from": "2018-04-09",
            "calculated_to": None,
            "removal_reason": "",
            "average_6_months": "2.000",
            "zones": [{"zone": "T1", "title": "", "last_value": "36.000", "last_taken_on": "2019-09-20"}],
            "last_reading": {
                "zone": "T1",
                "value": "36.000",
                "taken_on": "2019-09-20",
                "accounted_on": "2019-09-28",
                "source": "billing",
            },
        }
    ]
    consumption = client.get(f"{ACCOUNT}/consumption", params={"months": 3}).json()
    assert consumption["meters"][0]["points"] == [
        {"period": f"2019-0{month}", "volume": "2.000"} for month in (7, 8, 9)
    ]


def test_readings_of_a_meter_are_listed_newest_first(client: TestClient, account: Account) -> None:
    bound_accounts.meter(account.account_id, hot_water())
    for month in (8, 9):
        bound_accounts.reading(
            account.account_id,
            Reading(
                reading_id=f"r{month}", meter_id="34230774", zone="T1", value=f"{month}.000",
                taken_on=date(2019, month, 20), accepted_on=date(2019, month, 28), source="billing",
            ),
        )  # fmt: skip
    items = client.get(f"{ACCOUNT}/meters/34230774/readings").json()["items"]
    assert [(item["taken_on"], item["accounted_on"], item["value"]) for item in items] == [
        ("2019-09-20", "2019-09-28", "9.000"), ("2019-08-20", "2019-08-28", "8.000"),
    ]  # fmt: skip
    assert client.get(f"{ACCOUNT}/meters/1/readings").status_code == 404


def test_of_one_days_readings_the_last_handed_in_comes_first(client: TestClient, account: Account) -> None:
    bound_accounts.meter(account.account_id, hot_water())
    for reading_id, hour in (("b", 10), ("a", 12), ("c", 11)):
        bound_accounts.reading(
            account.account_id,
            Reading(
                reading_id=reading_id, meter_id="34230774", zone="T1", value="9.000", source="subscriber",
                taken_on=date(2019, 9, 20), submitted_at=f"2019-09-20T{hour}:00:00+00:00",
            ),
        )  # fmt: skip
    items = client.get(f"{ACCOUNT}/meters/34230774/readings").json()["items"]
    assert [(item["reading_id"], item["counts"]) for item in items] == [
        ("a", True), ("c", False), ("b", False),
    ]  # fmt: skip


def submitted(number: int, value: str, **changes: Any) -> Reading:
    fields: dict[str, Any] = {
        "reading_id": f"{7 * number % 40:02d}", "meter_id": "34230774", "zone": "T1", "value": value,
        "taken_on": date(2019, 9, 20), "source": "subscriber",
        "submitted_at": f"2019-09-20T{10 + number % 10}:00:00+00:00",
    }  # fmt: skip
    return Reading(**(fields | changes))


def test_of_a_day_the_newest_that_stands_of_its_zone_counts(client: TestClient, account: Account) -> None:
    bound_accounts.meter(account.account_id, hot_water())
    for number, (value, status, zone) in enumerate(
        [("77", "replaced", "T1"), ("74", "replaced", "T1"), ("76", "active", "T1"),
         ("79", "withdrawn", "T1"), ("5", "active", "T2")]
    ):  # fmt: skip
        bound_accounts.reading(account.account_id, submitted(9 - number, value, status=status, zone=zone,
            submitted_at=f"2019-09-20T1{number}:00:00+00:00"))  # fmt: skip
    items = client.get(f"{ACCOUNT}/meters/34230774/readings").json()["items"]
    assert [(item["value"], item["counts"]) for item in items] == [
        ("5", True), ("79", False), ("76", True), ("74", False), ("77", False),
    ]  # fmt: skip


@pytest.mark.parametrize(("a_day", "pages"), [(5, [20, 20]), (30, [30, 10]), (24, [24, 16]), (40, [40])])
def test_a_day_is_never_split_over_two_pages(
    client: TestClient, account: Account, a_day: int, pages: list[int]
) -> None:
    bound_accounts.meter(account.account_id, hot_water())
    for number in range(40):
        day, minute = divmod(number, a_day)
        taken_on = date(2019, 9, 20 - day)
        at = f"{taken_on}T10:{minute:02d}:00+00:00"
        bound_accounts.reading(
            account.account_id, submitted(number, f"{number}", taken_on=taken_on, submitted_at=at)
        )
    path = f"{ACCOUNT}/meters/34230774/readings"
    found, cursor = [], None
    while (page := client.get(path, params={"cursor": cursor} if cursor else {}).json())["items"]:
        found.append(page["items"])
        cursor = page["next"]
        if cursor is None:
            break
    assert [len(items) for items in found] == pages
    seen = [int(item["value"]) for items in found for item in items]
    days = [range(first, min(first + a_day, 40)) for first in range(0, 40, a_day)]
    assert seen == [number for day in days for number in reversed(day)]
    counts = [int(item["value"]) for items in found for item in items if item["counts"]]
    assert counts == [day[-1] for day in days]


SHEETS = [
    "summary",
    "services",
    "charges",
    "payments",
    "documents",
    "meters",
    "meters/1/readings",
    "consumption",
]


@pytest.mark.parametrize("sheet", SHEETS)
def test_nobody_reads_anothers_account(client: TestClient, sheet: str) -> None:
    from queries.app import app

    assert bound_accounts.browser(app).get(f"{ACCOUNT}/{sheet}").status_code == 401
    stranger = bound_accounts.browser(app, bound_accounts.user("u2", email="other@example.com"))
    stranger.headers[HEADER] = "one-and-the-same"
    bodies = [
        stranger.get(f"/api/accounts/{account_id}/{sheet}")
        for account_id in ("uk-test:1234567899", "uk-test:1", "nonsense", "a:b:c")
    ]
    assert {answer.status_code for answer in bodies} == {404}
    assert len({answer.text for answer in bodies}) == 1


@pytest.mark.parametrize(
    "path",
    [
        "services?period=2020-13", "services?period=август", "charges?period=%00", "consumption?months=0",
        "consumption?months=x", "consumption?months=99999999999999999999", "payments?cursor=a.b.c",
    ],
)  # fmt: skip
def test_a_wrong_question_is_422(client: TestClient, path: str) -> None:
    answer = client.get(f"{ACCOUNT}/{path}")
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_account_without_receipts_has_empty_sheets(client: TestClient) -> None:
    assert summary_of(client)["receipts"] == []
    empty = {"period": None, "previous_period": None, "next_period": None, "receipts": []}
    assert client.get(f"{ACCOUNT}/services").json() == empty
    assert client.get(f"{ACCOUNT}/charges").json() == empty
    assert client.get(f"{ACCOUNT}/consumption").json() == {"meters": []}


def test_a_month_is_explained_against_the_month_before(client: TestClient, account: Account) -> None:
    for period, tariff, charged in (("2020-07", "25,06 руб/м3", 12530), ("2020-08", "26,06 руб/м3", 13030)):
        charge = ChargeLine(
            service="ХВС", operation="начисление", tariff=tariff, volume="5", unit="м3", amount=charged
        )
        bound_accounts.receipt(
            account.account_id,
            Receipt(
                **MONTH,
                period=period,
                main=amounts(0, 0, charged),
                penalty=amounts(),
                services=[ServiceLine(service="ХВС", charged=charged, total=charged)],
                charges=[charge],
            ),
        )
    answer = client.get(f"{ACCOUNT}/explanation")
    assert answer.json() == {
        "period": "2020-08",
        "previous_period": "2020-07",
        "next_period": None,
        "is_compared": True,
        "total": {"now": 13030, "before": 12530, "change": 500},
        "lines": [
            {
                "service": "ХВС",
                "now": 13030,
                "before": 12530,
                "change": 500,
                "because": [
                    {
                        "kind": "tariff",
                        "amount": 500,
                        "text": "Тариф вырос: было 25,06 руб/м3, стало 26,06 руб/м3",
                    }
                ],
                "charges": [
                    {
                        "service": "ХВС",
                        "operation": "начисление",
                        "tariff": "26,06 руб/м3",
                        "norm": "",
                        "volume": "5 м3",
                        "volume_kind": None,
                        "calculation_period": "",
                        "grounds": "",
                        "amount": 13030,
                    }
                ],
            }
        ],
        "typical": {"median_of_12": None, "same_month_last_year": None},
    }
    first = client.get(f"{ACCOUNT}/explanation?period=2020-07").json()
    assert (first["previous_period"], first["next_period"], first["is_compared"]) == (None, "2020-08", False)


def test_spending_is_told_by_whole_months(
    client: TestClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = {"periods": [], "totals": [], "services": []}
    assert client.get(f"{ACCOUNT}/spending").json() == empty
    for period, service, charged in (
        ("2020-06", "ХВС", 300),
        ("2020-07", "ХВС", 200),
        ("2020-08", "ГВС", 900),
    ):
        bound_accounts.receipt(
            account.account_id,
            Receipt(
                **MONTH,
                period=period,
                main=amounts(0, 0, charged),
                penalty=amounts(),
                services=[ServiceLine(service=service, charged=charged, total=charged)],
            ),
        )
    assert client.get(f"{ACCOUNT}/spending?months=2").json() == {
        "periods": ["2020-07", "2020-08"],
        "totals": [200, 900],
        "services": [{"service": "ГВС", "amounts": [0, 900]}, {"service": "ХВС", "amounts": [200, 0]}],
    }
    # More than one answer of the table holds: the month where it ends may lack a receipt.
    monkeypatch.setattr(store, "KINDS", 1)
    bound_accounts.receipt(
        account.account_id,
        Receipt(
            **(MONTH | {"kind": "other"}),
            period="2020-07",
            main=amounts(0, 0, 50),
            penalty=amounts(),
        ),
    )
    assert client.get(f"{ACCOUNT}/spending?months=2").json()["periods"] == ["2020-08"]
