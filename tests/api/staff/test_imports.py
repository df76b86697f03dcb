"""Registries at the desk: uploaded, checked, shown, applied, undone, and what prevents each."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.exchange.imports import apply, job_store
from cabinet.exchange.imports.import_request_rules import MAX_NAME
from cabinet.staff.model import Role
from imports.app import handler
from tests.support.desk import Desk, Person
from tests.support.factories.registries import (
    ACCOUNT,
    BALANCE,
    NUMBER,
    SERVICE,
    SUPPLIER,
    WHOLE,
    apply_supplier,
    packed,
    under,
)
from tests.support.fault_injection import FAULTS, Fault, FaultInjector
from tests.support.lambda_context import Context

IMPORTS = "/api/staff/imports"
OCTOBER = {"period": "2026-10", "issued": "2026-10-28"}
WRONG = {
    "accounts": [ACCOUNT, ACCOUNT | {"ls": "7400000002"}],
    "balances": [BALANCE | {"charged": "999999.99", "total": "999999.99"}],
    "services": [SERVICE | {"charged": "999999.99", "total": "999999.99"}],
}


@pytest.fixture
def engineer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Person:
    """An engineer of the supplier, who has entered a code again."""
    monkeypatch.setattr(apply, "THREADS", 1)
    desk.wait(days=240)  # the registries below are of the autumn
    apply_supplier(receipt_mail_delay_minutes=15)
    person = desk.signed_in(Role.ENGINEER, suppliers=(SUPPLIER,))
    desk.confirm_code(person)
    return person


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def put(desk: Desk, form: dict[str, Any], content: bytes) -> None:
    """What the browser does with the form."""
    bucket = desk.aws.environment["EXCHANGE_BUCKET"]
    desk.aws.client("s3").put_object(Bucket=bucket, Key=form["fields"]["key"], Body=content)


def upload(desk: Desk, person: Person, content: bytes, name: str = "реестр 10.zip") -> dict[str, Any]:
    """Open a form, post the file, ask for the check; return the import."""
    new = {"supplier_id": SUPPLIER, "file_name": name, "size": len(content)}
    form = person.browser.post(IMPORTS, json=new).json()
    put(desk, form, content)
    asked = person.browser.post(f"{IMPORTS}/{form['import_id']}/check", json={"ticket": form["ticket"]})
    assert asked.status_code == 200, asked.text
    return dict(asked.json())


def messages(desk: Desk) -> list[dict[str, Any]]:
    got = desk.aws.client("sqs").receive_message(
        QueueUrl=desk.aws.environment["IMPORT_QUEUE_URL"], MaxNumberOfMessages=10
    )
    return [json.loads(each["Body"]) for each in got.get("Messages", [])]


def work(desk: Desk) -> int:
    """The worker takes what waits in its queue; return how many messages that was."""
    waiting = messages(desk)
    for body in waiting:
        record = {"messageId": "1", "body": json.dumps(body)}
        assert handler({"Records": [record]}, Context()) == {"batchItemFailures": []}
    return len(waiting)


def state(person: Person, import_id: str) -> dict[str, Any]:
    return dict(person.browser.get(f"{IMPORTS}/{import_id}").json())


def test_a_registry_is_checked_seen_applied_and_undone(desk: Desk, engineer: Person) -> None:
    right = upload(desk, engineer, packed(WHOLE))
    assert (right["status"], right["uploaded_by"], right["can_apply"]) == ("checking", "Петрова Анна", False)
    assert work(desk) == 1
    assert under("RECEIPT#2026-09#obedinennaya") is None
    checked = state(engineer, right["import_id"])
    assert (checked["status"], checked["can_apply"], checked["rows"]) == ("preview", True, 7)
    assert checked["reports"] == ["check"]
    assert engineer.browser.post(f"{IMPORTS}/{right['import_id']}/apply").json()["status"] == "applying"
    work(desk)
    applied = state(engineer, right["import_id"])
    assert (applied["status"], applied["applied_by"]) == ("applied", "Петрова Анна")
    assert applied["mails_after"] > applied["finished_at"]
    assert applied["reports"] == ["check", "apply"]

    desk.wait(seconds=2)
    wrong = upload(desk, engineer, packed(WRONG, number=2))
    work(desk)
    found = engineer.browser.get(f"{IMPORTS}/{wrong['import_id']}/preview").json()
    assert (found["total_before"], found["total_after"]) == (15_000, 99_999_999)
    assert found["sums"] == [
        {
            "period": "2026-09", "kind": "Объединённая", "payee_inn": "7451001232",
            "payee_name": found["sums"][0]["payee_name"], "before": 15_000, "after": 99_999_999,
        }
    ]  # fmt: skip
    assert found["sums"][0]["payee_name"]
    assert found["biggest"] == [
        {
            "number": NUMBER, "period": "2026-09", "kind": "Объединённая", "before": 15_000,
            "after": 99_999_999, "compared_with": "2026-09",
        }
    ]  # fmt: skip
    assert (found["accounts"]["new"], found["receipts"]["changed"]) == (1, 1)
    engineer.browser.post(f"{IMPORTS}/{wrong['import_id']}/apply")
    work(desk)
    receipt = under("RECEIPT#2026-09#obedinennaya")
    assert receipt is not None
    assert receipt["main"]["total"] == 99_999_999

    path = f"{IMPORTS}/{wrong['import_id']}/undo"
    undone = engineer.browser.post(path, json={"reason": "не тот месяц"})
    assert (undone.status_code, undone.json()["undo_state"]) == (200, "requested")
    work(desk)
    over = state(engineer, wrong["import_id"])
    assert (over["status"], over["undo_reason"], over["undone_by"]) == (
        "undone", "не тот месяц", "Петрова Анна",
    )  # fmt: skip
    assert over["reports"] == ["check", "apply", "undo"]
    receipt = under("RECEIPT#2026-09#obedinennaya")
    assert receipt is not None
    assert receipt["main"]["total"] == 15_000
    listed = engineer.browser.get(IMPORTS, params={"supplier_id": SUPPLIER}).json()
    assert [each["status"] for each in listed["items"]] == ["undone", "applied"]
    names = [(entry.title, entry.reason) for entry in desk.audit() if entry.about.startswith("import:")]
    assert sorted(names) == sorted([
        ("Реестр загружен на проверку", ""), ("Реестр применён", ""), ("Реестр загружен на проверку", ""),
        ("Просмотр проверки реестра", ""), ("Реестр применён", ""),
        ("Отмена реестра запрошена", "не тот месяц"),
    ])  # fmt: skip


def test_a_registry_that_cannot_be_taken_is_refused_with_its_lines(desk: Desk, engineer: Person) -> None:
    broken = packed({"accounts": [ACCOUNT | {"fio": "Иванов"}]}).replace(b"PK", b"KP")
    refused = upload(desk, engineer, broken, "таблица.csv")
    work(desk)
    shown = state(engineer, refused["import_id"])
    assert (shown["status"], shown["can_apply"]) == ("refused", False)
    found = engineer.browser.get(f"{IMPORTS}/{refused['import_id']}/preview").json()
    assert found["findings"]
    assert {each["severity"] for each in found["findings"]} == {"fatal"}
    path = f"{IMPORTS}/{refused['import_id']}/apply"
    assert problem(engineer.browser.post(path)) == (409, "import_not_applicable")
    link = engineer.browser.get(f"{IMPORTS}/{refused['import_id']}/report", params={"kind": "check"}).json()
    assert f"/reports/{SUPPLIER}/" in link["url"]


def test_accounts_that_are_absent_now_are_named(desk: Desk, engineer: Person) -> None:
    both = {"accounts": [ACCOUNT, ACCOUNT | {"ls": "7400000002"}]}
    first = upload(desk, engineer, packed(both))
    work(desk)
    engineer.browser.post(f"{IMPORTS}/{first['import_id']}/apply")
    work(desk)
    second = upload(desk, engineer, packed({"accounts": [ACCOUNT]}, 2))
    work(desk)
    found = engineer.browser.get(f"{IMPORTS}/{second['import_id']}/preview").json()
    assert found["missing"] == {"accounts": {"count": 1, "first": ["7400000002"]}}


@pytest.mark.parametrize(("size", "code"), [(0, "file_empty"), (50_000_001, "too_large")])
def test_a_file_of_a_wrong_size_gets_no_form(engineer: Person, size: int, code: str) -> None:
    new = {"supplier_id": SUPPLIER, "file_name": "a.zip", "size": size}
    assert problem(engineer.browser.post(IMPORTS, json=new)) == (422, code)


def test_a_form_leads_into_the_suppliers_own_folder_and_bounds_the_size(engineer: Person) -> None:
    new = {"supplier_id": SUPPLIER, "file_name": "../other/" + "я" * 200 + ".zip", "size": 10}
    form = engineer.browser.post(IMPORTS, json=new).json()
    import_id = form["import_id"].partition(":")[2]
    assert form["fields"]["key"] == f"desk/{SUPPLIER}/{import_id}/" + "я" * (MAX_NAME - 4) + ".zip"
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    assert ["content-length-range", 1, 50_000_000] in policy["conditions"]


def test_anothers_ticket_checks_nothing(desk: Desk, engineer: Person) -> None:
    colleague = desk.signed_in(Role.ENGINEER, suppliers=(SUPPLIER,))
    new = {"supplier_id": SUPPLIER, "file_name": "a.zip", "size": 10}
    form = colleague.browser.post(IMPORTS, json=new).json()
    path, body = f"{IMPORTS}/{form['import_id']}/check", {"ticket": form["ticket"]}
    assert problem(engineer.browser.post(path, json=body)) == (422, "upload_expired")
    assert problem(colleague.browser.post(path, json={"ticket": "x"})) == (422, "upload_expired")
    desk.wait(hours=3)
    colleague.sign_in()
    assert problem(colleague.browser.post(path, json=body)) == (422, "upload_expired")


def test_a_check_or_an_import_asked_for_twice_is_one(desk: Desk, engineer: Person) -> None:
    new = {"supplier_id": SUPPLIER, "file_name": "a.zip", "size": 10}
    form = engineer.browser.post(IMPORTS, json=new).json()
    put(desk, form, packed(WHOLE))
    for _ in range(2):
        path = f"{IMPORTS}/{form['import_id']}/check"
        assert engineer.browser.post(path, json={"ticket": form["ticket"]}).status_code == 200
    work(desk)
    for _ in range(2):
        assert engineer.browser.post(f"{IMPORTS}/{form['import_id']}/apply").status_code == 200
    work(desk)
    assert state(engineer, form["import_id"])["status"] == "applied"
    titles = [entry.action for entry in desk.audit() if entry.about.startswith("import:")]
    assert sorted(titles) == ["IMPORT_APPLIED", "IMPORT_CHECKED"]


def test_a_file_changed_after_its_check_is_not_applied(desk: Desk, engineer: Person) -> None:
    checked = upload(desk, engineer, packed(WHOLE))
    work(desk)
    item = job_store.get_job(SUPPLIER, checked["import_id"].partition(":")[2])
    assert item is not None
    put(desk, {"fields": {"key": item["object_key"]}}, packed(WRONG))
    engineer.browser.post(f"{IMPORTS}/{checked['import_id']}/apply")
    work(desk)
    assert state(engineer, checked["import_id"])["status"] == "refused"
    assert under("RECEIPT#2026-09#obedinennaya") is None


def taken_away(desk: Desk, import_id: str) -> None:
    item = job_store.get_job(SUPPLIER, import_id.partition(":")[2])
    assert item is not None
    bucket = desk.aws.environment["EXCHANGE_BUCKET"]
    desk.aws.client("s3").delete_object(Bucket=bucket, Key=item["object_key"])


@pytest.mark.parametrize("steps", [0, 1])
def test_a_file_that_is_not_there_ends_the_import(desk: Desk, engineer: Person, steps: int) -> None:
    opened = upload(desk, engineer, packed(WHOLE))
    if steps:
        work(desk)
        engineer.browser.post(f"{IMPORTS}/{opened['import_id']}/apply")
    taken_away(desk, opened["import_id"])
    work(desk)
    assert state(engineer, opened["import_id"])["status"] == "refused"
    work(desk)


def test_a_message_that_was_lost_is_sent_again_when_somebody_looks(
    desk: Desk, engineer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = upload(desk, engineer, packed(WHOLE))
    assert len(messages(desk)) == 1  # lost
    state(engineer, opened["import_id"])
    assert messages(desk) == []
    desk.wait(seconds=61)
    for _ in range(2):
        state(engineer, opened["import_id"])
    assert len(messages(desk)) == 1
    desk.wait(seconds=61)
    state(engineer, opened["import_id"])
    assert work(desk) == 1
    assert state(engineer, opened["import_id"])["status"] == "preview"


def test_an_undo_that_cannot_be_says_why(desk: Desk, engineer: Person) -> None:
    opened = upload(desk, engineer, packed(WHOLE))
    work(desk)
    path = f"{IMPORTS}/{opened['import_id']}/undo"
    assert problem(engineer.browser.post(path, json={"reason": "ошибка"})) == (409, "undo_refused")
    assert problem(engineer.browser.post(path, json={"reason": " "}))[0] == 422


def test_a_lost_undo_is_sent_again_too(desk: Desk, engineer: Person) -> None:
    opened = upload(desk, engineer, packed(WHOLE))
    work(desk)
    engineer.browser.post(f"{IMPORTS}/{opened['import_id']}/apply")
    work(desk)
    for _ in range(2):
        engineer.browser.post(f"{IMPORTS}/{opened['import_id']}/undo", json={"reason": "ошибка"})
    assert {"undo" in body for body in messages(desk)} == {True}
    desk.wait(seconds=61)
    state(engineer, opened["import_id"])
    work(desk)
    assert state(engineer, opened["import_id"])["status"] == "undone"
    assert [entry.action for entry in desk.audit()].count("IMPORT_UNDONE") == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_wherever_the_worker_dies_the_check_ends_once(
    desk: Desk, engineer: Person, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    number = 1
    while True:
        opened = upload(desk, engineer, packed(WHOLE))
        (body,) = messages(desk)
        event = {"Records": [{"messageId": "1", "body": json.dumps(body)}]}
        injector = FaultInjector(number=number, fault=fault)
        with monkeypatch.context() as patched:
            injector.patch(patched)
            injector.process(lambda event=event: handler(event, Context()))
        handler(event, Context())
        handler(event, Context())
        assert state(engineer, opened["import_id"])["status"] == "preview", (number, injector.calls)
        stored = dynamo.get(
            Table.ACCOUNTS, job_store.preview_key(SUPPLIER, opened["import_id"].partition(":")[2])
        )
        assert stored is not None
        assert under("RECEIPT#2026-09#obedinennaya") is None
        if len(injector.calls) < number:
            break
        number += 1
        desk.wait(seconds=2)
    assert number > 5


RIVALS: dict[str, Callable[[Person, str], Any]] = {
    "apply": lambda person, path: person.browser.post(f"{path}/apply"),
    "undo": lambda person, path: person.browser.post(f"{path}/undo", json={"reason": "ошибка"}),
}


@pytest.mark.parametrize("rival", RIVALS)
def test_two_persons_who_ask_at_once_leave_one_row(
    desk: Desk, engineer: Person, monkeypatch: pytest.MonkeyPatch, rival: str
) -> None:
    opened = upload(desk, engineer, packed(WHOLE))
    work(desk)
    path = f"{IMPORTS}/{opened['import_id']}"
    if rival == "undo":
        RIVALS["apply"](engineer, path)
        work(desk)
    before = len([entry for entry in desk.audit() if entry.about.startswith("import:")])
    commit = dynamo.Transaction.commit

    def commit_after_rival(transaction: dynamo.Transaction) -> None:
        monkeypatch.setattr(dynamo.Transaction, "commit", commit)
        assert RIVALS[rival](engineer, path).status_code == 200
        commit(transaction)

    monkeypatch.setattr(dynamo.Transaction, "commit", commit_after_rival)
    answer = RIVALS[rival](engineer, path)
    assert answer.status_code in (200, 409), answer.text
    rows = [entry for entry in desk.audit() if entry.about.startswith("import:")]
    assert len(rows) == before + 1


@pytest.mark.parametrize("import_id", [f"{SUPPLIER}:nothing", f"{SUPPLIER}:", SUPPLIER, ":", "uk-other:x"])
def test_an_id_that_names_no_import_is_not_found(engineer: Person, import_id: str) -> None:
    assert problem(engineer.browser.get(f"{IMPORTS}/{import_id}")) == (404, "not_found")
