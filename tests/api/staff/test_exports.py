"""Registries out at the desk: listed, made now, made again, taken as CSV and as a workbook."""

import io
import json
import zipfile
from typing import Any

import pytest

from cabinet.exchange.exports.export_requests import file_key
from cabinet.staff.model import Role
from exports.app import handler
from tests.support.desk import Desk, Person
from tests.support.desk_exports import EXPORTS, a_registry, put_export_file
from tests.support.desk_scenarios import SUPPLIER, world
from tests.support.exported_registries import reading_waits
from tests.support.lambda_context import Context


@pytest.fixture
def accountant(desk: Desk) -> Person:
    """An accountant of the supplier."""
    world()
    return desk.signed_in(Role.ACCOUNTANT, suppliers=(SUPPLIER,))


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def work(desk: Desk) -> int:
    """The worker takes what waits in its queue; return how many messages that was."""
    got = desk.aws.client("sqs").receive_message(
        QueueUrl=desk.aws.environment["EXPORT_QUEUE_URL"], MaxNumberOfMessages=10
    )
    waiting = got.get("Messages", [])
    for message in waiting:
        body = json.dumps(json.loads(message["Body"]))
        record = {"messageId": "1", "body": body, "eventSource": "aws:sqs"}
        assert handler({"Records": [record]}, Context()) == {"batchItemFailures": []}
    return len(waiting)


def stored(desk: Desk, key: str) -> bytes:
    bucket = desk.aws.environment["EXCHANGE_BUCKET"]
    return bytes(desk.aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())


def test_a_registry_is_made_now_and_taken_in_both_forms(desk: Desk, accountant: Person) -> None:
    new = {"supplier_id": SUPPLIER, "kind": "readings"}
    assert problem(accountant.browser.post(EXPORTS, json=new)) == (409, "nothing_to_export")
    reading_waits(SUPPLIER, "1234567899", "r1")
    assert accountant.browser.post(EXPORTS, json=new).status_code == 204
    assert work(desk) == 1
    page = accountant.browser.get(EXPORTS, params=new).json()
    (registry,) = page["items"]
    assert (registry["number"], registry["state"], page["next"]) == (1, "delivered", None)
    path = f"{EXPORTS}/{registry['export_id']}"
    link = accountant.browser.get(f"{path}/file").json()["url"]
    assert f"/outbound/{SUPPLIER}/readings/readings_{SUPPLIER}_000001.csv" in link
    sent = stored(desk, file_key("readings", SUPPLIER, 1, "csv"))
    assert sent.startswith("\ufeff#registry;uk-test;1;".encode())

    assert problem(accountant.browser.get(f"{path}/file", params={"form": "xlsx"})) == (409, "file_absent")
    assert accountant.browser.post(f"{path}/again").status_code == 204
    assert work(desk) == 1
    link = accountant.browser.get(f"{path}/file", params={"form": "xlsx"}).json()["url"]
    assert f"/reports/{SUPPLIER}/readings/readings_{SUPPLIER}_000001.xlsx" in link
    book = zipfile.ZipFile(io.BytesIO(stored(desk, file_key("readings", SUPPLIER, 1, "xlsx"))))
    assert "xl/worksheets/sheet1.xml" in book.namelist()
    assert stored(desk, file_key("readings", SUPPLIER, 1, "csv")) == sent
    titles = sorted(entry.action for entry in desk.audit() if entry.about.startswith("export"))
    assert titles == ["EXPORT_REPEATED", "EXPORT_REQUESTED", "EXPORT_TAKEN", "EXPORT_TAKEN"]


def test_what_is_no_registry_is_not_there(desk: Desk, accountant: Person) -> None:
    still_open = a_registry("open")
    for export_id in (
        f"{SUPPLIER}:payments:{still_open}", f"{SUPPLIER}:payments:999", f"{SUPPLIER}:payments:x",
        f"{SUPPLIER}:payments:", f"{SUPPLIER}:letters:1", SUPPLIER, f"{SUPPLIER}:payments:²",
    ):  # fmt: skip
        assert problem(accountant.browser.get(f"{EXPORTS}/{export_id}/file")) == (404, "not_found")
        assert problem(accountant.browser.post(f"{EXPORTS}/{export_id}/again")) == (404, "not_found")
    assert [entry for entry in desk.audit() if entry.about.startswith("export")] == []


def test_a_registry_that_is_not_delivered_yet_can_be_asked_for_again(desk: Desk, accountant: Person) -> None:
    a_registry("sealed")
    new = {"supplier_id": SUPPLIER, "kind": "payments"}
    assert accountant.browser.post(EXPORTS, json=new).status_code == 204


def test_the_list_goes_on_page_by_page(
    desk: Desk, accountant: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cabinet.exchange.exports.export_requests.PAGE_SIZE", 2)
    numbers = [a_registry() for _ in range(5)]
    put_export_file(desk, numbers[0])
    found: list[int] = []
    params: dict[str, str] = {"supplier_id": SUPPLIER, "kind": "payments"}
    while True:
        page = accountant.browser.get(EXPORTS, params=params).json()
        found += [each["number"] for each in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert found == numbers[::-1]
