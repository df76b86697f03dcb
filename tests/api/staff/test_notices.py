"""Notices at the desk: places from lists, whom it reaches, published and ended once, despite crashes."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from cabinet.accounts.houses import HouseList, add_house, list_houses
from cabinet.accounts.model import Account, Address
from cabinet.core.errors import ServiceUnavailable
from cabinet.notices import publications
from cabinet.notices.queries import first_page
from cabinet.notifications.suppression import Report, suppress_addresses
from cabinet.staff.model import Role
from tests.support import desk_scenarios
from tests.support.desk import Desk, Person
from tests.support.desk_scenarios import OTHER, SUPPLIER, notice_body, send_to_lambda
from tests.support.factories import bound_accounts
from tests.support.fault_injection import FAULTS, Fault, FaultInjector
from tests.support.lambda_context import Context

NOTICES = "/api/staff/notices"
STREET = "УЛ. КЫШТЫМСКАЯ"


@pytest.fixture
def operator(desk: Desk) -> Person:
    """An operator of the supplier that has the account."""
    desk_scenarios.world()
    add_house(SUPPLIER, address("10"))
    return desk.signed_in(Role.OPERATOR, suppliers=(SUPPLIER,))


def address(house: str, flat: str = "", city: str = "Челябинск") -> Address:
    return Address(city=city, street=STREET, house=house, flat=flat)


def neighbour(
    number: str, house: str = "10", flat: str = "1", city: str = "Челябинск", **changes: Any
) -> Account:
    add_house(SUPPLIER, address(house, city=city))
    return bound_accounts.account(number, address=address(house, flat, city), **changes)


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def house_id(house: str, city: str = "Челябинск") -> str:
    return next(
        each.house_id
        for each in list_houses(SUPPLIER)
        if (each.house.house, each.house.city) == (house, city)
    )


def in_houses(*houses: str) -> dict[str, Any]:
    return {"kind": "houses", "houses": [house_id(each) for each in houses]}


def reach(person: Person, where: dict[str, Any], kind: str = "common") -> dict[str, Any]:
    body = {"supplier_id": SUPPLIER, "kind": kind, "where": where}
    answer = person.browser.post(f"{NOTICES}/reach", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def publish(person: Person, key: str = "k1", **changes: Any) -> Any:
    return person.browser.post(NOTICES, json=notice_body(**changes), headers={"Idempotency-Key": key})


def titles(desk: Desk, user_id: str = "u1") -> list[str]:
    """What the resident reads, newest first."""
    rows = desk.aws.rows("USERS_TABLE")
    own = [row for row in rows if row["pk"] == f"USER#{user_id}" and row["sk"].startswith("BINDING#")]
    return [seen.notice.title for seen in first_page(user_id, own).items]


def emails(desk: Desk) -> list[tuple[str, str]]:
    """Templates and addresses of the letters that wait."""
    rows = desk.aws.rows("MESSAGES_TABLE")
    return sorted((row["template"], row["to"]) for row in rows if _is_notices_email(row))


def _is_notices_email(row: dict[str, Any]) -> bool:
    return row["pk"].startswith("OUTBOX#") and row["template"] != "staff_invitation"


def run_schedule(desk: Desk) -> None:
    """The schedule, and the shards of fan-outs that it queues."""
    from cabinet import fanout
    from reminders.app import JOB_HANDLERS, handler

    handler({"schedule": "reminders"}, Context())
    for job in list(fanout.open_jobs()):
        for shard in range(job.shards):
            fanout.process_shard(job.job_id, shard, JOB_HANDLERS, lambda: 900.0)


def test_houses_are_listed_by_number_and_two_towns_houses_are_two(operator: Person) -> None:
    for house, city in (("2", "Челябинск"), ("10", "Копейск"), ("10а", "Челябинск"), ("2", "Челябинск")):
        add_house(SUPPLIER, address(house, city=city))
    items = operator.browser.get("/api/staff/houses", params={"supplier_id": SUPPLIER}).json()["items"]
    assert [(each["city"], each["house"]) for each in items] == [
        ("Копейск", "10"), ("Челябинск", "2"), ("Челябинск", "10"), ("Челябинск", "10а"),
    ]  # fmt: skip


def test_a_list_of_houses_grows_once_by_each(operator: Person) -> None:
    houses = HouseList(SUPPLIER)
    houses.add_all([address("10"), address("11"), address("11", "5"), address("")])
    assert [each.house.house for each in list_houses(SUPPLIER)] == ["10", "11"]


def test_a_notice_for_a_house_is_counted_and_read_there_alone(desk: Desk, operator: Person) -> None:
    bound_accounts.user("u2", neighbour("2", house="12"), email="u2@example.com")
    neighbour("3")
    where = in_houses("10")
    assert reach(operator, where) == {
        "where": f"{STREET}, 10", "houses": 1, "accounts": 2, "recipients": 1, "by_mail": 0, "unbound": 1,
        "is_fully_counted": True,
    }  # fmt: skip
    assert reach(operator, where, "emergency")["by_mail"] == 1
    answer = publish(operator, where=where)
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert (shown["recipients"], shown["where"], shown["is_over"]) == (1, f"{STREET}, 10", False)
    assert titles(desk, "u1") == ["Нет воды"]
    assert titles(desk, "u2") == []
    (listed,) = operator.browser.get(NOTICES, params={"supplier_id": SUPPLIER}).json()["items"]
    assert listed == operator.browser.get(f"{NOTICES}/{shown['notice_id']}").json() == shown
    entry = desk.last_entry()
    assert (entry.action, entry.about) == ("NOTICE_PUBLISHED", f"notice:{shown['notice_id']}")
    assert entry.after["recipients"] == 1
    run_schedule(desk)
    assert emails(desk) == [("emergency", "subscriber@example.com")]


def test_an_entrance_is_its_flats(desk: Desk, operator: Person) -> None:
    for number, flat in (("1", "35"), ("2", "36а"), ("3", "37"), ("4", "нежилое")):
        bound_accounts.user(f"u{number}0", neighbour(number, flat=flat), email=f"u{number}@example.com")
    entrance = {"kind": "entrance", "houses": [house_id("10")], "first_flat": 1, "last_flat": 36}
    assert reach(operator, entrance)["where"] == f"{STREET}, 10, квартиры 1–36"
    assert publish(operator, where=entrance).json()["recipients"] == 2
    assert [bool(titles(desk, f"u{number}0")) for number in range(1, 5)] == [True, True, False, False]


def test_the_whole_supplier_is_reached_and_no_other(desk: Desk, operator: Person) -> None:
    bound_accounts.user("u2", neighbour("2", house="12"), email="u2@example.com")
    bound_accounts.user("u3", bound_accounts.account("3", supplier_id=OTHER), email="u3@example.com")
    where = {"kind": "supplier"}
    assert reach(operator, where)["recipients"] == 2
    assert publish(operator, where=where, kind="common").status_code == 201
    assert [titles(desk, user) for user in ("u1", "u2", "u3")] == [["Нет воды"], ["Нет воды"], []]


def test_a_house_that_two_towns_have_is_reached_in_one(desk: Desk, operator: Person) -> None:
    bound_accounts.user("u2", neighbour("2", city="Копейск"), email="u2@example.com")
    where = {"kind": "houses", "houses": [house_id("10", "Копейск")]}
    assert publish(operator, where=where).json()["recipients"] == 1
    assert (titles(desk, "u1"), titles(desk, "u2")) == ([], ["Нет воды"])


def test_what_nobody_would_read_is_not_published(desk: Desk, operator: Person) -> None:
    neighbour("2", house="12")
    assert problem(publish(operator, where=in_houses("12"))) == (422, "nobody_reached")
    assert operator.browser.get(NOTICES, params={"supplier_id": SUPPLIER}).json()["items"] == []
    assert desk.last_entry().action != "NOTICE_PUBLISHED"


@pytest.mark.parametrize(
    ("where", "field", "code"),
    [
        ({"kind": "houses"}, "where.houses", "required"),
        ({"kind": "houses", "houses": ["0" * 16]}, "where.houses", "house_unknown"),
        ({"kind": "accounts", "accounts": [" "]}, "where.accounts", "required"),
        ({"kind": "accounts", "accounts": ["404", "1234567899"]}, "where.accounts", "account_unknown"),
        ({"kind": "entrance", "houses": []}, "where.houses", "one_house"),
    ],
)
def test_a_place_that_is_not_there_is_refused(
    operator: Person, where: dict[str, Any], field: str, code: str
) -> None:
    answer = publish(operator, where=where)
    assert answer.status_code == 422
    assert (answer.json()["errors"][0]["field"], answer.json()["errors"][0]["code"]) == (field, code)


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "code"),
    [
        (None, "2026-03-02T06:00:00Z", "term_over"),
        ("2026-03-03T06:00:00Z", "2026-03-03T11:00:00+05:00", "term_reversed"),
        (None, "2026-03-05T10:00:00", "invalid"),
        (None, 1799999999, "invalid"),
        (None, "9999-12-31T23:59:59-05:00", "invalid"),
    ],
)
def test_a_term_that_makes_no_sense_is_refused(
    operator: Person, valid_from: str | None, valid_until: Any, code: str
) -> None:
    assert problem(publish(operator, valid_from=valid_from, valid_until=valid_until)) == (422, code)


def test_a_term_is_kept_as_a_moment(operator: Person) -> None:
    shown = publish(operator, valid_until="2026-03-03T11:00:00+05:00").json()
    assert datetime.fromisoformat(shown["valid_until"]) == datetime(2026, 3, 3, 6, tzinfo=UTC)


def test_the_same_key_publishes_once_and_another_text_under_it_is_refused(
    desk: Desk, operator: Person
) -> None:
    first, again = publish(operator), publish(operator)
    assert first.json() == again.json()
    assert titles(desk) == ["Нет воды"]
    assert problem(publish(operator, text="Другое")) == (409, "idempotency_conflict")
    assert len([each for each in desk.audit() if each.action == "NOTICE_PUBLISHED"]) == 1


def test_without_mail_a_notice_is_only_shown_but_an_emergency_is_mailed(desk: Desk, operator: Person) -> None:
    users = desk.aws.table("USERS_TABLE")
    key = {"pk": "USER#u1", "sk": f"BINDING#{desk_scenarios.ACCOUNT}"}
    users.put_item(Item=users.get_item(Key=key)["Item"] | {"mailings": {"notices": True}})
    publish(operator, "k1", kind="planned", channels=[])
    run_schedule(desk)
    assert emails(desk) == []
    publish(operator, "k2", kind="planned")
    publish(operator, "k3", kind="emergency", channels=[])
    run_schedule(desk)
    assert [template for template, _ in emails(desk)] == ["emergency", "notice"]


def test_an_end_is_said_to_whoever_was_mailed_and_once(desk: Desk, operator: Person) -> None:
    bound_accounts.user("u2", neighbour("2"), email="u2@example.com")
    notice = publish(operator, where=in_houses("10")).json()["notice_id"]
    run_schedule(desk)
    bound_accounts.user("u3", neighbour("3"), email="u3@example.com")
    ended = operator.browser.post(f"{NOTICES}/{notice}/end")
    assert ended.json()["is_over"] is True
    assert operator.browser.post(f"{NOTICES}/{notice}/end").json() == ended.json()
    run_schedule(desk)
    run_schedule(desk)
    assert emails(desk) == [
        ("emergency", "subscriber@example.com"), ("emergency", "u2@example.com"),
        ("emergency_over", "subscriber@example.com"), ("emergency_over", "u2@example.com"),
    ]  # fmt: skip
    assert [each.action for each in desk.audit()].count("NOTICE_ENDED") == 1


def reads(person: Person, notice: str) -> int:
    return int(person.browser.get(f"{NOTICES}/{notice}/reads").json()["read"])


def test_readers_are_counted_once_each(desk: Desk, operator: Person) -> None:
    from notices.app import app

    second = bound_accounts.user("u2", neighbour("2", house="12"), email="u2@example.com")
    notice = publish(operator, where=in_houses("10", "12")).json()["notice_id"]
    desk.wait(seconds=1)
    whole = publish(operator, "k2", where={"kind": "supplier"}).json()["notice_id"]
    assert (reads(operator, notice), reads(operator, whole)) == (0, 0)
    one = bound_accounts.browser(app, bound_accounts.sign_in("u1"))
    newest, older = one.get("/api/notices").json()["items"]
    for _ in range(2):
        assert one.post(f"/api/notices/{older['notice_id']}/read").status_code == 204
    assert (reads(operator, notice), reads(operator, whole)) == (1, 0)
    other = bound_accounts.browser(app, second)
    for _ in range(2):
        assert other.post("/api/notices/read-all").status_code == 204
    assert one.post(f"/api/notices/{newest['notice_id']}/read").status_code == 204
    assert (reads(operator, notice), reads(operator, whole)) == (2, 2)


@pytest.mark.parametrize("fault", FAULTS)
def test_wherever_reading_dies_it_is_counted_with_its_mark(
    desk: Desk, operator: Person, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    from cabinet.notices import queries

    number = 1
    while True:
        notice = publish(operator, f"k{number}", title=f"№ {number}").json()["notice_id"]
        rows = desk.aws.rows("USERS_TABLE")
        own = [row for row in rows if row["pk"] == "USER#u1" and row["sk"].startswith("BINDING#")]
        injector = FaultInjector(number=number, fault=fault)
        with monkeypatch.context() as patched:
            injector.patch(patched)
            with suppress(ServiceUnavailable):
                injector.process(lambda own=own: queries.mark_all_read("u1", own))
        marked = first_page("u1", own).items[0].is_read
        assert reads(operator, notice) == int(marked)
        queries.mark_all_read("u1", own)
        assert reads(operator, notice) == 1
        if len(injector.calls) < number:
            break
        number += 1
        desk.wait(minutes=1)
    assert number > 3


def unreached(person: Person, notice: str) -> list[tuple[str, str]]:
    found, cursor = [], None
    while True:
        params = {"cursor": cursor} if cursor else {}
        page = person.browser.get(f"{NOTICES}/{notice}/unreached", params=params).json()
        found += [(each["number"], each["reason"]) for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return sorted(found)


@pytest.mark.parametrize("where", ["house", "supplier", "accounts"])
def test_whom_it_does_not_reach_is_listed_with_the_reason(
    desk: Desk, operator: Person, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cabinet.notices.read_statistics._ACCOUNTS_AT_ONCE", 2)
    users = desk.aws.table("USERS_TABLE")

    def change(user_id: str, sk: str, **changes: Any) -> None:
        key = {"pk": f"USER#{user_id}", "sk": sk}
        users.put_item(Item=users.get_item(Key=key)["Item"] | changes)

    for number in ("2", "3", "4", "5", "6"):
        account = neighbour(number)
        if number != "2":
            bound_accounts.user(f"u{number}", account, email=f"u{number}@example.com")
    neighbour("7", closed_on="2026-01-01")
    change("u3", f"BINDING#{SUPPLIER}:3", holder_key="another")
    change("u4", "PROFILE", email=None)
    suppress_addresses(Report("bounce", ("u5@example.com",), "", "u5"))
    places = {
        "house": in_houses("10"), "supplier": {"kind": "supplier"},
        "accounts": {"kind": "accounts", "accounts": ["1234567899", "2", "3", "4", "5", "6"]},
    }  # fmt: skip
    notice = publish(operator, where=places[where]).json()["notice_id"]
    lacking = [("2", "no_cabinet"), ("3", "former_holder"), ("4", "no_email"), ("5", "mail_returns")]
    assert unreached(operator, notice) == lacking
    looks = [each for each in desk.audit() if each.action == "UNREACHED_SHOWN"]
    assert {each.about for each in looks} == {f"notice:{notice}"}
    quiet = publish(operator, "k2", kind="planned", where=places[where]).json()["notice_id"]
    assert unreached(operator, quiet) == sorted([*lacking, ("1234567899", "mail_off"), ("6", "mail_off")])
    unmailed = publish(operator, "k3", kind="planned", channels=[], where=places[where])
    assert unreached(operator, unmailed.json()["notice_id"]) == lacking[:2]


def test_a_correction_is_seen_at_once_and_kept_in_the_log(desk: Desk, operator: Person) -> None:
    notice = publish(operator).json()["notice_id"]
    path = f"{NOTICES}/{notice}"
    assert problem(operator.browser.patch(path, json={"valid_until": "2026-03-01T00:00:00Z"})) == (
        422, "term_over",
    )  # fmt: skip
    desk.wait(seconds=1)
    corrected = operator.browser.patch(path, json={"title": "Вода будет к вечеру"})
    assert (corrected.status_code, corrected.json()["title"]) == (200, "Вода будет к вечеру")
    assert titles(desk) == ["Вода будет к вечеру"]
    entry = desk.last_entry()
    assert (entry.action, entry.before, entry.after) == (
        "NOTICE_CORRECTED", {"title": "Нет воды"}, {"title": "Вода будет к вечеру"},
    )  # fmt: skip
    operator.browser.post(f"{path}/end")
    assert problem(operator.browser.patch(path, json={"title": "Снова"})) == (409, "notice_ended")


def test_another_suppliers_notice_is_not_there(desk: Desk, operator: Person) -> None:
    notice = publish(operator).json()["notice_id"]
    other = desk.signed_in(Role.OPERATOR, suppliers=(OTHER,))
    number = notice.partition(":")[2]
    for path in (notice, f"{OTHER}:{number}", f"{SUPPLIER}:nothing", "x"):
        assert problem(other.browser.get(f"{NOTICES}/{path}")) == (404, "not_found")
        assert problem(other.browser.post(f"{NOTICES}/{path}/end")) == (404, "not_found")


# ------------------------------------------------------------------ crashes


PLACES = {"operator": {"kind": "houses"}, "schedule": {"kind": "accounts", "accounts": ["2", "1234567899"]}}
"""By who goes on: boards of houses, and those of accounts, of which the account's item keeps a copy."""


