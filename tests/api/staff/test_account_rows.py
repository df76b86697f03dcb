"""One wrong row taken out at the desk: the account tells what is true without it, and of nothing else."""

from typing import Any

import pytest

from cabinet.accounts.store import get_account_and_supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.billing.keys import payment_key
from cabinet.exchange.imports import apply, job_store, undo_job, undo_requests
from cabinet.exchange.imports.import_job import ImportResult
from cabinet.identity.security_log import list_events
from cabinet.staff.model import Role
from tests.support.account_consistency import assert_accounts_agree_with_their_rows
from tests.support.desk import Desk, Person
from tests.support.factories import bound_accounts
from tests.support.factories.registries import (
    ACCOUNT_ID,
    BALANCE,
    CHARGE,
    METER,
    PAYMENT,
    SERVICE,
    SUPPLIER,
    WHOLE,
    RegistryImporter,
    account_item,
    apply_supplier,
    ask_undo,
    packed,
    under,
)

PATH = f"/api/staff/accounts/{ACCOUNT_ID}"
OCTOBER = {"period": "2026-10", "issued": "2026-10-28"}
WRONG = {
    "balances": [BALANCE | OCTOBER],
    "services": [SERVICE | {"period": "2026-10"}],
    "charges": [CHARGE | {"period": "2026-10"}],
    "payments": [PAYMENT | {"received": "2026-10-02", "processed": "2026-10-03", "sum": "77.00"}],
    "meters": [METER, METER | {"meter_no": "9"}],
}
WHY = {"reason": "строка чужого счёта"}


@pytest.fixture
def engineer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Person:
    """An engineer of the supplier, who has loaded a right registry and one with wrong rows."""
    monkeypatch.setattr(apply, "THREADS", 1)
    desk.wait(days=240)  # the registries are of the autumn
    apply_supplier()
    imports = RegistryImporter(desk.aws)
    assert imports.import_file(packed(WHOLE))["status"] == "applied"
    assert imports.import_file(packed(WRONG, 2, "2026-10-31"))["status"] == "applied"
    return desk.signed_in(Role.ENGINEER, suppliers=(SUPPLIER,))


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def rows(person: Person) -> dict[str, list[dict[str, Any]]]:
    return dict(person.browser.get(f"{PATH}/rows").json())


def void(person: Person, part: str, row_id: str) -> Any:
    return person.browser.post(f"{PATH}/{part}/{row_id}/void", json=WHY)


def test_without_a_wrong_receipt_the_latest_is_the_one_before(desk: Desk, engineer: Person) -> None:
    shown = rows(engineer)
    assert [each["receipt_id"] for each in shown["receipts"]] == [
        "2026-10-obedinennaya", "2026-09-obedinennaya",
    ]  # fmt: skip
    assert account_item()["last_period"] == "2026-10"
    assert void(engineer, "receipts", "2026-10-obedinennaya").status_code == 204
    account = account_item()
    assert account["latest"] == {"obedinennaya": "2026-09"}
    assert (account["first_period"], account["last_period"]) == ("2026-09", "2026-09")
    assert under("RECEIPT#2026-10#obedinennaya") is None
    assert_accounts_agree_with_their_rows(desk.aws)
    (entry,) = [each for each in desk.audit() if each.action == "RECEIPT_REMOVED"]
    assert (entry.about, entry.reason) == (f"account:{ACCOUNT_ID}", "строка чужого счёта")
    assert entry.before["main"]["total"] == 15_000
    assert problem(void(engineer, "receipts", "2026-10-obedinennaya")) == (404, "not_found")


def test_without_the_only_receipt_there_is_none(desk: Desk, engineer: Person) -> None:
    for period in ("2026-09", "2026-10"):
        assert void(engineer, "receipts", f"{period}-obedinennaya").status_code == 204
        assert_accounts_agree_with_their_rows(desk.aws)
    account = account_item()
    assert (account["latest"], account["newest"], account["charged"]) == ({}, {}, "")
    assert (account["first_period"], account["last_period"]) == (None, None)
    found, _ = get_account_and_supplier(ACCOUNT_ID)
    assert found.last_period is None


def test_a_registry_that_names_the_row_again_brings_it_back(desk: Desk, engineer: Person) -> None:
    for part, row_id in (("receipts", "2026-10-obedinennaya"), ("meters", "9")):
        assert void(engineer, part, row_id).status_code == 204
    RegistryImporter(desk.aws).import_file(packed(WRONG, 3, "2026-10-31"))
    assert account_item()["latest"] == {"obedinennaya": "2026-10"}
    assert under("METER#9") is not None
    assert_accounts_agree_with_their_rows(desk.aws)


