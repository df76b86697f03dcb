"""Imports on the local AWS: two at once, a payer beside, cut to pieces."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cabinet.accounts.keys import account_partition
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.exchange.errors import UndoRejected
from cabinet.exchange.imports import apply, import_job, job_store, undo_job
from cabinet.exchange.imports.import_job import ImportResult
from tests.support.factories.registries import (  # fmt: skip
    ACCOUNT,
    ACCOUNT_ID,
    BALANCE,
    SUPPLIER,
    WHOLE,
    RegistryImporter,
    account_item,
    apply_supplier,
    ask_undo,
    packed,
)
from tests.support.local_aws import LocalAws


@pytest.fixture
def importer(local_aws: LocalAws) -> RegistryImporter:
    apply_supplier()
    return RegistryImporter(local_aws)


def test_two_registries_of_a_supplier_at_once_take_turns_and_the_newer_wins(
    importer: RegistryImporter,
) -> None:
    older = importer.job(
        importer.upload(packed(WHOLE | {"accounts": [ACCOUNT | {"fio": "Старый Пётр"}]}, number=1))
    )
    newer = importer.job(
        importer.upload(packed(WHOLE | {"accounts": [ACCOUNT | {"fio": "Новый Пётр"}]}, number=2))
    )

    def until_done(job: job_store.Job) -> None:
        while import_job.run(job, lambda: 900.0) is not ImportResult.DONE:
            pass

    with ThreadPoolExecutor(2) as together:
        list(together.map(until_done, [older, newer]))
    assert account_item()["holder"] == "Новый Пётр"
    assert account_item()["stamp"].endswith("#0000000002")


def accounts_in(importer: RegistryImporter) -> int:
    return sum(sk == "ACCOUNT" for _, sk in importer.stored())


def test_the_same_upload_by_two_events_at_once_is_one_import(importer: RegistryImporter) -> None:
    rows = {"accounts": [ACCOUNT | {"ls": f"74000{index:05d}"} for index in range(60)]}
    job = importer.job(importer.upload(packed(rows)))

    def run(_: int) -> ImportResult:
        outcome = import_job.run(job, lambda: 900.0)
        while outcome is not ImportResult.DONE:
            outcome = import_job.run(job, lambda: 900.0)
        return outcome

    with ThreadPoolExecutor(3) as together:
        assert list(together.map(run, range(3))) == [ImportResult.DONE] * 3
    assert accounts_in(importer) == 60
    assert importer.item(job)["status"] == "applied"


def test_two_undos_of_an_import_at_once_leave_what_stood_before_it(importer: RegistryImporter) -> None:
    def registry(count: int, number: int, **changes: str) -> bytes:
        numbers = [{"ls": f"74000{index:05d}"} for index in range(count)]
        accounts = [ACCOUNT | each | changes for each in numbers]
        return packed({"accounts": accounts, "balances": [BALANCE | each for each in numbers]}, number=number)

    def stored_rows() -> dict[tuple[str, str], dict[str, object]]:
        return {
            key: {name: value for name, value in item.items() if name != "mark"}
            for key, item in importer.stored().items()
        }

    assert importer.import_file(registry(40, 1))["status"] == "applied"
    before = stored_rows()
    wrong = importer.import_file(registry(60, 2, fio="Чужой Пётр"))
    assert stored_rows() != before

    def undo(_: int) -> None:
        asked = ask_undo(wrong["import_id"], "an engineer")
        while undo_job.run(asked, lambda: 900.0) is not ImportResult.DONE:
            pass

    with ThreadPoolExecutor(2) as together:
        ended = [together.submit(undo, number) for number in range(2)]
    refused = [error for each in ended if (error := each.exception()) is not None]
    assert all(isinstance(error, UndoRejected) for error in refused), "too late: it was undone already"
    assert len(refused) < 2
    item = job_store.get_job(SUPPLIER, wrong["import_id"])
    assert item is not None
    assert (item["status"], item["undo_state"], item["undo_left"]) == ("undone", "done", 0)
    assert stored_rows() == before


def test_a_payment_beside_an_import_is_not_lost(importer: RegistryImporter) -> None:
    """The ledger grows while registries of the same account are applied: neither overwrites the other."""
    importer.import_file(packed(WHOLE))
    stop = threading.Event()
    paid: list[str] = []

    def pay() -> None:
        while not stop.is_set():
            order = f"ord{len(paid)}"
            dynamo.update(
                Table.ACCOUNTS, (account_partition(ACCOUNT_ID), "ACCOUNT"), "SET #unaccounted.#id = :entry",
                condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict, names={"id": order},
                entry={"paid_at": "2026-10-01T00:00:00+00:00", "amount": 1, "received_on": "2026-10-01"},
            )  # fmt: skip
            paid.append(order)

    payer = threading.Thread(target=pay)
    payer.start()
    try:
        for number in range(2, 8):
            changed = WHOLE | {"accounts": [ACCOUNT | {"fio": f"Иванов {number}"}],
                               "balances": [BALANCE | {"total": f"{number}.00"}]}  # fmt: skip
            assert importer.import_file(packed(changed, number=number))["status"] == "applied"
    finally:
        stop.set()
        payer.join()
    assert account_item()["holder"] == "Иванов 7"
    assert set(account_item()["unaccounted"]) == set(paid)


def test_an_import_cut_into_many_runs_ends_as_one(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply, "_WINDOW", 7)
    rows = {"accounts": [ACCOUNT | {"ls": f"74000{index:05d}"} for index in range(40)]}
    job = importer.job(importer.upload(packed(rows)))
    runs = 1
    while import_job.run(job, lambda: 1.0) is not ImportResult.DONE:
        runs += 1
    assert (runs, accounts_in(importer), importer.item(job)["counts"]) == (7, 40, {"accounts.written": 40})