def place(successor: str) -> dict[str, Any]:
    return PLACES[successor] | (
        {"houses": [house_id("12"), house_id("10")]} if successor == "operator" else {}
    )


def state(desk: Desk, notice_id: str) -> tuple[list[str], int, int]:
    """What the resident reads, how many entries the log has of the notice, how many rows say unfinished."""
    rows = desk.aws.rows("MESSAGES_TABLE")
    unfinished = sum(row["pk"] == "PUBLICATIONSOPEN" for row in rows)
    entries = [each for each in desk.audit() if each.about == f"notice:{notice_id}"]
    return titles(desk), len(entries), unfinished


@pytest.mark.parametrize("successor", ["operator", "schedule"])
@pytest.mark.parametrize("fault", FAULTS)
def test_wherever_publishing_dies_it_is_finished_once(
    desk: Desk, operator: Person, monkeypatch: pytest.MonkeyPatch, fault: Fault, successor: str
) -> None:
    bound_accounts.user("u2", neighbour("2", house="12"), email="u2@example.com")
    number, published = 1, 0
    while True:
        desk.wait(minutes=11)
        desk.aws.purge_queues()
        # The session stays in use.
        assert operator.browser.get("/api/staff/me").status_code == 200
        call = desk_scenarios.DeskCall(
            NOTICES, notice_body(where=place(successor), title=f"№ {number}"),
            headers={"Idempotency-Key": f"k{number}"},
        )  # fmt: skip
        injector = FaultInjector(number=number, fault=fault)
        with monkeypatch.context() as patched:
            injector.patch(patched)
            injector.process(lambda call=call: send_to_lambda(operator, f"POST {NOTICES}", call))
        notice_id = (
            f"{SUPPLIER}:{publications.derive_publication_id('desk', operator.staff_id, f'k{number}')}"
        )
        began = publications.find(notice_id.partition(":")[2]) is not None
        if successor == "operator":
            assert publish(operator, f"k{number}", **dict(call.body or {})).status_code == 201
            began = True
        run_schedule(desk)
        published += began
        hung = f"№ {number}" in titles(desk)
        assert (hung, f"№ {number}" in titles(desk, "u2")) == (began, began)
        assert state(desk, notice_id)[1:] == (int(began), 0)
        if len(injector.calls) < number:
            break
        number += 1
    sent = [json.loads(row["params"])["title"] for row in desk.aws.rows("MESSAGES_TABLE")
            if _is_notices_email(row)]  # fmt: skip
    assert all(sent.count(title) == 2 for title in sent)
    assert len({*sent}) == published
    assert number > 5