def test_a_payment_of_a_registry_goes_and_one_through_the_cabinet_stays(desk: Desk, engineer: Person) -> None:
    wrong, right = rows(engineer)["payments"]
    assert (wrong["received_on"], wrong["amount"], wrong["is_removable"]) == ("2026-10-02", 7700, True)
    assert void(engineer, "payments", wrong["payment_id"]).status_code == 204
    assert rows(engineer)["payments"] == [right]
    own_id = right["payment_id"].removeprefix("2026-09-10-")
    key = payment_key(ACCOUNT_ID, "2026-09-10", own_id)
    dynamo.update(
        Table.ACCOUNTS, key, "SET #order_id = :order", condition=dynamo.IS_PRESENT,
        on_conflict=AssertionError, order="o1",
    )  # type: ignore[arg-type]  # fmt: skip
    assert problem(void(engineer, "payments", right["payment_id"])) == (409, "row_not_removable")
    assert rows(engineer)["payments"][0]["is_removable"] is False


def test_a_meter_goes_with_what_the_account_told_of_it(desk: Desk, engineer: Person) -> None:
    assert [each["meter_id"] for each in rows(engineer)["meters"]] == ["9", "757-243"]
    assert void(engineer, "meters", "9").status_code == 204
    assert [each["meter_id"] for each in rows(engineer)["meters"]] == ["757-243"]
    assert list(account_item()["meter_terms"]) == ["757-243"]
    assert_accounts_agree_with_their_rows(desk.aws)


def test_whoever_has_the_account_bound_finds_it_in_their_journal(desk: Desk, engineer: Person) -> None:
    account, _ = get_account_and_supplier(ACCOUNT_ID)
    bound_accounts.user("u1", account)
    rows(engineer)
    void(engineer, "meters", "9")
    assert sorted(event["what"] for event in list_events("u1")) == [
        "Сотрудник организации исправил данные лицевого счёта",
        "Сотрудник организации просмотрел лицевой счёт",
    ]


@pytest.mark.parametrize("path", ["receipts/x", "receipts/2026-10", "payments/p1", "meters/none"])
def test_what_is_no_row_is_not_there(engineer: Person, path: str) -> None:
    assert problem(engineer.browser.post(f"{PATH}/{path}/void", json=WHY)) == (404, "not_found")
    assert problem(engineer.browser.post(f"{PATH}/{path}/void", json={"reason": ""}))[0] == 422


def _newer_registry(desk: Desk) -> None:
    RegistryImporter(desk.aws).import_file(
        packed(WRONG | {"balances": [BALANCE | OCTOBER | {"debt": "1.00"}]}, 3, "2026-11-01")
    )


def test_a_registry_that_comes_between_is_seen(
    desk: Desk, engineer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = dynamo.Transaction.commit

    def commit_after_registry(transaction: dynamo.Transaction) -> None:
        monkeypatch.setattr(dynamo.Transaction, "commit", commit)
        _newer_registry(desk)
        commit(transaction)

    monkeypatch.setattr(dynamo.Transaction, "commit", commit_after_registry)
    assert void(engineer, "receipts", "2026-10-obedinennaya").status_code == 204
    assert under("RECEIPT#2026-10#obedinennaya") is None
    assert account_item()["latest"] == {"obedinennaya": "2026-09"}
    assert_accounts_agree_with_their_rows(desk.aws)
    (entry,) = [each for each in desk.audit() if each.action == "RECEIPT_REMOVED"]
    assert entry.before["main"]["debt"] == 100


def test_the_whole_registry_can_be_undone_after_one_of_its_rows_was_taken_out(
    desk: Desk, engineer: Person
) -> None:
    assert void(engineer, "receipts", "2026-10-obedinennaya").status_code == 204
    assert void(engineer, "meters", "9").status_code == 204
    asked = ask_undo(undo_requests.last_applied(SUPPLIER))
    assert undo_job.run(asked, lambda: 900.0) is ImportResult.DONE
    item = job_store.get_job(SUPPLIER, asked.import_id)
    assert item is not None
    assert (item["status"], item["undo_left"]) == ("undone", 0)
    assert account_item()["latest"] == {"obedinennaya": "2026-09"}
    assert [each["received_on"] for each in rows(engineer)["payments"]] == ["2026-09-10"]
    assert_accounts_agree_with_their_rows(desk.aws)
