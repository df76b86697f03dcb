"""Readings without a cabinet: what a guest sees, and what somebody who tries combinations does not."""

from datetime import date
from typing import Any

import pytest

from cabinet import limits
from cabinet.accounts.keys import account_partition
from cabinet.accounts.model import Account
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core.correlation import HEADER
from cabinet.metering.model import Meter, ZoneReading
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.dynamo_cost import measured
from tests.support.factories import bound_accounts

LOOKUP, READINGS = "/api/guest/readings/lookup", "/api/guest/readings"
RIGHT = {"account_number": "1234567899", "house": "10", "flat": "1010"}
TODAY = "2026-10-20"


@pytest.fixture
def account(aws: Aws, time_machine: Any) -> Account:
    time_machine.move_to(f"{TODAY}T10:00:00+05:00", tick=True)
    bound_accounts.supplier()
    made = bound_accounts.account()
    last = ZoneReading(reading_id="r9", value="36.000", taken_on=date(2026, 9, 20), source="billing")
    bound_accounts.meter(
        made.account_id,
        Meter(meter_id="34230774", number="34230774", service="ГВС", last={"T1": last}),
    )
    return made


@pytest.fixture
def client(account: Account) -> AppClient:
    from readings.app import app

    return bound_accounts.browser(app)


def hand_in(client: AppClient, token: str, value: str = "38", **headers: str) -> Any:
    body = {"token": token, "taken_on": TODAY, "readings": [{"meter_id": "34230774", "value": value}]}
    return client.post(READINGS, json=body, headers=headers)


def test_a_guest_hands_in_without_a_cabinet(client: AppClient) -> None:
    form = client.post(LOOKUP, json=RIGHT).json()
    assert form["meters"][0]["zones"] == [
        {"zone": "T1", "title": "", "last_value": "36.000", "last_taken_on": "2026-09-20", "handed_in": None}
    ]
    answer = hand_in(client, form["token"])
    assert answer.status_code == 201, answer.text
    page = dynamo.query(Table.ACCOUNTS, account_partition("uk-test:1234567899"), begins="READING#")
    (row,) = page.items
    assert (row["source"], row["by"], row["value"]) == ("guest", None, "38.000")


def test_a_guest_is_not_told_what_has_been_handed_in(client: AppClient) -> None:
    form = client.post(LOOKUP, json=RIGHT).json()
    hand_in(client, form["token"])
    (zone,) = client.post(LOOKUP, json=RIGHT).json()["meters"][0]["zones"]
    assert zone["last_value"] == "38.000"
    assert zone["handed_in"] is None


def test_a_guest_sees_no_name_no_debt_and_no_address(client: AppClient) -> None:
    told = client.post(LOOKUP, json=RIGHT).text
    for secret in ("Иванов", "Иван", "КЫШТЫМСКАЯ", "debt", "holder", "address", "supplier"):
        assert secret not in told


@pytest.mark.parametrize(
    "changes",
    [{"account_number": "1234567890"}, {"house": "11"}, {"flat": "1011"}, {"flat": None}, {"house": "1"}],
)
def test_every_miss_looks_the_same(client: AppClient, changes: dict[str, Any]) -> None:
    answer = client.post(LOOKUP, json=RIGHT | changes, headers={HEADER: "one-and-the-same"})
    assert answer.status_code == 404
    assert answer.json() == {
        "type": "urn:cabinet:problem:account_not_found",
        "title": "Лицевой счёт не найден",
        "status": 404,
        "detail": "Проверьте номер лицевого счёта, номер дома и квартиры.",
        "code": "account_not_found",
        "errors": [],
        "instance": "urn:cabinet:request:one-and-the-same",
    }


def test_every_miss_takes_the_same_steps(client: AppClient) -> None:
    client.post(LOOKUP, json=RIGHT)
    steps = []
    for changes in ({"account_number": "9"}, {"house": "11"}, {"flat": "1011"}):
        with measured() as cost:
            assert client.post(LOOKUP, json=RIGHT | changes).status_code == 404
        steps.append(cost.operations)
    assert steps[0] == steps[1] == steps[2]


