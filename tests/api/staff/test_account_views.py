"""«Глазами абонента»: the resident's own answers, each look noted; readings that are said by telephone."""

from typing import Any

import pytest

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.billing.model import AccountPayment, Receipt
from cabinet.identity.security_log import list_events
from cabinet.metering.export_queue import pending_lines, queue_key
from cabinet.staff.model import Role
from tests.support import desk_scenarios
from tests.support.desk import Desk, Person
from tests.support.desk_scenarios import ACCOUNT, SUPPLIER
from tests.support.factories import bound_accounts

PATH = f"/api/staff/accounts/{ACCOUNT}"
OWN = f"/api/accounts/{ACCOUNT}"
SHEETS = (
    "/summary", "/services", "/services?period=2026-01", "/charges", "/payments", "/meters",
    "/meters/34230774/readings", "/readings/form",
)  # fmt: skip
READING = {"meter_id": "34230774", "value": "38"}


@pytest.fixture
def operator(desk: Desk) -> Person:
    """An operator; the account has a receipt, a payment and a meter."""
    desk_scenarios.world()
    lines = [{"service": "Отопление", "charged": 150000, "total": 150000, "debt": 0, "paid": 0}]
    receipt = Receipt.model_validate(
        {
            "kind": "main", "kind_title": "Квитанция", "period": "2026-02", "receipt_id": "2026-02-main",
            "main": {"debt": 0, "paid": 0, "charged": 150000, "total": 150000}, "services": lines,
            "penalty": {"debt": 0, "paid": 0, "charged": 0, "total": 0},
        }
    )  # fmt: skip
    bound_accounts.receipt(ACCOUNT, receipt)
    paid = {
        "payment_id": "p1",
        "kind": "Банк",
        "received_on": "2026-02-10",
        "amount": -5000,
        "status": "accounted",
    }
    bound_accounts.payment(ACCOUNT, AccountPayment.model_validate(paid))
    desk_scenarios.meter_of(ACCOUNT)
    return desk.signed_in(Role.OPERATOR, suppliers=(SUPPLIER,))


def events(user_id: str = "u1") -> list[str]:
    return [each["what"] for each in list_events(user_id)]


