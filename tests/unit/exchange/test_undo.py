"""An import is undone: everything is as before it, and nothing that others did since is lost."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cabinet.accounts.keys import account_key
from cabinet.aws import dynamo, queues
from cabinet.aws.dynamo import IS_PRESENT, Table
from cabinet.core.errors import Conflict
from cabinet.exchange.errors import UndoRejected
from cabinet.exchange.imports import bucket, import_job, import_lock, undo_apply, undo_job, undo_requests
from cabinet.exchange.imports.import_job import ImportResult
from cabinet.exchange.imports.undo_requests import Undo
from tests.support.factories.registries import (  # fmt: skip
    ACCOUNT,
    ACCOUNT_ID,
    BALANCE,
    METER,
    NUMBER,
    PAYMENT,
    READING,
    SUPPLIER,
    WHOLE,
    RegistryImporter,
    account_item,
    ask_undo,
    packed,
    under,
)

TECHNICAL = ("mark", "version")
"""A meter's version increases, so that a writer that read the old one fails."""
WRONG = WHOLE | {
    "accounts": [ACCOUNT | {"fio": "Петров Пётр", "residents": "9"}, ACCOUNT | {"ls": "7400000002"}],
    "balances": [
        BALANCE | {"charged": "999999.99", "total": "999999.99"},
        BALANCE | {"period": "2026-10", "issued": "2026-10-28"},
    ],
    "payments": [PAYMENT | {"sum": "77.00"}],
    "meters": [METER, METER | {"meter_no": "9"}],
    "readings": [READING, READING | {"value": "14.000", "taken": "2026-10-20", "accepted": "2026-10-25"}],
}


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The messages to the function; the tests run it themselves."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(queues, "send", lambda _, bodies, **__: found.extend(bodies))
    return found


def rows(importer: RegistryImporter) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        key: {name: value for name, value in item.items() if name not in TECHNICAL}
        for key, item in importer.stored().items()
    }


def undo(import_id: str) -> dict[str, Any]:
    """Undo an import to its end and return its item."""
    asked = ask_undo(import_id, "an engineer")
    assert undo_job.run(asked, lambda: 900.0) is ImportResult.DONE
    item = dynamo.get(Table.ACCOUNTS, asked.key, consistent=True)
    assert item is not None
    return item


def test_an_undone_import_leaves_every_row_as_it_stood_before(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE))
    before = rows(importer)
    wrong = importer.import_file(packed(WRONG, number=2))
    receipt = under("RECEIPT#2026-09#obedinennaya")
    assert receipt is not None
    assert receipt["main"]["total"] == 99_999_999
    assert rows(importer) != before

    item = undo(wrong["import_id"])

    assert (item["status"], item["undone_by"], item["undo_left"]) == ("undone", "an engineer", 0)
    assert rows(importer) == before


def test_the_same_registry_and_a_corrected_one_can_come_after_an_undo(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE))
    undo(importer.import_file(packed(WRONG, number=2))["import_id"])
    again = importer.import_file(packed(WRONG, number=2))
    assert again["counts"]["receipts.written"] == 2
    assert importer.codes(again).count("number_repeated") == 0
    undo(again["import_id"])
    right = {"balances": [BALANCE | {"charged": "160.00", "total": "160.00"}]}
    importer.import_file(packed(right, number=2))
    receipt = under("RECEIPT#2026-09#obedinennaya")
    assert receipt is not None
    assert receipt["main"]["total"] == 16_000


def test_the_first_import_undone_leaves_nothing(importer: RegistryImporter) -> None:
    undo(importer.import_file(packed(WHOLE))["import_id"])
    assert importer.stored() == {}


def test_what_others_did_to_the_account_since_stays(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE))
    wrong = importer.import_file(packed(WRONG, number=2))
    entry = {"paid_at": "2026-10-01T00:00:00Z", "received_on": "2026-10-01", "amount": 500, "lines": []}
    for change, value in (("SET #unaccounted.#id = :value", entry), ("SET #bound = :value", True)):
        dynamo.update(
            Table.ACCOUNTS, account_key(ACCOUNT_ID), change, condition=IS_PRESENT, on_conflict=Conflict,
            names={"id": "order-1"}, value=value,
        )  # fmt: skip
    undo(wrong["import_id"])
    item = account_item()
    assert (item["unaccounted"], item["bound"], item["holder"]) == (
        {"order-1": entry}, True, "Иванов Пётр Ильич",
    )  # fmt: skip