def test_trying_a_thousand_combinations_is_cut_off(client: AppClient) -> None:
    answers: dict[tuple[int, str], int] = {}
    for index in range(1000):
        tried = {"account_number": f"12345678{index % 100:02d}", "house": str(index % 17), "flat": str(index)}
        told = client.post(LOOKUP, json=tried).json()
        key = (told["status"], told["code"])
        answers[key] = answers.get(key, 0) + 1
    assert answers == {
        (404, "account_not_found"): 3,
        (422, "captcha_required"): 57,
        (429, "too_many_requests"): 940,
    }
    assert client.post(LOOKUP, json=RIGHT).status_code == 429


def test_after_misses_a_code_from_a_picture_is_asked_for(
    client: AppClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cabinet.core import clock
    from cabinet.core.settings import http_settings
    from cabinet.identity.captcha import new_captcha

    monkeypatch.setenv("LOCAL_STACK", "true")
    http_settings.cache_clear()
    for _ in range(3):
        assert client.post(LOOKUP, json=RIGHT | {"house": "99"}).status_code == 404
    assert client.post(LOOKUP, json=RIGHT).json()["code"] == "captcha_required"
    challenge = new_captcha(clock.now()).challenge
    wrong = {"captcha": {"challenge": challenge, "answer": "00000"}}
    assert client.post(LOOKUP, json=RIGHT | wrong).json()["code"] == "captcha_wrong"
    right = {"captcha": {"challenge": new_captcha(clock.now()).challenge, "answer": "12345"}}
    assert client.post(LOOKUP, json=RIGHT | right).status_code == 200
    assert client.post(LOOKUP, json=RIGHT | right).json()["code"] == "captcha_wrong", "a code is good once"


def test_a_token_opens_its_own_account_for_half_an_hour(client: AppClient, time_machine: Any) -> None:
    token = client.post(LOOKUP, json=RIGHT).json()["token"]
    assert hand_in(client, token + "x").json()["code"] == "token_invalid"
    assert hand_in(client, bound_accounts.user("u1")).json()["code"] == "token_invalid"
    time_machine.move_to(f"{TODAY}T10:31:00+05:00")
    assert hand_in(client, token).json()["code"] == "token_invalid"


def test_a_guests_key_gives_the_same_answer(client: AppClient) -> None:
    token = client.post(LOOKUP, json=RIGHT).json()["token"]
    first = hand_in(client, token, **{"Idempotency-Key": "k"})
    again = hand_in(client, token, **{"Idempotency-Key": "k"})
    assert (again.status_code, again.json()) == (201, first.json())


def test_guests_cannot_flood_an_account(client: AppClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GUEST_SUBMIT_BY_ACCOUNT", limits.Limit("test", 3, 3600))
    token = client.post(LOOKUP, json=RIGHT).json()["token"]
    statuses = [hand_in(client, token, value="1").status_code for _ in range(4)]
    assert statuses == [422, 422, 422, 429]


def test_guests_cannot_flood_from_one_address(client: AppClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GUEST_SUBMIT_BY_IP", limits.Limit("test", 3, 3600, limits.client_network))
    token = client.post(LOOKUP, json=RIGHT).json()["token"]
    statuses = [hand_in(client, told, value="1").status_code for told in (token, "forged", "forged")]
    assert statuses == [422, 422, 422], "a forged token counts as well"
    refused = hand_in(client, token)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    elsewhere = hand_in(client, token, **{"X-Forwarded-For": "203.0.113.9"})
    assert elsewhere.status_code == 201, "somebody else is not kept out"


def test_a_guest_may_type_a_number_in_the_other_alphabet(client: AppClient) -> None:
    bound_accounts.account("74С-001")
    for typed in ("74c-001", "\u206874С\u200b-001\u2069"):
        assert client.post(LOOKUP, json=RIGHT | {"account_number": typed}).status_code == 200
