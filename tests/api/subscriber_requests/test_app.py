"""Requests as a subscriber sends them and the staff answer them; the upload itself is in integration."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from cabinet.accounts.supplier_model import PaidService
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Key, Table
from cabinet.core.errors import Conflict
from cabinet.outbox.emails import Email, outbox_key
from cabinet.service_requests import store
from cabinet.service_requests.errors import AnswerEmpty, AnswerTooLong, RequestClosed
from cabinet.service_requests.keys import NEW_ANSWER
from cabinet.service_requests.model import Status
from cabinet.web.auth import COOKIE
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.factories import bound_accounts

PATH = "/api/accounts/uk-test:1234567899/requests"
BODY = {"kind": "complaint", "text": "В подъезде темно", "contact_phone": "+7 900 000-00-00"}
SUPPLIER = {
    "paid_services": [PaidService(code="lock", title="Вскрытие замка", price=150_000)],
    "dispatcher_phone": "+7 351 200-00-00",
    "dispatcher_email": "dispatcher@example.ru",
    "requests_email": "office@example.ru",
}


@pytest.fixture
def author(aws: Aws) -> AppClient:
    """The owner of the manual's account."""
    from subscriber_requests.app import app

    bound_accounts.supplier(**SUPPLIER)
    return bound_accounts.browser(app, bound_accounts.user("u1", bound_accounts.account()))


def post(client: AppClient, body: dict[str, Any] | None = None, key: str = "k1") -> Any:
    return client.post(PATH, json=BODY | (body or {}), headers={"Idempotency-Key": key})


def emails(aws: Aws) -> dict[str, dict[str, Any]]:
    rows = aws.rows("MESSAGES_TABLE")
    return {row["to"]: json.loads(row["params"]) for row in rows if row["pk"].startswith("OUTBOX#")}


def test_a_photo_goes_with_the_request_to_where_it_stays(aws: Aws, author: AppClient) -> None:
    """By real forms, and the hostile: tests/integration/test_requests.py."""
    photo, told = (
        b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 200,
        {"name": "течь.jpg", "content_type": "image/jpeg"},
    )
    form = author.post(f"{PATH}/attachments", json=told | {"size": len(photo)}).json()
    place = {"Bucket": aws.environment["DOCUMENTS_BUCKET"], "Key": form["fields"]["key"]}
    aws.client("s3").put_object(**place, Body=photo, ContentType="image/jpeg")
    sent = post(author, {"attachments": [form["attachment"]]}).json()
    (file,) = sent["attachments"]
    opened = author.get(f"{PATH}/{sent['request_id']}/attachments/{file['file_id']}").json()["url"]
    kept = f"requests/{sent['request_id']}/{file['file_id']}"
    assert urlsplit(opened).path.endswith(kept)
    assert aws.client("s3").get_object(**place | {"Key": kept})["Body"].read() == photo


def test_a_request_is_sent_numbered_listed_and_confirmed_by_mail(aws: Aws, author: AppClient) -> None:
    sent = post(author)
    assert sent.status_code == 201
    request = sent.json()
    assert request["status"] == "new"
    assert author.get(PATH).json() == {"items": [request], "next": None}
    told = emails(aws)
    assert told["subscriber@example.com"]["number"] == request["number"]
    assert told["office@example.ru"]["text"] == "В подъезде темно"
    assert "dispatcher@example.ru" not in told


def test_a_request_is_numbered_by_the_suppliers_own_day(author: AppClient, time_machine: Any) -> None:
    time_machine.move_to("2026-10-21T01:00:00+05:00")
    author.headers["Cookie"] = f"{COOKIE}={bound_accounts.sign_in('u1')}"
    assert post(author).json()["number"].startswith("261021-")


def test_a_text_that_would_act_on_the_staffs_terminal_is_sent_without_it(author: AppClient) -> None:
    assert (
        post(author, {"text": "\x1b]0;взлом\x07В подъезде\r\nтемно"}).json()["text"]
        == "]0;взломВ подъезде\nтемно"
    )
    assert post(author, {"text": "\x00\x1b "}, "k2").json()["errors"][0]["code"] == "required"


