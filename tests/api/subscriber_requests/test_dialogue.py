"""The dialogue about a request, on the resident's side: messages, opening again, rating."""

import json
from typing import Any

import pytest

from cabinet.service_requests import store
from cabinet.service_requests.model import Status
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.fault_injection import FAULTS, Fault, FaultInjector

PATH = "/api/accounts/uk-test:1234567899/requests"


@pytest.fixture
def author(aws: Aws) -> AppClient:
    """The owner of the manual's account, at a supplier whose office has an address."""
    from subscriber_requests.app import app

    bound_accounts.supplier(requests_email="office@example.ru")
    return bound_accounts.browser(app, bound_accounts.user("u1", bound_accounts.account()))


@pytest.fixture
def sent(author: AppClient, time_machine: Any) -> dict[str, Any]:
    """A request of a Monday."""
    time_machine.move_to("2026-03-02T06:00:00Z", tick=False)
    answer = author.post(PATH, json={"kind": "appeal", "text": "Темно"}, headers={"Idempotency-Key": "k"})
    return dict(answer.json())


def write(author: AppClient, sent: dict[str, Any], key: str = "m1", **body: Any) -> Any:
    return author.post(f"{PATH}/{sent['request_id']}/messages", json=body, headers={"Idempotency-Key": key})


def answer(sent: dict[str, Any], status: Status, text: str = "Придёт электрик") -> None:
    store.answer(store.find_by_number("uk-test", sent["number"]), status, text)


