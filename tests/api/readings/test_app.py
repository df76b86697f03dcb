"""Handing in readings through the function's own app: form, confirmation, replacing, withdrawing."""

import json
from datetime import date
from typing import Any

import pytest

from cabinet.accounts.keys import account_partition, supplier_key
from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import ReadingWindow
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Table
from cabinet.billing.model import Amounts, ChargeLine, Receipt
from cabinet.core.errors import Conflict
from cabinet.metering import store
from cabinet.metering.export_queue import pending_lines, queue_key
from cabinet.metering.model import Meter, ZoneReading
from cabinet.web.auth import COOKIE
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.dynamo_cost import measured
from tests.support.factories import bound_accounts

ACCOUNT = "/api/accounts/uk-test:1234567899"
READINGS = f"{ACCOUNT}/readings"


def meter_of(meter_id: str = "34230774", **changes: Any) -> Meter:
    fields: dict[str, Any] = {
        "meter_id": meter_id, "number": meter_id, "service": "ГВС С/У", "place": "С/У", "unit": "м3",
        "monthly": {"T1": {f"2026-0{month}": "2.000" for month in range(1, 10)}},
        "last": {"T1": ZoneReading(reading_id="r9", value="36.000", taken_on=date(2026, 9, 20),
                                   source="billing", period="2026-09", delta="2.000")},
    }  # fmt: skip
    return Meter(**(fields | changes))


@pytest.fixture
def account(aws: Aws, time_machine: Any) -> Account:
    time_machine.move_to("2026-10-20T10:00:00+05:00", tick=True)
    bound_accounts.supplier(reading_window=ReadingWindow())
    made = bound_accounts.account()
    bound_accounts.meter(made.account_id, meter_of())
    return made


@pytest.fixture
def client(account: Account) -> AppClient:
    from readings.app import app

    return bound_accounts.browser(app, bound_accounts.user("u1", account))


_keys = iter(range(10_000))


def hand_in(client: AppClient, *rows: dict[str, Any], key: str | None = None, **more: Any) -> Any:
    body = {"taken_on": "2026-10-20", "readings": list(rows)} | more
    return client.post(READINGS, json=body, headers={"Idempotency-Key": key or f"key-{next(_keys)}"})


def move_to(client: AppClient, time_machine: Any, moment: str) -> None:
    time_machine.move_to(moment)
    client.headers["Cookie"] = f"{COOKIE}={bound_accounts.sign_in('u1')}"


def row(value: object = None, meter_id: str = "34230774", **more: Any) -> dict[str, Any]:
    return {"meter_id": meter_id} | ({} if value is None else {"value": value}) | more


def stored_meter(meter_id: str = "34230774") -> Meter:
    item = dynamo.get(Table.ACCOUNTS, (account_partition("uk-test:1234567899"), f"METER#{meter_id}"))
    return Meter.model_validate(item)


def history() -> list[tuple[str, str, str]]:
    page = dynamo.query(Table.ACCOUNTS, account_partition("uk-test:1234567899"), begins="READING#")
    return sorted((item["submitted_at"], item["value"], item["status"]) for item in page.items)


def waiting_lines() -> list[dict[str, Any]]:
    return pending_lines(dynamo.get(Table.ACCOUNTS, queue_key("uk-test:1234567899")) or {})


def emails(aws: Aws) -> list[dict[str, Any]]:
    return aws.rows("MESSAGES_TABLE")


def test_the_form_shows_meters_and_the_window(client: AppClient) -> None:
    with measured() as cost:
        answer = client.get(f"{READINGS}/form")
    assert len(cost.operations) <= 2
    assert cost.read_units <= 6
    form = answer.json()
    assert form["window"]["opens_on"] == "2026-10-15"
    assert form["window"]["closes_on"] == "2026-10-25"
    assert form["window"]["open"] is True
    assert form["meters"] == [
        {
            "meter_id": "34230774", "number": "34230774", "service": "ГВС С/У", "place": "С/У", "unit": "м3",
            "digits": 5, "decimals": 3, "verify_until": None, "average_6_months": "2.000",
            "tariff": None,
            "zones": [
                {
                    "zone": "T1", "title": "", "last_value": "36.000", "last_taken_on": "2026-09-20",
                    "handed_in": None,
                }
            ],
            "accepts": True, "refusal": None, "refusal_code": None,
        }
    ]  # fmt: skip