def hand_in(person: Person, key: str = "k1", **changes: Any) -> Any:
    form = {"taken_on": "2026-03-01", "readings": [READING], "reason": "Звонок"} | changes
    return person.browser.post(f"{PATH}/readings", json=form, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_sheet_is_what_the_resident_sees(operator: Person, sheet: str) -> None:
    from queries.app import app as of_queries
    from readings.app import app as of_readings

    app = of_readings if sheet.startswith("/readings") else of_queries
    resident = bound_accounts.browser(app, bound_accounts.sign_in("u1"))
    own = resident.get(f"{OWN}{sheet}")
    assert own.status_code == 200
    assert operator.browser.get(f"{PATH}{sheet}").json() == own.json()


def test_a_read_access_is_audited_with_its_sheet(desk: Desk, operator: Person) -> None:
    operator.browser.get(f"{PATH}/charges")
    entry = desk.last_entry()
    assert (entry.action, entry.about) == ("ACCOUNT_SHOWN", f"account:{ACCOUNT}")
    assert entry.after == {"sheet": "charges"}


def test_the_resident_sees_one_look_for_all_that_is_looked_at_in_a_minute(
    desk: Desk, operator: Person
) -> None:
    for sheet in ("", "/summary", "/meters", "/charges"):
        assert operator.browser.get(f"{PATH}{sheet}").status_code == 200
    assert events() == ["Сотрудник организации просмотрел лицевой счёт"]
    assert len([each for each in desk.audit() if each.action == "ACCOUNT_SHOWN"]) == 4
    desk.wait(minutes=1)
    operator.browser.get(f"{PATH}/meters")
    assert len(events()) == 2


@pytest.mark.parametrize("path", ["/meters/nobody/readings", "/payments?cursor=forged"])
def test_what_is_not_there_is_not_shown(operator: Person, path: str) -> None:
    assert operator.browser.get(f"{PATH}{path}").status_code in (404, 422)


def test_payments_and_readings_go_on_page_by_page(operator: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    paid = {
        "payment_id": "p2",
        "kind": "Банк",
        "received_on": "2026-01-10",
        "amount": -7000,
        "status": "accounted",
    }
    bound_accounts.payment(ACCOUNT, AccountPayment.model_validate(paid))
    real = dynamo.query
    monkeypatch.setattr(dynamo, "query", lambda *a, **named: real(*a, **(named | {"limit": 1})))
    first = operator.browser.get(f"{PATH}/payments").json()
    second = operator.browser.get(f"{PATH}/payments", params={"cursor": first["next"]}).json()
    assert [each["amount"] for page in (first, second) for each in page["items"]] == [5000, 7000]


def test_readings_by_telephone_stand_as_the_staffs_with_the_reason(desk: Desk, operator: Person) -> None:
    answer = hand_in(operator)
    assert answer.status_code == 201
    assert answer.json()["accepted"][0]["value"] == "38.000"
    entry = desk.last_entry()
    assert (entry.action, entry.reason) == ("READINGS_TAKEN", "Звонок")
    assert entry.after["readings"] == [{"meter_id": "34230774", "zone": "T1", "value": "38.000"}]
    assert events()[0] == "Сотрудник организации принял показания по телефону"
    shown = operator.browser.get(f"{PATH}/meters/34230774/readings").json()["items"]
    assert (shown[0]["source"], shown[0]["value"]) == ("staff", "38.000")
    (line,) = pending_lines(dynamo.get(Table.ACCOUNTS, queue_key(ACCOUNT)) or {})
    assert (line["source"], line["value"]) == ("staff", "38.000")


def test_the_same_form_again_counts_once(desk: Desk, operator: Person) -> None:
    first = hand_in(operator).json()
    before = len(desk.audit())
    assert hand_in(operator).json() == first
    assert len(desk.audit()) == before
    assert hand_in(operator, reason="Другое").json()["code"] == "idempotency_conflict"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"readings": [READING | {"value": "35"}]}, 422, "lower_than_last"),
        ({"readings": [READING | {"value": "100"}]}, 409, "confirmation_needed"),
        ({"readings": [READING | {"value": "30000"}]}, 422, "implausible"),
        ({"readings": [READING | {"meter_id": "nobody"}]}, 422, "meter_unknown"),
        ({"taken_on": "2026-03-09"}, 422, "date_in_future"),
        ({"reason": " "}, 422, "required"),
        ({"reason": "а" * 501}, 422, "too_long"),
    ],
)
def test_the_residents_own_rules_hold(
    desk: Desk, operator: Person, changes: dict[str, Any], status: int, code: str
) -> None:
    before = len(desk.audit())
    answer = hand_in(operator, **changes)
    told = answer.json()
    codes = {told["code"], *(each["code"] for each in told.get("errors", []))}
    assert answer.status_code == status, told
    assert code in codes, told
    assert len(desk.audit()) == before


def test_a_doubtful_reading_is_confirmed(operator: Person) -> None:
    assert hand_in(operator, readings=[READING | {"value": "100", "confirmed": True}]).status_code == 201


def test_a_closed_account_takes_no_readings(desk: Desk, operator: Person) -> None:
    accounts = desk.aws.table("ACCOUNTS_TABLE")
    key = {"pk": f"ACCOUNT#{SUPPLIER}#1234567899", "sk": "ACCOUNT"}
    accounts.put_item(Item=accounts.get_item(Key=key)["Item"] | {"closed_on": "2026-02-01"})
    answer = hand_in(operator)
    assert (answer.status_code, answer.json()["code"]) == (409, "account_closed")


def test_an_unknown_account_takes_no_readings(operator: Person) -> None:
    form = {"taken_on": "2026-03-01", "readings": [READING], "reason": "а"}
    answer = operator.browser.post(
        f"/api/staff/accounts/{SUPPLIER}:404/readings", json=form, headers={"Idempotency-Key": "k"}
    )
    assert answer.status_code == 404
