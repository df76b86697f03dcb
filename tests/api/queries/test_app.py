"""Who may ask what of the sheets."""

import pytest

from cabinet.core.correlation import HEADER
from tests.support.app_client import AppClient
from tests.support.factories import bound_accounts
from tests.support.sheets_scenario import ACCOUNT, summary_of

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
def test_nobody_reads_anothers_account(client: AppClient, sheet: str) -> None:
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
def test_a_wrong_question_is_422(client: AppClient, path: str) -> None:
    answer = client.get(f"{ACCOUNT}/{path}")
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_account_without_receipts_has_empty_sheets(client: AppClient) -> None:
    assert summary_of(client)["receipts"] == []
    empty = {"period": None, "previous_period": None, "next_period": None, "receipts": []}
    assert client.get(f"{ACCOUNT}/services").json() == empty
    assert client.get(f"{ACCOUNT}/charges").json() == empty
    assert client.get(f"{ACCOUNT}/consumption").json() == {"meters": []}