def test_an_emergency_shows_the_phone_and_mails_the_dispatcher(aws: Aws, author: AppClient) -> None:
    kinds = author.get("/api/accounts/uk-test:1234567899/request-kinds").json()["items"]
    post(author, {"kind": "complaint"}, "a")
    sent = post(author, {"kind": "emergency", "text": "Прорвало трубу"}, "b").json()
    assert kinds[0] == {
        "kind": "emergency", "title": "Аварийная заявка", "services": [], "phone": "+7 351 200-00-00",
        "answer_by": sent["answer_by"],
    }  # fmt: skip
    assert sent["dispatcher_phone"] == "+7 351 200-00-00"
    assert emails(aws)["dispatcher@example.ru"]["kind_title"] == "Аварийная заявка"
    mail_key = outbox_key(Email("", "dispatcher@example.ru", {}, "x"))
    assert mail_key[0] in queued_partitions(aws), "not by the sweep"
    assert [request.kind for request in store.open_requests("uk-test")] == ["emergency", "complaint"]


def queued_partitions(aws: Aws) -> set[str]:
    """Return the outbox's partitions that the mailer was woken for, and may process this very second."""
    sqs, queue = aws.client("sqs"), aws.environment["MAIL_QUEUE_URL"]
    found: set[str] = set()
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        found |= {json.loads(message["Body"])["pk"] for message in messages}
    return found


def test_a_paid_service_keeps_its_price_of_the_day(author: AppClient) -> None:
    sent = post(author, {"kind": "paid_service", "service_code": "lock"}).json()
    assert (sent["service_title"], sent["service_price"]) == ("Вскрытие замка", 150_000)
    refused = post(author, {"kind": "paid_service", "service_code": "x"}, "other")
    assert (refused.status_code, refused.json()["code"]) == (422, "service_unknown")


