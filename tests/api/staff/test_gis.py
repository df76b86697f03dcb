"""Templates of ГИС ЖКХ at the desk: uploaded, filled by the worker, taken; refusals in words."""

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cabinet.aws import queues
from cabinet.aws.queues import NotQueued
from cabinet.exchange.gis import fill, sources, worker
from cabinet.exchange.gis.request_rules import MAX_RESENDS
from cabinet.exchange.gis.requests import create_upload, result_key, template_key
from cabinet.metering.model import Meter
from cabinet.staff.model import Role
from exports.app import handler
from tests.support.desk import Desk, Person
from tests.support.desk_gis import GIS, NEW, a_fill
from tests.support.desk_scenarios import SUPPLIER, world
from tests.support.factories import bound_accounts
from tests.support.gis_templates import PAYMENTS_HEADER, cells_of, template
from tests.support.lambda_context import Context


class Killed(BaseException):
    """A worker's process ends here: nothing catches it."""


@pytest.fixture
def accountant(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Person:
    """An accountant of the supplier, whose one flat has a meter that was read."""
    monkeypatch.setattr(sources, "THREADS", 1)
    world()
    last = {"reading_id": "r", "value": "12.5", "taken_on": "2026-02-20", "source": "billing"}
    meter = {"meter_id": "m", "number": "77", "service": "ХВС", "last": {"T1": last | {"period": "2026-02"}}}
    for number, gis_number in (("m", "74000000001"), ("n", "")):
        made = meter | {"meter_id": number, "number": number, "gis_number": gis_number}
        bound_accounts.meter(f"{SUPPLIER}:1234567899", Meter.model_validate(made))
    return desk.signed_in(Role.ACCOUNTANT, suppliers=(SUPPLIER,))


def bucket(desk: Desk) -> str:
    return desk.aws.environment["EXCHANGE_BUCKET"]


def put(desk: Desk, fill_id: str, content: bytes) -> None:
    """What the browser does by the form."""
    key = template_key(SUPPLIER, fill_id.partition(":")[2])
    desk.aws.client("s3").put_object(Bucket=bucket(desk), Key=key, Body=content)


def requested(desk: Desk, accountant: Person, content: bytes | None) -> str:
    form = accountant.browser.post(GIS, json=NEW).json()
    assert form["fields"]["key"] == template_key(SUPPLIER, form["fill_id"].partition(":")[2])
    if content is not None:
        put(desk, form["fill_id"], content)
    answer = accountant.browser.post(f"{GIS}/{form['fill_id']}/start", json={"ticket": form["ticket"]})
    assert (answer.status_code, answer.json()["state"]) == (200, "waiting")
    return str(form["fill_id"])


def messages(desk: Desk) -> list[Any]:
    """What waits in the worker's queue; it is taken out."""
    queue, sqs = desk.aws.environment["EXPORT_QUEUE_URL"], desk.aws.client("sqs")
    got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    for message in got:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in got]


def work(desk: Desk, left_ms: int = 900_000) -> None:
    """The worker takes what waits in its queue."""
    for body in messages(desk):
        record = {"messageId": "1", "body": json.dumps(body), "eventSource": "aws:sqs"}
        assert handler({"Records": [record]}, Context(left_ms)) == {"batchItemFailures": []}


def listed(accountant: Person) -> list[Any]:
    return list(accountant.browser.get(GIS, params={"supplier_id": SUPPLIER}).json()["items"])


