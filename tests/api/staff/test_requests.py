"""Requests at the desk: what is to be done first, one request, answers with files, who takes it."""

import json
from datetime import date
from typing import Any

import pytest

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.service_requests import store
from cabinet.service_requests.keys import new_answer_key
from cabinet.service_requests.model import Kind, Status
from cabinet.staff.model import Role
from tests.support import desk_scenarios
from tests.support.desk import Desk, Person
from tests.support.desk_scenarios import OTHER, SUPPLIER, a_request

LIST = "/api/staff/requests"


@pytest.fixture
def operator(desk: Desk) -> Person:
    """An operator of the supplier whose residents ask."""
    desk_scenarios.world()
    return desk.signed_in(Role.OPERATOR, suppliers=(SUPPLIER,))


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def listed(person: Person, **params: Any) -> list[str]:
    """Numbers of all pages."""
    found: list[str] = []
    while True:
        page = person.browser.get(LIST, params=params).json()
        found += [each["number"] for each in page["items"]]
        if page["next"] is None:
            return found
        params["cursor"] = page["next"]


def path(number: str) -> str:
    return f"{LIST}/{SUPPLIER}:{number}"


def test_emergencies_come_first_and_then_whose_term_ends_first(operator: Person) -> None:
    a_request("1", answer_by=date(2026, 3, 12))
    a_request("2", answer_by=date(2026, 2, 27))
    a_request("3", answer_by=date(2026, 3, 3), kind=Kind.EMERGENCY)
    a_request("4", answer_by=date(2026, 3, 1), kind=Kind.COMPLAINT)
    assert listed(operator) == ["3", "2", "4", "1"]
    first, second, *_ = operator.browser.get(LIST).json()["items"]
    assert (first["is_overdue"], second["is_overdue"]) == (False, True)
    assert listed(operator, overdue=True) == ["2", "4"]
    assert listed(operator, kind="complaint") == ["4"]
    assert listed(operator, status="new") == ["3", "2", "4", "1"]
    assert listed(operator, status="answered") == []
    assert listed(operator, status="closed") == []


def test_the_list_says_nothing_of_residents(operator: Person) -> None:
    a_request("1")
    shown = json.dumps(operator.browser.get(LIST).json(), ensure_ascii=False)
    for known in ("Иванов", "Кыштымская", "КЫШТЫМСКАЯ", "темно", "+7 900", "1234567899"):
        assert known not in shown


def test_ten_thousand_are_read_by_pages_of_few_rows(operator: Person) -> None:
    for number in range(60):
        a_request(f"{number:03d}", answer_by=date(2026, 3, 2 + number % 7))
    found = listed(operator)
    assert len(found) == len(set(found)) == 60
    dues = {
        each["number"]: each["answer_by"]
        for cursor in [None]
        for each in operator.browser.get(LIST).json()["items"]
    }
    assert list(dues.values()) == sorted(dues.values())
    assert len(dues) == 25