def test_a_reading_stands_in_three_round_trips(client: AppClient, aws: Aws) -> None:
    client.get(f"{READINGS}/form")
    with measured() as cost:
        answer = hand_in(client, row("38,5"))
    assert answer.status_code == 201, answer.text
    assert cost.operations == ["BatchGetItem", "TransactWriteItems"]  # and the message that wakes the mailer
    (accepted,) = answer.json()["accepted"]
    assert accepted | {"reading_id": ""} == {
        "reading_id": "", "meter_id": "34230774", "zone": "T1", "value": "38.500", "delta": "2.500",
        "period": "2026-10", "replaces": None,
    }  # fmt: skip
    meter = stored_meter()
    assert meter.last["T1"].value == "38.500"
    assert meter.monthly["T1"]["2026-10"] == "2.500"
    (line,) = waiting_lines()
    assert (line["ls"], line["meter_no"], line["value"], line["source"]) == (
        "1234567899", "34230774", "38.500", "subscriber",
    )  # fmt: skip
    (email,) = emails(aws)
    assert email["template"] == "readings_accepted"
    assert answer.json()["number"] in email["params"]


def test_a_submission_is_dated_by_the_suppliers_own_day(client: AppClient, time_machine: Any) -> None:
    move_to(client, time_machine, "2026-10-21T01:00:00+05:00")
    assert client.get(f"{READINGS}/form").json()["window"]["today"] == "2026-10-21"
    assert hand_in(client, row("38.5")).json()["number"].startswith("261021-")


@pytest.mark.parametrize("typed", ["38.5", "38,5", 38.5, " 38,500 ", "３８．５", "\u206838,5\u200b\u2069"])
def test_a_number_may_be_typed_in_many_ways(client: AppClient, typed: object) -> None:
    assert hand_in(client, row(typed)).json()["accepted"][0]["value"] == "38.500"


def test_a_change_does_as_well_as_a_value(client: AppClient) -> None:
    (accepted,) = hand_in(client, row(delta="2.5")).json()["accepted"]
    assert (accepted["value"], accepted["delta"]) == ("38.500", "2.500")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "not_a_number"), ("abc", "not_a_number"), ("NaN", "not_a_number"), ("1e308", "not_a_number"),
        (1e308, "too_many_digits"), ("-5", "negative"), (-5, "negative"), ("123456", "too_many_digits"),
        ("38.1234", "too_many_decimals"), ("35.999", "lower_than_last"), (0, "lower_than_last"),
        ("12³", "not_a_number"), ("٣٨", "not_a_number"), ("1" * 401, "too_long"),
    ],
)  # fmt: skip
def test_a_wrong_number_is_told_beside_its_field(client: AppClient, typed: object, code: str) -> None:
    answer = hand_in(client, row(typed))
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert answer.json()["errors"][0]["field"] == "readings[0].value"
    assert history() == []


@pytest.mark.parametrize(
    "raw", ["NaN", "Infinity", "-Infinity", "1e999", "true", "null", "{}", "[1]", "9" * 5000]
)
def test_json_that_is_no_number_is_a_4xx(client: AppClient, raw: str) -> None:
    body = json.dumps({"taken_on": "2026-10-20", "readings": [row("@")]}).replace('"@"', raw)
    headers = {"Idempotency-Key": "raw", "Content-Type": "application/json"}
    answer = client.post(READINGS, content=body, headers=headers)
    assert answer.status_code in (400, 422), answer.text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"taken_on": "2026-10-21"}, "taken_on"), ({"taken_on": "2026-09-01"}, "taken_on"),
        ({"taken_on": "20.10.2026"}, "taken_on"), ({"taken_on": 1}, "taken_on"),
        ({"taken_on": "2026-02-30"}, "taken_on"), ({"readings": []}, "readings"),
        ({"readings": "x"}, "readings"),
        ({"readings": [{"meter_id": "1", "value": "1"}]}, "readings[0].meter_id"),
        ({"readings": [{"meter_id": "a#b", "value": "1"}]}, "readings[0].meter_id"),
        ({"readings": [{"meter_id": "34230774"}]}, "readings[0].value"),
        ({"readings": [{"meter_id": "34230774", "value": "37", "delta": "1"}]}, "readings[0].value"),
        ({"readings": [{"meter_id": "34230774", "value": "37", "zone": "T2"}]}, "readings[0].zone"),
        ({"readings": [{"meter_id": "34230774", "value": "37"}] * 2}, "readings[1].zone"),
        ({"readings": [{"meter_id": "34230774", "value": "37"}] * 31}, "readings"),
    ],
)  # fmt: skip
def test_a_wrong_form_is_told_field_by_field(client: AppClient, changes: dict[str, Any], field: str) -> None:
    answer = hand_in(client, row("37"), **changes)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field
    assert history() == []


