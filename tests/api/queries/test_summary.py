"""«Общая информация» with the figures of the manual's screens."""

from datetime import date

from cabinet.accounts.model import Account
from cabinet.billing.model import Preliminary, Receipt
from tests.support.app_client import AppClient
from tests.support.factories import bound_accounts
from tests.support.sheets_scenario import MONTH, amounts, summary_of


def test_september_2019_is_as_the_manual_shows_it(client: AppClient, account: Account) -> None:
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


def test_a_large_debt_is_as_the_manual_shows_it(client: AppClient, account: Account) -> None:
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


def test_billings_own_total_stands_even_where_it_differs(client: AppClient, account: Account) -> None:
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