@pytest.mark.parametrize("successor", ["operator", "schedule"])
@pytest.mark.parametrize("fault", FAULTS)
def test_wherever_ending_dies_it_is_finished_once(
    desk: Desk, operator: Person, monkeypatch: pytest.MonkeyPatch, fault: Fault, successor: str
) -> None:
    bound_accounts.user("u2", neighbour("2", house="12"), email="u2@example.com")
    number = 1
    while True:
        desk.wait(minutes=11)
        desk.aws.purge_queues()
        # The session stays in use.
        assert operator.browser.get("/api/staff/me").status_code == 200
        title = f"№ {number}"
        body = {"where": place(successor), "title": title}
        notice_id = publish(operator, f"k{number}", **body).json()["notice_id"]
        run_schedule(desk)
        call = desk_scenarios.DeskCall(f"{NOTICES}/{notice_id}/end")
        injector = FaultInjector(number=number, fault=fault)
        with monkeypatch.context() as patched:
            injector.patch(patched)
            injector.process(lambda call=call: send_to_lambda(operator, "POST /x", call))
        began = publications.require_publication(SUPPLIER, notice_id.partition(":")[2]).ended_at is not None
        if successor == "operator":
            assert operator.browser.post(f"{NOTICES}/{notice_id}/end").status_code == 200
            began = True
        run_schedule(desk)
        assert state(desk, notice_id)[1:] == (1 + began, 0)
        over = [
            row["to"]
            for row in desk.aws.rows("MESSAGES_TABLE")
            if row.get("template") == "emergency_over" and json.loads(row["params"])["title"] == title
        ]
        assert sorted(over) == (["subscriber@example.com", "u2@example.com"] if began else [])
        if len(injector.calls) < number:
            break
        number += 1
    assert number > 5