def test_all_rows_stand_or_none(client: AppClient, account: Account) -> None:
    bound_accounts.meter(account.account_id, meter_of("757243"))
    answer = hand_in(client, row("38"), row("1", "757243"))
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["readings[1].value"]
    assert history() == []
    assert len(hand_in(client, row("38"), row("37", "757243")).json()["accepted"]) == 2


def test_zones_are_called_as_people_know_them(client: AppClient, account: Account) -> None:
    bound_accounts.meter(account.account_id, meter_of("two", zones=2, monthly={}))
    bound_accounts.meter(account.account_id, meter_of("three", zones=3, monthly={}))
    meters = client.get(f"{READINGS}/form").json()["meters"]
    assert {meter["meter_id"]: [zone["title"] for zone in meter["zones"]] for meter in meters} == {
        "34230774": [""],
        "two": ["Т1 (день)", "Т2 (ночь)"],
        "three": ["Т1 (пик)", "Т2 (ночь)", "Т3 (полупик)"],
    }


def test_tariff_zones_are_handed_in_together(client: AppClient, account: Account, aws: Aws) -> None:
    last = {
        zone: ZoneReading(reading_id=zone, value="100.0", taken_on=date(2026, 9, 20), source="billing")
        for zone in ("T1", "T2", "T3")
    }
    bound_accounts.meter(account.account_id, meter_of("el", zones=3, decimals=1, last=last, monthly={}))
    answer = hand_in(client, *(row(f"11{n},5", "el", zone=f"Т{n}") for n in (1, 2, 3)))
    assert [(each["zone"], each["delta"]) for each in answer.json()["accepted"]] == [
        ("T1", "11.5"), ("T2", "12.5"), ("T3", "13.5"),
    ]  # fmt: skip
    assert {zone: last.value for zone, last in stored_meter("el").last.items()} == {
        "T1": "111.5", "T2": "112.5", "T3": "113.5",
    }  # fmt: skip
    (email,) = emails(aws)
    rows = json.loads(email["params"])["rows"]
    assert [(each["zone"], each["value"], each["delta"]) for each in rows] == [
        ("Т1 (пик)", "111,5", "11,5"), ("Т2 (ночь)", "112,5", "12,5"), ("Т3 (полупик)", "113,5", "13,5"),
    ]  # fmt: skip
    missing = hand_in(client, row("120", "el"))
    assert missing.json()["errors"][0] | {"message": ""} == {
        "field": "readings[0].zone", "code": "zone_required", "message": "",
    }  # fmt: skip


def test_the_form_tells_what_a_unit_costs_at_one_more_read(client: AppClient, typo: Meter) -> None:
    with measured() as cost:
        meters = client.get(f"{READINGS}/form").json()["meters"]
    assert len(cost.operations) <= 3
    assert [meter["tariff"] for meter in meters] == ["178.48", "178.48"]


def test_an_unusual_change_is_asked_about_with_its_price(client: AppClient, account: Account) -> None:
    sums = Amounts()
    charge = ChargeLine(service="ГВС", operation="начисление", tariff="170,57 руб/м3", amount=34114)
    bound_accounts.receipt(
        account.account_id,
        Receipt(kind="o", kind_title="О", period="2026-09", main=sums, penalty=sums, charges=[charge]),
    )
    answer = hand_in(client, row("386"))
    assert (answer.status_code, answer.json()["code"]) == (409, "confirmation_needed")
    assert answer.json()["previews"] == [
        {
            "meter_id": "34230774", "zone": "T1", "delta": "350.000", "average": "2.000",
            "amount": 5969950, "reason": "unusual", "last_amount": 34114,
        }
    ]  # fmt: skip
    assert history() == []
    assert hand_in(client, row("386", confirmed=True)).status_code == 201


