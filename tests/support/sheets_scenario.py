"""What the tests of the sheets have in common."""

from typing import Any

from cabinet.billing.model import Amounts
from tests.support.app_client import AppClient

ACCOUNT = "/api/accounts/uk-test:1234567899"
MONTH = {"kind": "obedinennaya", "kind_title": "Объединённая"}


def amounts(debt: int = 0, paid: int = 0, charged: int = 0, total: int | None = None) -> Amounts:
    return Amounts(
        debt=debt, paid=paid, charged=charged, total=debt + paid + charged if total is None else total
    )


def summary_of(client: AppClient) -> Any:
    answer = client.get(f"{ACCOUNT}/summary")
    assert answer.status_code == 200, answer.text
    return answer.json()
