"""A new holder: of the account's history before the change nothing comes out of any route but the debt."""

import io
import json
import re
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import pytest

from cabinet.accounts.keys import account_key, binding_key
from cabinet.accounts.model import Account
from cabinet.accounts.new_holder_rules import account_for_new_holder, history_start_for
from cabinet.accounts.store import get_account_and_supplier
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Table
from cabinet.billing.store import list_receipts
from cabinet.core import clock
from cabinet.own_data import archives
from cabinet.receipts.loader import load_document
from tests.support import all_apps
from tests.support.all_apps import Route
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.factories import bound_accounts, successions
from tests.support.factories.successions import ACCOUNT_ID, CHANGED_ON, FORMER_SUM, FORMER_VOLUME, LAST_VALUE

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
NAMES = {
    "account_id": ACCOUNT_ID, "meter_id": "m1", "document_id": "2025-12-zhku", "supplier_id": "uk-test",
}  # fmt: skip
LAST_READING = {"/api/accounts/{account_id}/meters", "/api/accounts/{account_id}/readings/form"}
"""Where the last reading is shown, with its day: the next one counts from it."""
MARKS = (
    "2025",
    str(FORMER_SUM),
    str(FORMER_SUM - 1),
    FORMER_VOLUME,
    FORMER_VOLUME.replace(".", ","),
    "71137",
)
RANDOM_IDENTIFIER = re.compile(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
"""A request's or a session's number and a UUID: four of their digits may be any year."""
ROUTES = [route for route in all_apps.routes() if route.method == "GET" and route.function != "staff"]


@pytest.fixture
def new_holder(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> AppClient:
    """Who has bound the account by the new holder's surname, signed in to everything."""
    monkeypatch.setattr(clock, "now", lambda: datetime(2025, 12, 1, tzinfo=UTC))
    successions.write_former_time()
    successions.change_holder()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    successions.write_new_time()
    return bind(bound_accounts.user("u2"), "Петрова")


def bind(token: str, surname: str) -> AppClient:
    browser = bound_accounts.browser(all_apps.site(), token)
    search = {"account_number": "1234567899", "house": "10", "flat": "1010"}
    (found,) = browser.post("/api/bindings/search", json=search).json()["candidates"]
    bound = browser.post("/api/bindings", json={"candidate": found["candidate"], "surname": surname})
    assert bound.status_code == 201, bound.text
    return browser


def get(browser: AppClient, sheet: str, **query: str) -> Any:
    answer = browser.get(f"/api/accounts/{ACCOUNT_ID}/{sheet}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ask(browser: AppClient, route: Route, **headers: str) -> Any:
    path = route.path.format(**{name: NAMES.get(name, "none") for name in route.names})
    return browser.get(path, headers=headers, follow_redirects=False)


def marks_in(text: str) -> list[str]:
    """The marks that the text shows. Digits of a random identifier are none."""
    without_identifiers = RANDOM_IDENTIFIER.sub("", text)
    return [mark for mark in MARKS if mark in without_identifiers]


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_no_route_shows_the_former_holders_time(new_holder: AppClient, route: Route) -> None:
    answer = ask(new_holder, route)
    assert answer.status_code < 500, answer.text
    shown = answer.text
    if route.path in LAST_READING:
        assert f'"{LAST_VALUE}"' in shown
        shown = shown.replace('"2025-12-20"', "")
    assert marks_in(shown) == []


def test_digits_of_a_random_identifier_are_no_mark() -> None:
    instance = '"instance": "urn:cabinet:request:e9202571137c4b0e8d2f6a5c1b3d7e90"'
    assert marks_in(instance) == []
    assert marks_in(f'{instance}, "taken_on": "2025-12-01"') == ["2025"]


def test_the_walk_would_find_what_is_shown(new_holder: AppClient) -> None:
    """With the supplier's leave the same routes show it: the walk looks where history is."""
    successions.let_new_holder_see_history()
    telling = {route.path for route in ROUTES if marks_in(ask(new_holder, route).text)}
    sheets = {
        "summary", "explanation", "spending", "payments", "documents", "meters",
        "meters/{meter_id}/readings", "consumption", "consumption.csv", "green-button.xml", "readings/form",
    }  # fmt: skip
    assert telling >= {f"/api/accounts/{{account_id}}/{sheet}" for sheet in sheets} | {
        "/api/home", "/api/notices",
    }  # fmt: skip
    assert ask(new_holder, next(each for each in ROUTES if each.path.endswith("/pdf"))).status_code == 200
    assert get(new_holder, "services", period="2025-12")["receipts"]


def test_a_program_of_the_new_holder_gets_no_more_than_they_do(new_holder: AppClient) -> None:
    wish = {"name": "Дом", "scopes": ["read:debts", "read:meters"], "expires_on": "2026-12-31"}
    secret = new_holder.post("/api/profile/tokens", json=wish).json()["token"]
    program = bound_accounts.browser(all_apps.site())
    opened = set()
    for route in ROUTES:
        answer = ask(program, route, Authorization=f"Bearer {secret}")
        if answer.status_code == 200:
            opened.add(route.path)
            hidden = answer.text.replace('"2025-12-20"', "") if route.path in LAST_READING else answer.text
            assert marks_in(hidden) == [], route
    assert len(opened & {each.path for each in ROUTES if "{account_id}" in each.path}) >= 9


def test_the_sheets_begin_with_the_month_of_the_change(new_holder: AppClient) -> None:
    services = get(new_holder, "services", period="2026-01")
    assert (services["previous_period"], services["next_period"]) == (None, "2026-02")
    for sheet in ("services", "charges", "explanation"):
        hidden = get(new_holder, sheet, period="2025-12")
        assert hidden.get("receipts", hidden.get("lines")) == []
        assert hidden["previous_period"] is None
    explained = get(new_holder, "explanation", period="2026-01")
    assert (explained["is_compared"], explained["typical"]["same_month_last_year"]) == (False, None)
    assert get(new_holder, "explanation")["is_compared"] is True
    assert get(new_holder, "spending")["periods"] == ["2026-01", "2026-02"]
    assert [each["received_on"] for each in get(new_holder, "payments")["items"]] == ["2026-02-20"]
    documents = get(new_holder, "documents")["items"]
    assert [each["document_id"] for each in documents] == ["2026-02-zhku", "2026-01-zhku"]
    assert [each["meter_id"] for each in get(new_holder, "meters")["items"]] == ["m1"]
    (binding,) = new_holder.get("/api/bindings").json()["items"]
    assert binding["history_from"] == CHANGED_ON


def test_the_debt_is_brought_forward_and_can_be_paid(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 1, 20, tzinfo=UTC))
    successions.write_former_time()
    successions.change_holder()
    browser = bind(bound_accounts.user("u2"), "Петрова")
    shown = get(browser, "summary")
    (owed,) = shown["receipts"]
    assert (owed["total"]["main"], owed["debt"]["main"], owed["left"]) == (
        FORMER_SUM,
        FORMER_SUM,
        FORMER_SUM - 100,
    )
    assert (owed["paid"]["main"], owed["charged"]["main"], owed["document_id"]) == (0, 0, None)
    assert (shown["unaccounted_payments"], owed["can_pay"]) == ([], True)
    home = browser.get("/api/home").json()
    assert (home["summary"], home["to_pay"]) == (shown, FORMER_SUM - 100)
    assert home["flats"][0]["charged"] is None
    assert get(browser, "services") == {
        "period": None, "previous_period": None, "next_period": None, "receipts": [],
    }  # fmt: skip

    def add(receipt_id: str) -> int:
        new = {"account_id": ACCOUNT_ID, "receipt_id": receipt_id, "with_preliminary": False}
        return browser.post("/api/cart/items", json=new).status_code

    assert (add("2025-11-zhku"), add("2025-12-zhku")) == (404, 201)


def test_a_reading_is_handed_in_on_top_of_the_former_holders_last(new_holder: AppClient) -> None:
    (meter,) = get(new_holder, "readings/form")["meters"]
    zone = meter["zones"][0]
    assert (zone["last_value"], zone["handed_in"], meter["average_6_months"]) == (LAST_VALUE, None, None)

    def hand_in(value: str, key: str, **more: bool) -> Any:
        body = {"taken_on": "2026-03-02", "readings": [{"meter_id": "m1", "value": value} | more]}
        where = f"/api/accounts/{ACCOUNT_ID}/readings"
        return new_holder.post(where, json=body, headers={"Idempotency-Key": key})

    doubtful = hand_in("490.5", "k1")
    assert doubtful.status_code == 409, doubtful.text
    (preview,) = doubtful.json()["previews"]
    assert (preview["delta"], preview["average"], preview["last_amount"]) == ("370.000", None, None)
    assert "в последней квитанции" not in hand_in("99999", "k2").text
    accepted = hand_in("130.5", "k3").json()["accepted"]
    assert [each["delta"] for each in accepted] == ["10.000"]
    assert marks_in(json.dumps(get(new_holder, "readings/form"))) == []


def test_a_notice_on_the_accounts_own_board_stays_with_whom_it_was_for(new_holder: AppClient) -> None:
    assert new_holder.get("/api/notices").json()["items"] == []
    assert new_holder.get("/api/home").json()["counters"]["notices"] == 0
    for number in range(25):
        successions.publish(f"Новое {number}")
    page = new_holder.get("/api/notices").json()
    assert (len(page["items"]), page["items"][0]["title"]) == (20, "Новое 24")
    rest = new_holder.get("/api/notices", params={"cursor": page["next"]}).json()
    assert [each["title"] for each in rest["items"]] == [f"Новое {number}" for number in range(4, -1, -1)]
    assert rest["next"] is None
    assert new_holder.get("/api/home").json()["counters"]["notices"] == 20
    assert new_holder.post("/api/notices/read-all").status_code == 204
    assert new_holder.get("/api/home").json()["counters"]["notices"] == 0


def test_the_archive_of_ones_data_has_nothing_of_the_former_holders_time(
    new_holder: AppClient, aws: Aws
) -> None:
    def account_file() -> str:
        for item in aws.client("s3").list_objects_v2(Bucket=bucket).get("Contents", []):
            aws.client("s3").delete_object(Bucket=bucket, Key=item["Key"])
        archives.request_archive("u2", clock.now(), "198.51.100.7")
        row = next(each for each in aws.rows("USERS_TABLE") if each["sk"] == "ARCHIVE")
        assert archives.make_archive("u2", row["archive_id"], clock.now())
        (stored,) = aws.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
        content = aws.client("s3").get_object(Bucket=bucket, Key=stored["Key"])["Body"].read()
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            return opened.read("accounts/uk-test-1234567899.json").decode()

    bucket = aws.environment["DOCUMENTS_BUCKET"]
    held = account_file()
    assert marks_in(held) == []
    shown = json.loads(held)
    counts = [len(shown[kind]) for kind in ("receipts", "payments", "meters", "readings")]
    assert counts == [2, 1, 1, 1]
    successions.let_new_holder_see_history()
    assert set(marks_in(account_file())) >= {"2025", str(FORMER_SUM), FORMER_VOLUME}


def test_a_printed_receipt_names_no_payment_and_no_month_of_before(new_holder: AppClient) -> None:
    account, supplier = shown_account()
    (receipt,) = list_receipts(ACCOUNT_ID, "2026-01")
    document = load_document(account, supplier, receipt)
    assert document.last_payment is None
    whole = load_document(account.model_copy(update={"shown_from": None}), supplier, receipt)
    assert whole.last_payment is not None
    (february,) = list_receipts(ACCOUNT_ID, "2026-02")
    assert load_document(account, supplier, february).last_payment is not None


def shown_account() -> tuple[Account, Supplier]:
    account, supplier = get_account_and_supplier(ACCOUNT_ID)
    binding = dynamo.get(Table.USERS, binding_key("u2", ACCOUNT_ID)) or {}
    return account_for_new_holder(account, history_start_for(binding, account, supplier)), supplier


def test_a_cursor_from_before_the_setting_changed_does_not_go_on(new_holder: AppClient) -> None:
    successions.let_new_holder_see_history()
    for number in range(30):
        successions.import_payment(f"2025-{number % 9 + 1:02}-{number % 28 + 1:02}", 5)
    following = get(new_holder, "payments")["next"]
    assert following is not None
    successions.let_new_holder_see_history(is_seen=False)
    stale = new_holder.get(f"/api/accounts/{ACCOUNT_ID}/payments", params={"cursor": following})
    assert stale.status_code == 422


def test_who_had_it_bound_before_and_gives_the_new_surname_sees_on(aws: Aws) -> None:
    """The same person under another surname, or one of the family: they have seen it all."""
    successions.write_former_time()
    browser = bind(bound_accounts.user("u1"), "Иванов")
    successions.change_holder()
    assert browser.get(f"/api/accounts/{ACCOUNT_ID}/payments").status_code == 403
    confirmed = browser.post(f"/api/bindings/{ACCOUNT_ID}/confirmation", json={"surname": "Петрова"})
    assert (confirmed.status_code, confirmed.json()["history_from"]) == (200, None)
    assert len(get(browser, "payments")["items"]) == 2


def test_between_two_holders_of_ones_own_lies_a_gap(aws: Aws) -> None:
    """Bound under the first, confirmed under the third: the second one's time was never theirs."""
    successions.write_former_time()
    browser = bind(bound_accounts.user("u1"), "Иванов")
    successions.change_holder()
    row = dynamo.get(Table.ACCOUNTS, account_key(ACCOUNT_ID)) or {}
    former = row["former_holders"] | {"second": {"ended_on": "2026-02-10", "last_period": "2026-01"}}
    successions.change_account(holder="Сидоров", holder_since="2026-02-10", former_holders=former)
    confirmed = browser.post(f"/api/bindings/{ACCOUNT_ID}/confirmation", json={"surname": "Сидоров"})
    assert confirmed.json()["history_from"] == "2026-02-10"


@pytest.mark.parametrize(("bound_at", "seen"), [("2025-06-01T00:00:00Z", 3), ("2026-02-01T00:00:00Z", 1)])
def test_a_binding_older_than_this_record_is_decided_by_its_day(
    new_holder: AppClient, bound_at: str, seen: int
) -> None:
    row = dynamo.get(Table.USERS, binding_key("u2", ACCOUNT_ID)) or {}
    del row["history_from"]
    changed = row | {"bound_at": bound_at}
    dynamo.put(Table.USERS, changed, condition=IS_PRESENT, on_conflict=AssertionError)  # type: ignore[arg-type]
    assert len(get(new_holder, "payments")["items"]) == seen


def test_an_account_whose_holder_never_changed_shows_everything(aws: Aws) -> None:
    successions.write_former_time()
    browser = bind(bound_accounts.user("u1"), "Иванов")
    (binding,) = browser.get("/api/bindings").json()["items"]
    assert binding["history_from"] is None
    assert get(browser, "services")["previous_period"] is not None
    assert get(browser, "meters/m1/readings")["items"][0]["taken_on"] == date(2025, 12, 20).isoformat()