@pytest.fixture
def typo(account: Account) -> Meter:
    """A meter without an average that shows 4, and a tariff that is known."""
    last = ZoneReading(reading_id="x", value="4", taken_on=date(2026, 9, 20), source="billing")
    made = meter_of("new", decimals=0, last={"T1": last}, monthly={})
    bound_accounts.meter(account.account_id, made)
    charge = ChargeLine(service="ГВС", tariff="178,48 руб/м3", amount=34114)
    sums = Amounts()
    bound_accounts.receipt(
        account.account_id,
        Receipt(kind="o", kind_title="О", period="2026-09", main=sums, penalty=sums, charges=[charge]),
    )
    return made


@pytest.mark.parametrize("typed", [{"value": "99999"}, {"delta": "99995"}])
@pytest.mark.parametrize("confirmed", [False, True])
def test_an_implausible_change_is_offered_as_a_request(
    client: AppClient, typo: Meter, typed: dict[str, str], confirmed: bool
) -> None:
    answer = hand_in(client, {"meter_id": "new", "confirmed": confirmed} | typed)
    assert (answer.status_code, answer.json()["code"]) == (422, "implausible")
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == (f"readings[0].{next(iter(typed))}", "implausible")
    assert error["message"] == (
        "Объём 99995\u00a0м3 — это примерно 17\u00a0847\u00a0107,60\u00a0₽; в последней квитанции за эту"
        " услугу 341,14\u00a0₽. Проверьте показание. Если прибор показывает именно столько, отправьте заявку:"
        " показание проверят."
    )
    assert history() == []


def test_a_guest_is_not_told_the_last_bill_of_what_is_refused(client: AppClient, typo: Meter) -> None:
    guest = "/api/guest/readings"
    wanted = {"account_number": "1234567899", "house": "10", "flat": "1010"}
    token = client.post(f"{guest}/lookup", json=wanted).json()["token"]
    body = {"token": token, "taken_on": "2026-10-20", "readings": [row("99999", "new")]}
    (error,) = client.post(guest, json=body).json()["errors"]
    assert error["code"] == "implausible"
    assert ("341,14" in error["message"], "сообщите" in error["message"]) == (False, True)
    doubtful = client.post(guest, json=body | {"readings": [row("386")]})
    assert [preview["last_amount"] for preview in doubtful.json()["previews"]] == [None]


def test_a_small_limit_of_the_supplier_holds_for_a_lone_row(client: AppClient, typo: Meter) -> None:
    dynamo.update(
        Table.ACCOUNTS, supplier_key("uk-test"), "SET #implausible_volume = :limit",
        condition=IS_PRESENT, on_conflict=Conflict, limit=10,
    )  # fmt: skip
    assert hand_in(client, row("15", "new")).json()["code"] == "implausible"
    assert hand_in(client, row("14", "new")).status_code == 201


def test_a_roll_over_is_confirmed(client: AppClient, account: Account) -> None:
    last = ZoneReading(reading_id="x", value="99990", taken_on=date(2026, 9, 20), source="billing")
    bound_accounts.meter(account.account_id, meter_of("old", decimals=0, last={"T1": last}, monthly={}))
    answer = hand_in(client, row("12", "old"))
    assert answer.json()["code"] == "confirmation_needed"
    assert answer.json()["previews"][0]["delta"] == "22"
    assert answer.json()["previews"][0]["reason"] == "roll_over"
    (accepted,) = hand_in(client, row("12", "old", confirmed=True)).json()["accepted"]
    assert (accepted["value"], accepted["delta"]) == ("12", "22")


def test_a_reading_with_the_word_of_former_versions_can_be_replaced(client: AppClient) -> None:
    hand_in(client, row("38"))
    (kept,) = dynamo.query(Table.ACCOUNTS, account_partition("uk-test:1234567899"), begins="READING#").items
    dynamo.update(
        Table.ACCOUNTS, (kept["pk"], kept["sk"]), "SET #status = :former", condition=IS_PRESENT,
        on_conflict=dynamo.conflict, former="standing",
    )  # fmt: skip
    assert hand_in(client, row("39")).status_code == 201
    assert [entry[1:] for entry in history()] == [("38.000", "replaced"), ("39.000", "active")]


