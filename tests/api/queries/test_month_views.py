"""The sheets of a month: services, charges, what has changed, spending."""

from typing import Any

import pytest

from cabinet.accounts.model import Account
from cabinet.billing import store
from cabinet.billing.model import ChargeLine, Receipt, ServiceLine
from tests.support.app_client import AppClient
from tests.support.factories import bound_accounts
from tests.support.sheets_scenario import ACCOUNT, MONTH, amounts

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


def test_the_services_sheet_never_asks_for_less_than_zero(client: AppClient, account: Account) -> None:
    bound_accounts.receipt(account.account_id, august_2020())
    sheet = client.get(f"{ACCOUNT}/services").json()
    (receipt,) = sheet["receipts"]
    assert receipt["total"] == {"debt": 503149, "paid": -504611, "charged": 513527, "total": 513527}
    assert receipt["lines"][6] == {
        "service": "Пеня: Взнос В Фонд Капремонта", "debt": -1462, "paid": 0, "charged": 0, "total": 0,
    }  # fmt: skip
    assert [line["service"] for line in receipt["lines"]] == [line[0] for line in AUGUST_2020]


def test_the_charges_sheet_is_as_the_manual_shows_it(client: AppClient, account: Account) -> None:
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
    client: AppClient, account: Account
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


def test_the_arrows_stay_within_the_accounts_time(client: AppClient, account: Account) -> None:
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


def test_a_month_is_explained_against_the_month_before(client: AppClient, account: Account) -> None:
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
    client: AppClient, account: Account, monkeypatch: pytest.MonkeyPatch
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
    monkeypatch.setattr(store, "MAX_KINDS", 1)
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