def test_the_same_key_sends_one_request(aws: Aws, author: AppClient) -> None:
    first, second = post(author), post(author)
    assert (second.status_code, second.json()) == (201, first.json())
    assert len(author.get(PATH).json()["items"]) == 1
    other = post(author, {"text": "Другое"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


def test_without_a_key_nothing_is_sent(author: AppClient) -> None:
    assert author.post(PATH, json=BODY).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "x"}, {"text": ""}, {"text": "   "}, {"text": "x" * 4001}, {"contact_phone": "<b>"},
        {"attachments": ["x"] * 6}, {"attachments": ["forged"]}, {"service_code": "lock"},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(author: AppClient, body: dict[str, Any]) -> None:
    assert post(author, body).status_code == 422
    assert author.get(PATH).json()["items"] == []


def test_a_supplier_without_requests_refuses_them(aws: Aws) -> None:
    from subscriber_requests.app import app

    bound_accounts.supplier(features=["payments"])
    client = bound_accounts.browser(app, bound_accounts.user("u1", bound_accounts.account()))
    answers = [
        post(client),
        client.get(PATH),
        client.get("/api/accounts/uk-test:1234567899/request-kinds"),
        client.post(f"{PATH}/attachments", json={"name": "a.jpg", "content_type": "image/jpeg", "size": 1}),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {
        (409, "feature_unavailable")
    }


def test_another_owner_of_the_account_does_not_read_my_requests(author: AppClient) -> None:
    from subscriber_requests.app import app

    post(author)
    row = dynamo.get(Table.ACCOUNTS, ("ACCOUNT#uk-test#1234567899", "ACCOUNT"))
    from cabinet.accounts.model import Account

    neighbour = bound_accounts.browser(
        app, bound_accounts.user("u2", Account.model_validate(row), email="b@example.com")
    )
    assert neighbour.get(PATH).json()["items"] == []


def test_an_account_of_another_is_not_found(author: AppClient) -> None:
    bound_accounts.account("999")
    for method, path in (
        ("GET", "/api/accounts/uk-test:999/requests"),
        ("GET", "/api/accounts/uk-test:999/request-kinds"),
    ):
        assert author.request(method, path).status_code == 404
    sent = author.post("/api/accounts/uk-test:999/requests", json=BODY, headers={"Idempotency-Key": "k"})
    assert sent.status_code == 404


def test_the_staffs_answer_reaches_the_author_by_page_and_by_mail_once(aws: Aws, author: AppClient) -> None:
    number = post(author).json()["number"]
    aws_emails_before = len(emails(aws))
    for _ in range(2):
        request = store.find_by_number("uk-test", number)
        store.answer(request, Status.IN_PROGRESS, "Электрик придёт завтра")
    shown = author.get(PATH).json()["items"][0]
    assert shown["status"] == "in_progress"
    assert [reply["text"] for reply in shown["replies"]] == ["Электрик придёт завтра"]
    assert len(emails(aws)) == aws_emails_before  # same addressees
    rows = aws.rows("MESSAGES_TABLE")
    mine = [row for row in rows if row["pk"].startswith("OUTBOX#") and row["to"] == "subscriber@example.com"]
    assert sorted(json.loads(row["params"])["status_title"] for row in mine) == ["в работе", "принята"]


def test_a_done_request_leaves_the_staffs_list_and_is_closed(author: AppClient) -> None:
    number = post(author).json()["number"]
    store.answer(store.find_by_number("uk-test", number), Status.DONE, "Лампа заменена")
    assert list(store.open_requests("uk-test")) == []
    with pytest.raises(RequestClosed):
        store.answer(store.find_by_number("uk-test", number), Status.ANSWERED, "Ещё раз")


def test_what_is_done_stays_to_be_found(author: AppClient) -> None:
    numbers = [post(author, {"text": f"№ {key}"}, f"k{key}").json()["number"] for key in range(3)]
    store.answer(store.find_by_number("uk-test", numbers[0]), Status.DONE, "Сделано")
    store.answer(store.find_by_number("uk-test", numbers[1]), Status.REJECTED, "Не наш дом")
    assert [request.number for request in store.closed_requests("uk-test")] == [numbers[1], numbers[0]]
    assert [request.number for request in store.open_requests("uk-test")] == [numbers[2]]


@pytest.mark.parametrize("text", ["", "  \n", "\u202e\x00"])
@pytest.mark.parametrize("status", [Status.ANSWERED, Status.REJECTED])
def test_an_empty_answer_is_refused_and_nobody_is_told(
    aws: Aws, author: AppClient, text: str, status: Status
) -> None:
    """The mail said «есть ответ» where there was none."""
    number = post(author).json()["number"]
    before = emails(aws)
    with pytest.raises(AnswerEmpty):
        store.answer(store.find_by_number("uk-test", number), status, text)
    assert (store.find_by_number("uk-test", number).status, emails(aws)) == (Status.NEW, before)


def test_work_is_begun_without_a_word(author: AppClient) -> None:
    number = post(author).json()["number"]
    store.answer(store.find_by_number("uk-test", number), Status.IN_PROGRESS, "")
    shown = author.get(PATH).json()["items"][0]
    assert (shown["status"], shown["replies"]) == ("in_progress", [])


def test_an_answer_longer_than_a_page_is_refused(author: AppClient) -> None:
    request = store.find_by_number("uk-test", post(author).json()["number"])
    with pytest.raises(AnswerTooLong):
        store.answer(request, Status.ANSWERED, "щ" * 4001)


def test_two_clerks_do_not_overwrite_each_other(author: AppClient) -> None:
    request = store.find_by_number("uk-test", post(author).json()["number"])
    store.answer(request, Status.IN_PROGRESS, "Первый")
    with pytest.raises(Conflict):
        store.answer(request, Status.ANSWERED, "Второй")


def test_a_deleted_author_is_not_written_to(aws: Aws, author: AppClient) -> None:
    request = store.find_by_number("uk-test", post(author).json()["number"])
    dynamo.delete(
        Table.USERS, ("USER#u1", "PROFILE"), condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict
    )
    store.answer(request, Status.DONE, "Готово")
    rows = aws.rows("MESSAGES_TABLE")
    mine = [row for row in rows if row["pk"].startswith("OUTBOX#") and row["to"] == "subscriber@example.com"]
    assert len(mine) == 1
    assert new_answers() == []


def new_answers() -> list[dict[str, Any]]:
    return dynamo.query(Table.USERS, "USER#u1", begins=NEW_ANSWER).items


def test_an_author_who_leaves_while_the_answer_is_written_leaves_no_row(
    author: AppClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = store.find_by_number("uk-test", post(author).json()["number"])
    genuine = store.new_answer_key

    def leaves_first(*given: str) -> Key:
        dynamo.delete(
            Table.USERS, ("USER#u1", "PROFILE"), condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict
        )
        return genuine(*given)

    monkeypatch.setattr(store, "new_answer_key", leaves_first)
    with pytest.raises(Conflict):
        store.answer(request, Status.DONE, "Готово")
    assert store.find_by_number("uk-test", request.number).status is Status.NEW
    assert new_answers() == []


def test_the_list_goes_on_page_by_page(author: AppClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PAGE_SIZE", 2)
    for key in range(5):
        post(author, {"text": f"№ {key}"}, f"k{key}")
    texts: list[str] = []
    cursor: str | None = None
    while True:
        page = author.get(PATH, params={"cursor": cursor} if cursor else {}).json()
        texts += [request["text"] for request in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert texts == ["№ 4", "№ 3", "№ 2", "№ 1", "№ 0"]