def test_the_last_submission_before_the_cut_off_wins(client: AppClient) -> None:
    first = hand_in(client, row("38")).json()["accepted"][0]
    second = hand_in(client, row("37,5")).json()["accepted"][0]
    assert second["delta"] == "1.500"
    assert second["replaces"] == {
        "reading_id": first["reading_id"], "value": "38.000", "taken_on": "2026-10-20",
    }  # fmt: skip
    assert [entry[1:] for entry in history()] == [("38.000", "replaced"), ("37.500", "active")]
    assert stored_meter().monthly["T1"]["2026-10"] == "1.500"
    assert [line["value"] for line in waiting_lines()] == ["37.500"]


def test_one_takes_back_ones_own_reading(client: AppClient) -> None:
    before = stored_meter()
    reading_id = hand_in(client, row("38")).json()["accepted"][0]["reading_id"]
    assert client.delete(f"{READINGS}/{reading_id}").status_code == 204
    after = stored_meter()
    assert (after.last, after.monthly) == (before.last, before.monthly)
    assert [entry[2] for entry in history()] == ["withdrawn"]
    assert waiting_lines() == []
    assert client.delete(f"{READINGS}/{reading_id}").status_code == 404
    assert client.delete(f"{READINGS}/r9").json()["code"] == "not_withdrawable"


