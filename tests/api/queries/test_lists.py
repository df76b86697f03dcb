"""Payments and documents, page by page."""

from datetime import date

from cabinet.accounts.model import Account
from cabinet.billing.model import AccountPayment, Receipt
from tests.support.app_client import AppClient
from tests.support.factories import bound_accounts
from tests.support.sheets_scenario import ACCOUNT, MONTH, amounts


def test_payments_of_2012_are_as_the_manual_shows_them(client: AppClient, account: Account) -> None:
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
    client: AppClient, account: Account
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


def test_documents_are_listed_newest_first(client: AppClient, account: Account) -> None:
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