def forty_minutes_pass(desk: Desk, accountant: Person) -> None:
    """The accountant's session stays in use, by a look at something else."""
    for _ in range(2):
        desk.wait(minutes=20)
        assert accountant.browser.get(f"{GIS}/{SUPPLIER}:nothing/file").status_code == 404


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_template_is_filled_and_taken(desk: Desk, accountant: Person, tmp_path: Path) -> None:
    fill_id = requested(desk, accountant, template(tmp_path).read_bytes())
    assert problem(accountant.browser.get(f"{GIS}/{fill_id}/file")) == (409, "file_absent")
    work(desk)
    (found,) = listed(accountant)
    assert (found["state"], found["rows"], found["workbooks"], found["total"]) == ("ready", 1, 1, None)
    assert [(each["code"], each["rows"]) for each in found["left_out"]] == [("meter_number", 1)]
    link = accountant.browser.get(f"{GIS}/{fill_id}/file").json()["url"]
    assert f"/reports/{SUPPLIER}/gis/" in link
    key = result_key(SUPPLIER, fill_id.partition(":")[2])
    stored = desk.aws.client("s3").get_object(Bucket=bucket(desk), Key=key)["Body"].read()
    with zipfile.ZipFile(io.BytesIO(stored)) as archive:
        book, left_out = archive.namelist()
        assert cells_of(archive.read(book))["B2"] == "74000000001"
    assert left_out == fill.LEFT_OUT_NAME
    entries = [entry for entry in desk.audit() if entry.about.startswith("gis:")]
    assert sorted(entry.action for entry in entries) == ["GIS_FILE_TAKEN", "GIS_FILL_REQUESTED"]
    assert {"kind": "readings", "period": "2026-02"} in [entry.after for entry in entries]


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "gis_template_unreadable"), (b"no workbook", "gis_template_unreadable"),
     ("payments", "gis_header_missing"), (bytes(5_000_001), "gis_template_too_large")],
    ids=["nothing uploaded", "no workbook", "another kind", "too large"],
)  # fmt: skip
def test_a_template_that_does_not_fit_is_refused_in_words(
    desk: Desk, accountant: Person, tmp_path: Path, content: Any, code: str
) -> None:
    if content == "payments":
        content = template(tmp_path, PAYMENTS_HEADER).read_bytes()
    fill_id = requested(desk, accountant, content)
    work(desk)
    (found,) = listed(accountant)
    assert (found["state"], found["code"]) == ("refused", code)
    assert found["message"]
    assert problem(accountant.browser.get(f"{GIS}/{fill_id}/file")) == (409, "file_absent")


def test_a_supplier_too_large_for_the_worker_is_told_of_the_command(
    desk: Desk, accountant: Person, tmp_path: Path
) -> None:
    requested(desk, accountant, template(tmp_path).read_bytes())
    work(desk, left_ms=10_000)
    (found,) = listed(accountant)
    assert (found["state"], found["code"]) == ("refused", "gis_takes_too_long")
    assert "./cabinet gis" in found["message"]


def test_a_message_that_comes_twice_changes_nothing(desk: Desk, accountant: Person, tmp_path: Path) -> None:
    form = accountant.browser.post(GIS, json=NEW).json()
    put(desk, form["fill_id"], template(tmp_path).read_bytes())
    for _ in range(2):
        start = accountant.browser.post(f"{GIS}/{form['fill_id']}/start", json={"ticket": form["ticket"]})
        assert start.status_code == 200
    work(desk)
    put(desk, form["fill_id"], b"changed")
    start = accountant.browser.post(f"{GIS}/{form['fill_id']}/start", json={"ticket": form["ticket"]})
    assert start.json()["state"] == "ready"
    work(desk)
    (found,) = listed(accountant)
    assert found["state"] == "ready"
    assert len([entry for entry in desk.audit() if entry.action == "GIS_FILL_REQUESTED"]) == 1


def test_a_ticket_of_another_person_or_template_starts_nothing(desk: Desk, accountant: Person) -> None:
    form = accountant.browser.post(GIS, json=NEW).json()
    colleague = desk.signed_in(Role.ACCOUNTANT, suppliers=(SUPPLIER,))
    path = f"{GIS}/{form['fill_id']}/start"
    assert problem(colleague.browser.post(path, json={"ticket": form["ticket"]})) == (422, "upload_expired")
    assert problem(accountant.browser.post(path, json={"ticket": "forged"})) == (422, "upload_expired")
    other = f"{GIS}/{SUPPLIER}:another/start"
    assert problem(accountant.browser.post(other, json={"ticket": form["ticket"]})) == (422, "upload_expired")
    assert listed(accountant) == []


def test_a_message_that_was_lost_is_sent_again_when_somebody_looks(
    desk: Desk, accountant: Person, tmp_path: Path
) -> None:
    requested(desk, accountant, template(tmp_path).read_bytes())
    assert len(messages(desk)) == 1  # lost
    assert [each["state"] for each in listed(accountant)] == ["waiting"]
    assert messages(desk) == []
    desk.wait(seconds=61)
    for _ in range(2):
        listed(accountant)
    assert len(messages(desk)) == 1  # lost as well
    forty_minutes_pass(desk, accountant)
    assert [each["state"] for each in listed(accountant)] == ["waiting"], "nothing has failed yet"
    work(desk)
    assert [each["state"] for each in listed(accountant)] == ["ready"]
    forty_minutes_pass(desk, accountant)
    listed(accountant)
    assert messages(desk) == []


