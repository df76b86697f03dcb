"""Files of requests by real presigned forms: the hostile is refused, what was looked at stays."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from cabinet.accounts.model import Account
from tests.support.app_client import AppClient
from tests.support.factories import bound_accounts
from tests.support.local_aws import LocalAws

PATH = "/api/accounts/uk-test:1234567899/requests"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 2000
MEGABYTE = 1024 * 1024


@pytest.fixture
def author(local_aws: LocalAws) -> AppClient:
    from subscriber_requests.app import app

    bound_accounts.supplier()
    return bound_accounts.browser(app, bound_accounts.user("u1", bound_accounts.account()))


def neighbour() -> AppClient:
    from subscriber_requests.app import app

    same = Account.model_validate(
        {"account_id": "uk-test:1234567899", "supplier_id": "uk-test", "number": "1234567899",
         "holder": "Иванов И. И.", "address": {"house": "1"}}
    )  # fmt: skip
    return bound_accounts.browser(app, bound_accounts.user("u2", same, email="b@example.com"))


def form(client: AppClient, name: str = "течь.jpg", kind: str = "image/jpeg", size: int = len(JPEG)) -> Any:
    return client.post(f"{PATH}/attachments", json={"name": name, "content_type": kind, "size": size})


def upload(opened: dict[str, Any], content: bytes, **changed: str) -> httpx.Response:
    return httpx.post(opened["url"], data=opened["fields"] | changed, files={"file": ("x", content)})


def send(client: AppClient, *tickets: str, key: str = "k") -> httpx.Response:
    body = {"kind": "complaint", "text": "Течёт", "attachments": list(tickets)}
    return client.post(PATH, json=body, headers={"Idempotency-Key": key})


def test_a_photo_goes_with_the_request_and_can_be_opened_again(author: AppClient) -> None:
    opened = form(author).json()
    assert upload(opened, JPEG).status_code in (200, 201, 204)
    sent = send(author, opened["attachment"])
    assert sent.status_code == 201
    (file,) = sent.json()["attachments"]
    assert (file["name"], file["content_type"], file["size"]) == ("течь.jpg", "image/jpeg", len(JPEG))
    request_id = sent.json()["request_id"]
    link = author.get(f"{PATH}/{request_id}/attachments/{file['file_id']}").json()["url"]
    got = httpx.get(link)
    assert got.content == JPEG
    assert got.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\0" + JPEG, b"<html><script>alert(1)</script>", b"%PDF-1.7 in a photo's clothes",
        b"PK\x03\x04", b"\xff\xd8",
    ],
)  # fmt: skip
def test_a_wrong_type_in_disguise_is_refused(author: AppClient, content: bytes) -> None:
    opened = form(author).json()
    upload(opened, content)
    refused = send(author, opened["attachment"])
    assert (refused.status_code, refused.json()["code"]) == (422, "attachment_type")
    assert author.get(PATH).json()["items"] == []


def test_eleven_megabytes_are_refused(author: AppClient) -> None:
    assert form(author, size=11 * MEGABYTE).json()["code"] == "attachment_size"
    opened = form(author, size=MEGABYTE).json()
    upload(opened, JPEG + b"\0" * 11 * MEGABYTE)
    refused = send(author, opened["attachment"])
    assert refused.status_code == 422
    assert refused.json()["code"] in ("attachment_missing", "attachment_size"), "by storage, or by us"


def test_an_empty_or_missing_file_is_refused(author: AppClient) -> None:
    opened = form(author).json()
    assert send(author, opened["attachment"]).json()["code"] == "attachment_missing"
    upload(opened, b"")
    assert send(author, opened["attachment"], key="k2").status_code == 422


@pytest.mark.parametrize("name", ["../../x.jpg", "a/b.jpg", "x.jpg\0.exe", "\u202egpj.jpg", ".jpg"])
def test_path_tricks_in_the_name_are_refused(author: AppClient, name: str) -> None:
    assert form(author, name=name).status_code == 422


def test_a_form_bent_to_another_key_brings_nothing(author: AppClient, local_aws: LocalAws) -> None:
    opened = form(author).json()
    upload(opened, JPEG, key="requests/another/file")
    assert send(author, opened["attachment"]).json()["code"] == "attachment_missing"


def test_anothers_file_is_refused(author: AppClient) -> None:
    opened = form(author).json()
    upload(opened, JPEG)
    refused = send(neighbour(), opened["attachment"])
    assert (refused.status_code, refused.json()["code"]) == (422, "attachment_missing")


def test_anothers_request_and_its_file_are_not_found(author: AppClient) -> None:
    opened = form(author).json()
    upload(opened, JPEG)
    sent = send(author, opened["attachment"]).json()
    path = f"{PATH}/{sent['request_id']}/attachments/{sent['attachments'][0]['file_id']}"
    assert neighbour().get(path).status_code == 404
    assert author.get(path.replace("1234567899", "1")).status_code == 404


def test_what_is_uploaded_after_the_look_changes_nothing(author: AppClient) -> None:
    opened = form(author).json()
    upload(opened, JPEG)
    sent = send(author, opened["attachment"]).json()
    upload(opened, b"MZ evil")
    path = f"{PATH}/{sent['request_id']}/attachments/{sent['attachments'][0]['file_id']}"
    assert httpx.get(author.get(path).json()["url"]).content == JPEG


def test_the_same_key_at_once_sends_one_request(author: AppClient) -> None:
    send(author, key="warm-up")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: send(author), range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert len(author.get(PATH).json()["items"]) == 2
