"""One subscriber binding in many tabs at once, on the local AWS: none twice, never more than twenty."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.support.factories import bound_accounts
from tests.support.local_aws import LocalAws


def test_twenty_is_the_most_however_many_tabs_bind(local_aws: LocalAws) -> None:
    from binding.app import app

    bound_accounts.supplier()
    accounts = [bound_accounts.account(f"70000{n:05d}") for n in range(24)]
    token = bound_accounts.user("u1", *accounts[:17])
    browser = bound_accounts.browser(app, token)

    def bind(number: str) -> Any:
        wanted = {"account_number": number, "house": "10", "flat": "1010"}
        (found,) = browser.post("/api/bindings/search", json=wanted).json()["candidates"]
        body = {"candidate": found["candidate"], "surname": "Иванов"}
        return browser.post("/api/bindings", json=body)

    numbers = [account.number for account in accounts[17:]] * 2
    with ThreadPoolExecutor(7) as threads:
        answers = list(threads.map(bind, numbers))
    assert {answer.status_code for answer in answers} <= {201, 409, 429}
    items = browser.get("/api/bindings").json()["items"]
    made = [answer.json()["account_id"] for answer in answers if answer.status_code == 201]
    assert len(made) == len(set(made))
    assert len(items) == 17 + len(made) <= 20
    assert sum(item["primary"] for item in items) == 1
