"""A supplier's webhook at the desk: its state, log, replay, pause and resume; what «Сегодня» says."""

import json
from typing import Any

import pytest

from cabinet.staff.model import Role
from cabinet.webhooks import endpoints, event_store
from tests.support import desk_scenarios
from tests.support.desk import Desk, Person
from tests.support.desk_scenarios import OTHER, SUPPLIER
from tests.support.desk_webhooks import ACCOUNT, PATH, a_delivery
from tests.support.webhooks import WEBHOOK, Billing, billing, run_for_account, run_sweep, write

__all__ = ["billing"]


@pytest.fixture
def engineer(desk: Desk, billing: Billing) -> Person:
    """An engineer of the supplier whose webhook it is."""
    desk_scenarios.world()
    return desk.signed_in(Role.ENGINEER, suppliers=(SUPPLIER,))


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def state(person: Person) -> dict[str, Any]:
    answer = person.browser.get(PATH)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def today(person: Person) -> str | None:
    found = person.browser.get("/api/staff/today", params={"supplier_id": SUPPLIER}).json()["webhook"]
    return None if found is None else str(found)


def end(billing: Billing) -> None:
    billing.answers = [410]
    write(ACCOUNT, "p1")
    run_for_account(ACCOUNT)


def test_an_ended_endpoint_is_seen_and_opened_again(desk: Desk, engineer: Person, billing: Billing) -> None:
    assert (state(engineer)["status"], state(engineer)["url"], today(engineer)) == (
        "active", WEBHOOK.url, "active",
    )  # fmt: skip
    end(billing)
    shown = state(engineer)
    assert (shown["status"], shown["reason"], today(engineer)) == ("ended", "gone", "ended")
    (line,) = shown["waiting"]
    assert (line["kind"], line["account_id"], line["attempts"]) == ("payment.credited", ACCOUNT, 1)
    assert line["failure"] == "http_410"
    assert problem(engineer.browser.post(f"{PATH}/pause", json={"reason": "x"})) == (409, "conflict")
    assert engineer.browser.post(f"{PATH}/resume").json()["status"] == "active"
    run_sweep(SUPPLIER)
    assert state(engineer)["waiting"] == []
    entry = next(each for each in desk.audit() if each.action == "WEBHOOK_RESUMED")
    assert (entry.about, entry.before) == (f"supplier:{SUPPLIER}", {"status": "ended", "reason": "gone"})


def test_a_pause_needs_a_reason_and_is_told(desk: Desk, engineer: Person, billing: Billing) -> None:
    assert engineer.browser.post(f"{PATH}/pause", json={"reason": "  "}).status_code == 422
    paused = engineer.browser.post(f"{PATH}/pause", json={"reason": "Обновляем биллинг"}).json()
    assert (paused["status"], paused["reason"], today(engineer)) == ("paused", "Обновляем биллинг", "paused")
    write(ACCOUNT, "p1")
    run_for_account(ACCOUNT)
    assert billing.got == []
    assert len(state(engineer)["waiting"]) == 1
    entry = next(each for each in desk.audit() if each.action == "WEBHOOK_PAUSED")
    assert entry.reason == "Обновляем биллинг"


def test_a_delivery_is_listed_and_replayed_once_while_it_waits(
    desk: Desk, engineer: Person, billing: Billing
) -> None:
    write(ACCOUNT, "p1")
    run_for_account(ACCOUNT)
    (line,) = engineer.browser.get(f"{PATH}/deliveries").json()["items"]
    assert json.loads(line["body"]) == billing.got[0]
    assert (line["event_id"], line["http_status"], line["attempts"]) == (billing.ids[0], 204, 1)
    replay = f"{PATH}/deliveries/{line['delivery_id']}/replay"
    assert engineer.browser.post(replay).status_code == 202
    assert problem(engineer.browser.post(replay)) == (409, "conflict")
    desk.wait(seconds=1)
    run_for_account(ACCOUNT)
    assert billing.ids == [line["event_id"]] * 2
    entry = next(each for each in desk.audit() if each.action == "WEBHOOK_REPLAYED")
    assert entry.about == f"account:{ACCOUNT}"
    assert problem(engineer.browser.post(f"{PATH}/deliveries/none/replay")) == (404, "not_found")


def test_the_log_comes_by_pages_the_newest_first(desk: Desk, engineer: Person) -> None:
    for _ in range(event_store.PAGE_SIZE + 3):
        desk.wait(seconds=1)
        a_delivery()
    first = engineer.browser.get(f"{PATH}/deliveries").json()
    rest = engineer.browser.get(f"{PATH}/deliveries", params={"cursor": first["next"]}).json()
    foreign = engineer.browser.get("/api/staff/mail?state=dead", params={"cursor": first["next"]})
    assert foreign.status_code == 422
    times = [line["delivered_at"] for line in first["items"] + rest["items"]]
    assert times == sorted(times, reverse=True)
    assert (len(times), rest["next"]) == (event_store.PAGE_SIZE + 3, None)


def test_today_says_that_nothing_is_taken_for_an_hour(desk: Desk, engineer: Person, billing: Billing) -> None:
    billing.answers = [500]
    write(ACCOUNT, "p1")
    run_for_account(ACCOUNT)
    assert today(engineer) == "active"
    desk.wait(minutes=61)
    again = desk.signed_in(Role.ENGINEER, suppliers=(SUPPLIER,))
    assert today(again) == "failing"
    assert state(again)["failure"] == "http_500"
    assert today(desk.signed_in(Role.OPERATOR, suppliers=(SUPPLIER,))) is None


def test_a_supplier_without_a_webhook_has_none(desk: Desk, engineer: Person) -> None:
    other = desk.signed_in(Role.ENGINEER, suppliers=(OTHER,))
    path = f"/api/staff/webhooks/{OTHER}"
    assert other.browser.get(path).json()["status"] == "none"
    assert other.browser.get(f"{path}/deliveries").json() == {"items": [], "next": None}
    for change in ("pause", "resume"):
        answer = other.browser.post(f"{path}/{change}", json={"reason": "x"})
        assert problem(answer) == (404, "not_found")
    assert problem(other.browser.get(PATH)) == (404, "not_found")
    assert endpoints.find(OTHER) is None