def test_a_message_that_the_queue_does_not_take_is_sent_by_the_next_look(
    desk: Desk, accountant: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: Any, **_options: Any) -> None:
        raise NotQueued

    with monkeypatch.context() as cut_off:
        cut_off.setattr(queues, "send", unreachable)
        requested(desk, accountant, template(tmp_path).read_bytes())
    desk.wait(seconds=61)
    listed(accountant)
    work(desk)
    assert [each["state"] for each in listed(accountant)] == ["ready"]


def test_a_fill_whose_worker_dies_each_time_is_said_to_have_failed(
    desk: Desk, accountant: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any) -> None:
        raise Killed

    monkeypatch.setattr(worker, "fill", die)
    requested(desk, accountant, template(tmp_path).read_bytes())
    with pytest.raises(Killed):
        work(desk)
    desk.wait(minutes=29)
    assert [each["state"] for each in listed(accountant)] == ["waiting"]
    assert messages(desk) == [], "what has begun comes again by the queue"
    desk.wait(minutes=1)
    (found,) = listed(accountant)
    assert (found["state"], found["code"]) == ("refused", "gis_lost")


def test_a_fill_that_no_worker_ever_begins_is_said_to_have_failed(desk: Desk, accountant: Person) -> None:
    a_fill("waiting")
    for _ in range(5):
        desk.wait(seconds=61)
        assert [each["state"] for each in listed(accountant)] == ["waiting"]
    assert len(messages(desk)) == MAX_RESENDS
    forty_minutes_pass(desk, accountant)
    (found,) = listed(accountant)
    assert (found["state"], found["code"]) == ("refused", "gis_lost")
    assert messages(desk) == []


def test_what_is_not_there_is_not_found(desk: Desk, accountant: Person) -> None:
    for fill_id in (f"{SUPPLIER}:nothing", f"{SUPPLIER}:", SUPPLIER, "uk-other:x"):
        assert problem(accountant.browser.get(f"{GIS}/{fill_id}/file")) == (404, "not_found")


@pytest.mark.parametrize(
    ("change", "status"),
    [({"size": 0}, 422), ({"size": 5_000_001}, 422), ({"size": -1}, 422), ({"kind": "letters"}, 422),
     ({"period": "2026-13"}, 422), ({"period": "02.2026"}, 422), ({"supplier_id": "uk-other"}, 404)],
)  # fmt: skip
def test_what_no_template_is_like_is_refused_before_the_upload(
    desk: Desk, accountant: Person, change: dict[str, Any], status: int
) -> None:
    assert accountant.browser.post(GIS, json=NEW | change).status_code == status


def test_no_template_is_taken_for_a_supplier_that_is_not_there(desk: Desk) -> None:
    of_all = desk.signed_in(Role.ACCOUNTANT)
    assert problem(of_all.browser.post(GIS, json=NEW | {"supplier_id": "nobody"})) == (404, "not_found")


def test_the_list_goes_on_page_by_page(
    desk: Desk, accountant: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cabinet.exchange.gis.requests.PAGE_SIZE", 2)
    ids = [f"{SUPPLIER}:{a_fill()}" for _ in range(5)]
    found: list[str] = []
    params: dict[str, str] = {"supplier_id": SUPPLIER}
    while True:
        page = accountant.browser.get(GIS, params=params).json()
        found += [each["fill_id"] for each in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert found == ids[::-1]


def test_templates_of_one_second_are_listed_the_newest_first(desk: Desk, accountant: Person) -> None:
    ids = [
        f"{SUPPLIER}:{_requested_at(accountant, f'2026-03-01T00:00:00.{tenth}Z')}" for tenth in range(1, 9)
    ]
    page = accountant.browser.get(GIS, params={"supplier_id": SUPPLIER}).json()
    assert [each["fill_id"] for each in page["items"]] == ids[::-1]


def _requested_at(person: Person, time: str) -> str:
    """Ask for a template at a time and return its own id."""
    now = datetime.fromisoformat(time)
    fill_id, _ = create_upload(person.staff_id, SUPPLIER, "readings", "2026-02", 1000, now)
    return a_fill(named=fill_id)


def test_a_fill_that_nobody_waits_for_is_left(desk: Desk, accountant: Person) -> None:
    queue = desk.aws.environment["EXPORT_QUEUE_URL"]
    for supplier_id, fill_id in ((SUPPLIER, "nothing"), ("nobody", "nothing")):
        body = json.dumps({"what": "gis", "supplier_id": supplier_id, "fill_id": fill_id})
        desk.aws.client("sqs").send_message(QueueUrl=queue, MessageBody=body)
    work(desk)
    assert listed(accountant) == []