def _change(key: tuple[str, str], change: str, **values: Any) -> None:
    dynamo.update(Table.ACCOUNTS, key, change, condition=IS_PRESENT, on_conflict=Conflict, **values)


def _hand_in_readings() -> None:
    """Change the meter as readings do, and what the account's item says of it."""
    _change(METER_KEY, "SET #last = :last, #version = :next", last={}, next=99)
    dynamo.update(
        Table.ACCOUNTS, (METER_KEY[0], "ACCOUNT"), "SET #meter_terms.#meter.#last = :last",
        condition=IS_PRESENT, on_conflict=Conflict, names={"meter": "757-243"}, last={},
    )  # fmt: skip


NEW_ACCOUNT = account_key(f"{SUPPLIER}:7400000002")
METER_KEY = (f"ACCOUNT#{SUPPLIER}#{NUMBER}", "METER#757-243")
RIVALS: dict[str, tuple[str, Callable[[], None]]] = {
    "account_bound": ("7400000002", lambda: _change(NEW_ACCOUNT, "SET #bound = :yes", yes=True)),
    "order_since": ("7400000002", lambda: _change(NEW_ACCOUNT, "SET #reserved_version = :one", one=1)),
    "reading_since": (NUMBER, _hand_in_readings),
}


@pytest.mark.parametrize("code", RIVALS)
def test_something_newer_refuses_the_whole_undo_before_anything_is_written(
    importer: RegistryImporter, code: str
) -> None:
    importer.import_file(packed(WHOLE))
    wrong = importer.import_file(packed(WRONG, number=2))
    number, rival = RIVALS[code]
    rival()
    before = importer.stored()
    item = undo(wrong["import_id"])
    assert (item["status"], item["undo_state"]) == ("applied", "refused")
    assert importer.stored() == before
    assert [number, code] in [
        line[:2] for line in importer.report(item | {"report_key": item["undo_report_key"]})
    ]