def problem(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_a_request_says_by_when_it_is_answered(author: AppClient, sent: dict[str, Any]) -> None:
    # Ten working days, with Women's Day on a Sunday and the Monday instead of it.
    assert sent["answer_by"] == "2026-03-17"
    assert author.get(f"{PATH}/{sent['request_id']}").json() == sent


def test_both_sides_write_and_each_is_told(aws: Aws, author: AppClient, sent: dict[str, Any]) -> None:
    answer(sent, Status.WAITING, "Какой подъезд?")
    shown = author.get(f"{PATH}/{sent['request_id']}").json()
    assert (shown["status"], shown["can_write"]) == ("waiting", True)
    written = write(author, sent, text="Второй")
    assert written.status_code == 201
    assert written.json()["status"] == "in_progress"
    assert [(each["author"], each["text"]) for each in written.json()["messages"]] == [
        ("staff", "Какой подъезд?"), ("subscriber", "Второй"),
    ]  # fmt: skip
    assert [each["text"] for each in written.json()["replies"]] == ["Какой подъезд?"]
    to_office = [
        json.loads(row["params"])
        for row in aws.rows("MESSAGES_TABLE")
        if row["pk"].startswith("OUTBOX#") and row["to"] == "office@example.ru"
    ]
    assert sorted(each["text"] for each in to_office) == ["Второй", "Темно"]
    assert [each["is_message"] for each in to_office if each["text"] == "Второй"] == [True]


def test_the_same_message_again_is_the_same_answer(author: AppClient, sent: dict[str, Any]) -> None:
    first, again = write(author, sent, text="Второй"), write(author, sent, text="Второй")
    assert (again.status_code, again.json()) == (201, first.json())
    assert problem(write(author, sent, text="Третий")) == (409, "idempotency_conflict")
    assert len(write(author, sent, "m2", text="Второй").json()["messages"]) == 2


def test_a_photo_goes_with_a_message(aws: Aws, author: AppClient, sent: dict[str, Any]) -> None:
    photo = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 200
    told_of = {"name": "лампа.jpg", "content_type": "image/jpeg", "size": len(photo)}
    form = author.post(f"{PATH}/attachments", json=told_of).json()
    place = {"Bucket": aws.environment["DOCUMENTS_BUCKET"], "Key": form["fields"]["key"]}
    aws.client("s3").put_object(**place, Body=photo, ContentType="image/jpeg")
    (message,) = write(author, sent, attachments=[form["attachment"]]).json()["messages"]
    (file,) = message["files"]
    assert file["name"] == "лампа.jpg"
    path = f"{PATH}/{sent['request_id']}/attachments/{file['file_id']}"
    assert author.get(path).status_code == 200


@pytest.mark.parametrize("text", ["", "  ", "\x00"])
def test_an_empty_message_is_refused(author: AppClient, sent: dict[str, Any], text: str) -> None:
    assert problem(write(author, sent, text=text)) == (422, "answer_empty")


def test_a_closed_request_takes_no_message_but_opens_again(
    author: AppClient, sent: dict[str, Any], time_machine: Any
) -> None:
    answer(sent, Status.DONE, "Лампа заменена")
    assert problem(write(author, sent, text="Нет")) == (409, "request_closed")
    shown = author.get(f"{PATH}/{sent['request_id']}").json()
    assert shown["reopen_until"] == "2026-03-16T06:00:00Z"
    time_machine.move_to("2026-03-16T05:00:00Z", tick=False)
    opened = author.post(f"{PATH}/{sent['request_id']}/reopen", json={"text": "Опять темно"})
    assert opened.status_code == 200
    assert (opened.json()["status"], opened.json()["answer_by"]) == ("in_progress", "2026-03-30")
    assert opened.json()["messages"][-1]["text"] == "Опять темно"
    assert [each.number for each in store.open_requests("uk-test")] == [sent["number"]]
    assert problem(author.post(f"{PATH}/{sent['request_id']}/reopen", json={})) == (409, "reopen_too_late")


def test_after_two_weeks_it_does_not_open_again(
    author: AppClient, sent: dict[str, Any], time_machine: Any
) -> None:
    answer(sent, Status.REJECTED, "Не наш дом")
    time_machine.move_to("2026-03-16T06:00:01Z", tick=False)
    assert problem(author.post(f"{PATH}/{sent['request_id']}/reopen", json={})) == (409, "reopen_too_late")


def test_an_answer_is_rated_once(author: AppClient, sent: dict[str, Any]) -> None:
    path = f"{PATH}/{sent['request_id']}/rating"
    assert problem(author.post(path, json={"stars": 5})) == (409, "nothing_to_rate")
    answer(sent, Status.DONE)
    assert author.get(f"{PATH}/{sent['request_id']}").json()["can_rate"] is True
    for stars in (0, 6, "5", None):
        assert author.post(path, json={"stars": stars}).status_code == 422
    rated = author.post(path, json={"stars": 4, "text": "Долго ждали"}).json()
    assert (rated["rating"], rated["can_rate"]) == ({"stars": 4, "text": "Долго ждали"}, False)
    assert problem(author.post(path, json={"stars": 1})) == (409, "nothing_to_rate")


def test_nobody_else_reads_or_writes(author: AppClient, sent: dict[str, Any]) -> None:
    from subscriber_requests.app import app

    other = bound_accounts.browser(app, bound_accounts.user("u2", bound_accounts.account("999")))
    for account in ("uk-test:1234567899", "uk-test:999"):
        path = f"/api/accounts/{account}/requests/{sent['request_id']}"
        key = {"Idempotency-Key": f"x{account[-1]}"}
        assert problem(other.get(path)) == (404, "not_found")
        assert problem(other.post(f"{path}/messages", json={"text": "а"}, headers=key)) == (404, "not_found")
        assert problem(other.post(f"{path}/reopen", json={})) == (404, "not_found")
        assert problem(other.post(f"{path}/rating", json={"stars": 1})) == (404, "not_found")


def test_an_answer_that_comes_meanwhile_is_not_overwritten(
    author: AppClient, sent: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = FaultInjector()
    with monkeypatch.context() as patched:
        calls.patch(patched)
        calls.process(lambda: write(author, sent, "m0", text="Ещё"))
    before_commit = calls.calls.index("dynamodb.TransactWriteItems") + 1
    injector = FaultInjector(before_commit, lambda: answer(sent, Status.IN_PROGRESS, "Едем"))
    with monkeypatch.context() as patched:
        injector.patch(patched)
        refused = injector.process(lambda: write(author, sent, text="Второй"))
    assert problem(refused) == (409, "conflict")
    texts = [each["text"] for each in author.get(f"{PATH}/{sent['request_id']}").json()["messages"]]
    assert texts == ["Ещё", "Едем"]


@pytest.mark.parametrize("fault", ["lost", "repeated"])
def test_a_message_whose_answer_is_lost_is_written_once(
    author: AppClient, sent: dict[str, Any], monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    assert fault in FAULTS
    for number in range(1, 8):
        key = f"n{number}"
        injector = FaultInjector(number, fault)
        with monkeypatch.context() as patched:
            injector.patch(patched)
            injector.process(lambda key=key: write(author, sent, key, text=key))
        assert write(author, sent, key, text=key).status_code == 201
        texts = [each["text"] for each in author.get(f"{PATH}/{sent['request_id']}").json()["messages"]]
        assert texts.count(key) == 1