def test_a_filter_that_finds_few_goes_on_page_by_page(
    operator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cabinet.service_requests.work_list._MAX_EXAMINED", 10)
    for number in range(35):
        a_request(f"{number:03d}", kind=Kind.COMPLAINT if number % 12 == 0 else Kind.APPEAL)
    assert listed(operator, kind="complaint") == ["000", "012", "024"]


def test_what_is_done_is_listed_the_newest_first(operator: Person) -> None:
    for number in ("1", "2"):
        a_request(number, created_at=f"2026-02-2{number}T10:00:00.000000+00:00")
        store.answer(store.find_by_number(SUPPLIER, number), Status.DONE, "Сделано")
    assert listed(operator, status="closed") == ["2", "1"]
    assert listed(operator, status="done") == ["2", "1"]
    assert listed(operator, status="rejected") == []
    assert listed(operator) == []


def test_a_cursor_of_another_list_is_refused(operator: Person) -> None:
    for number in range(30):
        a_request(f"{number:03d}")
    cursor = operator.browser.get(LIST).json()["next"]
    assert problem(operator.browser.get(LIST, params={"cursor": cursor, "kind": "appeal"})) == (
        422, "token_invalid",
    )  # fmt: skip
    assert problem(operator.browser.get(LIST, params={"supplier_id": OTHER})) == (404, "not_found")


def test_one_request_shows_whose_it_is(operator: Person) -> None:
    a_request("1")
    shown = operator.browser.get(path("1")).json()
    assert shown["holder"] == "Иванов Иван Иванович"
    assert shown["address"] == "УЛ. КЫШТЫМСКАЯ, 10 - 1010"
    assert shown["contact_phone"] == "+7 900 000-00-00"
    assert shown["statuses"] == ["in_progress", "waiting", "answered", "done", "rejected"]
    assert (shown["text"], shown["messages"]) == ("В подъезде темно", [])


def test_an_answer_with_a_file_reaches_the_resident(desk: Desk, operator: Person) -> None:
    a_request("1")
    photo = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 200
    told_of = {"name": "акт.jpg", "content_type": "image/jpeg", "size": len(photo)}
    form = operator.browser.post(f"{path('1')}/attachments", json=told_of).json()
    place = {"Bucket": desk.aws.environment["DOCUMENTS_BUCKET"], "Key": form["fields"]["key"]}
    desk.aws.client("s3").put_object(**place, Body=photo, ContentType="image/jpeg")
    body = {"text": "Лампа заменена", "status": "done", "files": [form["attachment"]], "version": 1}
    answered = operator.browser.post(f"{path('1')}/messages", json=body)
    assert answered.status_code == 201
    (message,) = answered.json()["messages"]
    assert (message["author"], message["name"]) == ("staff", "Петрова Анна")
    (file,) = message["files"]
    opened = operator.browser.get(f"{path('1')}/attachments/{file['file_id']}").json()["url"]
    assert file["file_id"] in opened
    emails = [
        json.loads(row["params"])
        for row in desk.aws.rows("MESSAGES_TABLE")
        if row.get("template") == "request_changed" and "reply" in row.get("params", "")
    ]
    assert [each["reply_files"] for each in emails if each["reply"]] == [["акт.jpg"]]
    assert dynamo.get(Table.USERS, new_answer_key("u1", "20260225100000000000-1")) is not None
    (entry,) = [each for each in desk.audit() if each.action == "REQUEST_ANSWERED"]
    assert entry.about == f"account:{SUPPLIER}:1234567899"
    assert (entry.before, entry.after) == ({"status": "new"}, {"status": "done"})


def test_an_answer_to_what_has_changed_since_is_refused(operator: Person) -> None:
    a_request("1")
    store.answer(store.find_by_number(SUPPLIER, "1"), Status.IN_PROGRESS, "Едем")
    body = {"text": "Ответ", "version": 1}
    assert problem(operator.browser.post(f"{path('1')}/messages", json=body)) == (409, "conflict")


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"text": ""}, (422, "answer_empty")),
        ({"text": " ", "status": "waiting"}, (422, "answer_empty")),
        ({"text": "щ" * 4001}, (422, "answer_too_long")),
        ({"text": "а", "status": "new"}, (409, "request_closed")),
        ({"text": "а", "status": "lost"}, (422, "invalid")),
        ({"text": "а", "files": ["x"]}, (422, "attachment_missing")),
    ],
)
def test_a_wrong_answer_is_refused(
    desk: Desk, operator: Person, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    a_request("1")
    before = len(desk.audit())
    assert problem(operator.browser.post(f"{path('1')}/messages", json=body)) == refusal
    assert (len(desk.audit()), store.find_by_number(SUPPLIER, "1").version) == (before, 1)


def test_a_ticket_of_another_is_no_file_of_mine(desk: Desk, operator: Person) -> None:
    a_request("1")
    other = desk.signed_in(Role.OPERATOR, suppliers=(SUPPLIER,))
    told_of = {"name": "акт.jpg", "content_type": "image/jpeg", "size": 5}
    form = other.browser.post(f"{path('1')}/attachments", json=told_of).json()
    body = {"text": "а", "files": [form["attachment"]]}
    assert problem(operator.browser.post(f"{path('1')}/messages", json=body)) == (422, "attachment_missing")


def test_who_takes_a_new_request_is_shown_and_its_author_told(desk: Desk, operator: Person) -> None:
    a_request("1")
    a_request("2")
    taken = operator.browser.post(f"{path('1')}/assign", json={"staff_id": operator.staff_id}).json()
    assert (taken["status"], taken["assigned_name"]) == ("in_progress", "Петрова Анна")
    assert listed(operator, assigned="me") == ["1"]
    assert listed(operator, assigned="nobody") == ["2"]
    other = desk.signed_in(Role.OPERATOR, suppliers=(SUPPLIER,))
    assert listed(other, assigned="me") == []
    given = operator.browser.post(f"{path('1')}/assign", json={"staff_id": other.staff_id})
    assert given.json()["assigned_to"] == other.staff_id
    assert listed(other, assigned="me") == listed(operator, assigned=other.staff_id) == ["1"]
    statuses = [
        json.loads(row["params"])["status_title"]
        for row in desk.aws.rows("MESSAGES_TABLE")
        if row.get("template") == "request_changed" and '"number": "1"' in row.get("params", "")
    ]
    assert sorted(statuses) == ["в работе", "принята"]


def test_only_who_answers_such_requests_can_be_given_one(desk: Desk, operator: Person) -> None:
    a_request("1")
    accountant = desk.signed_in(Role.ACCOUNTANT, suppliers=(SUPPLIER,))
    stranger = desk.signed_in(Role.OPERATOR, suppliers=(OTHER,))
    for staff_id in (accountant.staff_id, stranger.staff_id, "nobody"):
        refused = operator.browser.post(f"{path('1')}/assign", json={"staff_id": staff_id})
        assert problem(refused) == (422, "staff_unknown")
    names = operator.browser.get(f"{LIST}/assignees").json()["items"]
    assert [each["staff_id"] for each in names] == [operator.staff_id]


def test_a_request_before_terms_were_kept_is_listed_and_answered(operator: Person) -> None:
    a_request("1", answer_by=None)
    (line,) = operator.browser.get(LIST).json()["items"]
    assert (line["answer_by"], line["is_overdue"]) == (None, False)
    body = {"text": "Ответ", "version": 1}
    assert operator.browser.post(f"{path('1')}/messages", json=body).status_code == 201