@pytest.mark.parametrize("code", RIVALS)
def test_a_rival_between_looking_and_writing_is_left_and_named(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    importer.import_file(packed(WHOLE))
    wrong = importer.import_file(packed(WRONG, number=2))
    number, rival = RIVALS[code]
    genuine = undo_apply.write_account
    waiting = [rival]

    def disturbed(account: Any) -> None:
        if account.number == number and waiting:
            waiting.pop()()
        genuine(account)

    monkeypatch.setattr(undo_apply, "write_account", disturbed)
    left = {key: row for key, row in rows(importer).items() if key[0].endswith(number)}
    item = undo(wrong["import_id"])
    assert (item["status"], item["undo_left"]) == ("undone", 1)
    assert [number, code] in [
        line[:2] for line in importer.report(item | {"report_key": item["undo_report_key"]})
    ]
    now = rows(importer)
    assert {key for key in now if key[0].endswith(number)} == set(left)


@pytest.mark.parametrize("survived", range(6))
def test_a_repeated_undo_finishes_one_that_was_killed(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    importer.import_file(packed(WHOLE))
    before = rows(importer)
    wrong = importer.import_file(packed(WRONG, number=2))
    monkeypatch.setattr(undo_apply, "MAX_ACTIONS", 2)
    committed = 0
    real = dynamo.Transaction.commit

    def dying(transaction: dynamo.Transaction) -> None:
        nonlocal committed
        if committed >= survived:
            raise KeyboardInterrupt
        committed += 1
        real(transaction)

    asked = ask_undo(wrong["import_id"], "an engineer")
    with monkeypatch.context() as dead:
        dead.setattr(dynamo.Transaction, "commit", dying)
        with pytest.raises(KeyboardInterrupt):
            undo_job.run(asked, lambda: 900.0)
    assert undo_job.run(asked, lambda: 900.0) is ImportResult.DONE
    assert rows(importer) == before


def test_an_import_that_died_midway_can_be_undone_and_does_not_go_on(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    importer.import_file(packed(WHOLE))
    before = rows(importer)
    monkeypatch.setattr("cabinet.exchange.imports.write_plan.MAX_ACTIONS", 2)
    for survived in (0, 1, 3):
        committed = 0
        real = dynamo.Transaction.commit

        def dying(transaction: dynamo.Transaction, limit: int = survived) -> None:
            nonlocal committed
            if committed >= limit:
                raise KeyboardInterrupt
            committed += 1
            real(transaction)  # noqa: B023

        job = importer.job(importer.upload(packed(WRONG, number=2)))
        with monkeypatch.context() as dead:
            dead.setattr(dynamo.Transaction, "commit", dying)
            with pytest.raises(KeyboardInterrupt):
                import_job.run(job, lambda: 900.0)
        assert undo(job.import_id)["status"] == "undone"
        assert rows(importer) == before
        assert import_job.run(job, lambda: 900.0) is ImportResult.DONE
        assert rows(importer) == before


def test_imports_are_undone_from_the_newest_on_and_once(importer: RegistryImporter) -> None:
    first = importer.import_file(packed(WHOLE))["import_id"]
    second = importer.import_file(packed(WRONG, number=2))["import_id"]
    with pytest.raises(UndoRejected) as refused:
        ask_undo(first, "an engineer")
    assert second in refused.value.detail
    assert undo_requests.last_applied(SUPPLIER) == second
    undo(second)
    with pytest.raises(UndoRejected):
        ask_undo(second, "an engineer")
    assert undo_requests.last_applied(SUPPLIER) == first
    undo(first)
    with pytest.raises(UndoRejected):
        undo_requests.last_applied(SUPPLIER)


def test_an_undo_waits_for_an_import_that_runs(importer: RegistryImporter) -> None:
    from datetime import timedelta

    from cabinet.core import clock

    applied = importer.import_file(packed(WHOLE))["import_id"]
    running = importer.job(importer.upload(packed(WHOLE, number=2)))
    import_lock.acquire_lock(running, clock.now(), clock.now() + timedelta(hours=1))
    asked = ask_undo(applied, "an engineer")
    before = importer.stored()
    assert undo_job.run(asked, lambda: 900.0) is ImportResult.WAIT
    assert importer.stored() == before
    import_lock.release_lock(running)
    assert undo_job.run(Undo(SUPPLIER, applied), lambda: 900.0) is ImportResult.DONE
    assert importer.stored() == {}


REGISTRIES = [
    WHOLE,
    WRONG,
    {"accounts": [ACCOUNT | {"residents": "3"}], "balances": [BALANCE | {"total": "1.00"}]},
    {"accounts": [ACCOUNT, ACCOUNT | {"ls": "7400000003"}]},
    WHOLE | {"payments": [PAYMENT, PAYMENT | {"sum": "5.00"}]},
]


@settings(
    max_examples=int(os.environ.get("UNDO_EXAMPLES", "50")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(st.sampled_from([*range(len(REGISTRIES)), "undo", "undo"]), min_size=2, max_size=5))
def test_any_sequence_of_imports_and_undos_is_a_stack(
    importer: RegistryImporter, steps: list[int | str]
) -> None:
    table = importer.aws.table("ACCOUNTS_TABLE")
    for item in table.scan()["Items"]:
        if item["sk"] != "PROFILE":
            table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
    for key in list(bucket.keys("numbers/")):
        bucket.s3().delete_object(Bucket=importer.bucket, Key=key)
    stack: list[tuple[str, dict[tuple[str, str], dict[str, Any]]]] = []
    for number, step in enumerate(steps, 1):
        if isinstance(step, int):
            before = rows(importer)
            item = importer.import_file(packed(REGISTRIES[step], number=number))
            assert item["status"] == "applied", [line[:4] for line in importer.report(item) if line[0]]
            stack.append((item["import_id"], before))
        elif stack:
            import_id, before = stack.pop()
            assert undo_requests.last_applied(SUPPLIER) == import_id
            assert undo(import_id)["status"] == "undone"
            assert rows(importer) == before