def test_a_reading_that_is_taken_back_twice_at_once_is_taken_back(
    client: AppClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slower request finds the meter changed, and its reading withdrawn already."""
    reading_id = hand_in(client, row("38")).json()["accepted"][0]["reading_id"]
    genuine, rivals = store.write_withdrawal, []

    def rival_first(*given: Any) -> None:
        monkeypatch.setattr(store, "write_withdrawal", genuine)
        rivals.append(client.delete(f"{READINGS}/{reading_id}").status_code)
        genuine(*given)

    monkeypatch.setattr(store, "write_withdrawal", rival_first)
    assert client.delete(f"{READINGS}/{reading_id}").status_code == 204
    assert rivals == [204]
    assert [entry[2] for entry in history()] == ["withdrawn"]


def test_a_number_alone_names_no_account(client: AppClient) -> None:
    assert client.get("/api/accounts/1234567899/readings/form").json()["code"] == "not_found"


def test_the_same_form_sent_twice_at_once_counts_once(
    client: AppClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine, rivals = store.submit, []

    def rival_first(*given: Any) -> None:
        monkeypatch.setattr(store, "submit", genuine)
        rivals.append(hand_in(client, row("38"), key="one").json())
        genuine(*given)

    monkeypatch.setattr(store, "submit", rival_first)
    assert hand_in(client, row("38"), key="one").json() == rivals[0]
    assert [entry[1:] for entry in history()] == [("38.000", "active")]


def this_months(client: AppClient) -> Any:
    (meter,) = client.get(f"{READINGS}/form").json()["meters"]
    return meter["zones"][0]["handed_in"]


def test_the_form_tells_what_is_handed_in_this_month_and_may_be_taken_back(client: AppClient) -> None:
    assert this_months(client) is None
    reading_id = hand_in(client, row("38")).json()["accepted"][0]["reading_id"]
    assert this_months(client) == {
        "reading_id": reading_id, "value": "38.000", "delta": "2.000", "taken_on": "2026-10-20",
        "period": "2026-10", "source": "subscriber", "accounted_on": None, "withdrawable": True,
        "before": {"value": "36.000", "taken_on": "2026-09-20"},
    }  # fmt: skip
    client.delete(f"{READINGS}/{reading_id}")
    assert this_months(client) is None


def test_after_the_cut_off_the_form_still_tells_the_months_reading(
    client: AppClient, time_machine: Any
) -> None:
    hand_in(client, row("38"))
    move_to(client, time_machine, "2026-10-27T10:00:00+05:00")
    assert this_months(client)["period"] == "2026-10"
    assert this_months(client)["withdrawable"] is False
    hand_in(client, row("39"), taken_on="2026-10-27")
    assert this_months(client)["period"] == "2026-11"
    assert this_months(client)["withdrawable"] is True
    move_to(client, time_machine, "2026-12-01T10:00:00+05:00")
    assert this_months(client) is None


def test_after_the_cut_off_a_reading_counts_for_the_next_month(client: AppClient, time_machine: Any) -> None:
    reading_id = hand_in(client, row("38")).json()["accepted"][0]["reading_id"]
    move_to(client, time_machine, "2026-10-26T00:10:00+05:00")
    assert client.delete(f"{READINGS}/{reading_id}").json()["code"] == "not_withdrawable"
    late = hand_in(client, row("39")).json()["accepted"][0]
    assert (late["period"], late["delta"], late["replaces"]) == ("2026-11", "1.000", None)


def test_a_closed_window_takes_nothing(client: AppClient, time_machine: Any) -> None:
    move_to(client, time_machine, "2026-11-14T23:59:00+05:00")
    answer = hand_in(client, row("38"), taken_on="2026-11-14")
    assert (answer.status_code, answer.json()["code"]) == (422, "window_closed")
    form = client.get(f"{READINGS}/form").json()
    assert form["window"]["open"] is False
    assert form["meters"][0]["accepts"] is False
    time_machine.move_to("2026-11-15T00:00:00+05:00")
    assert hand_in(client, row("38"), taken_on="2026-11-15").status_code == 201


def test_a_meter_out_of_verification_says_so(client: AppClient, account: Account) -> None:
    bound_accounts.meter(account.account_id, meter_of("757260", verify_until=date(2026, 10, 19)))
    bound_accounts.meter(
        account.account_id, meter_of("off", calculated_to=date(2026, 10, 1), removal_reason="Замена")
    )
    forms = {each["meter_id"]: each for each in client.get(f"{READINGS}/form").json()["meters"]}
    assert set(forms) == {"34230774", "757260"}
    assert forms["757260"]["refusal_code"] == "verification_expired"
    assert hand_in(client, row("38", "757260")).json()["code"] == "verification_expired"
    assert hand_in(client, row("38", "off")).json()["code"] == "meter_removed"


def test_the_same_key_gives_the_same_answer_and_one_reading(client: AppClient) -> None:
    first = hand_in(client, row("38"), key="once")
    again = hand_in(client, row("38"), key="once")
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(history()) == 1
    other = hand_in(client, row("39"), key="once")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


def test_a_lost_answer_is_found_again(client: AppClient) -> None:
    """The write happens, its answer is lost on the way, botocore and we repeat the very same transaction."""
    from botocore.exceptions import ReadTimeoutError

    events = dynamo.dynamodb_client().meta.events
    lost: list[str] = []

    def lose(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name == "TransactWriteItems" and not lost:
            lost.append(model.name)
            raise ReadTimeoutError(endpoint_url="http://dynamodb")

    events.register("after-call.dynamodb.TransactWriteItems", lose)
    first = hand_in(client, row("38"), key="lost")
    assert first.status_code == 503
    again = hand_in(client, row("38"), key="lost")
    assert again.status_code == 201
    assert [entry[1:] for entry in history()] == [("38.000", "active")]
    assert stored_meter().last["T1"].reading_id == again.json()["accepted"][0]["reading_id"]


def test_a_write_repeated_after_a_lost_answer_is_success(client: AppClient, monkeypatch: Any) -> None:
    real = dynamo.dynamodb_client().transact_write_items

    def twice(**request: Any) -> Any:
        real(**request)
        return real(**request)

    monkeypatch.setattr(dynamo.dynamodb_client(), "transact_write_items", twice)
    assert hand_in(client, row("38")).status_code == 201
    assert len(history()) == 1


def test_a_rival_between_reading_and_writing_makes_us_judge_again(
    client: AppClient, monkeypatch: Any
) -> None:
    real = dynamo.dynamodb_client().transact_write_items
    raced: list[int] = []

    def after_a_rival(**request: Any) -> Any:
        if not raced:
            raced.append(1)
            answer = hand_in(client, row("37"))
            assert answer.status_code == 201
        return real(**request)

    monkeypatch.setattr(dynamo.dynamodb_client(), "transact_write_items", after_a_rival)
    answer = hand_in(client, row("38"))
    assert answer.json()["accepted"][0]["replaces"]["value"] == "37.000"
    assert [entry[1:] for entry in history()] == [("37.000", "replaced"), ("38.000", "active")]


def test_nobody_hands_in_for_anothers_account(client: AppClient) -> None:
    from readings.app import app

    stranger = bound_accounts.browser(app, bound_accounts.user("u2", email="other@example.com"))
    for answer in (
        hand_in(stranger, row("38")),
        stranger.get(f"{READINGS}/form"),
        stranger.delete(f"{READINGS}/r9"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    anybody = bound_accounts.browser(app)
    for answer in (
        anybody.post(READINGS, json={}),
        anybody.get(f"{READINGS}/form"),
        anybody.delete(f"{READINGS}/r9"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
