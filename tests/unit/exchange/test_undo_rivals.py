"""Two undos of one import at once: two commands, or one message that is given out twice."""

from collections.abc import Callable
from typing import Any

import pytest

from cabinet.aws import dynamo, queues
from cabinet.exchange.errors import ConcurrentModification, UndoRejected
from cabinet.exchange.imports import (
    bucket,
    import_job,
    job_store,
    previous_registry,
    undo_apply,
    undo_job,
    undo_requests,
)
from cabinet.exchange.imports.import_job import ImportResult
from tests.support.factories.registries import (
    ACCOUNT,
    BALANCE,
    SUPPLIER,
    WHOLE,
    RegistryImporter,
    ask_undo,
    packed,
)

WRONG = WHOLE | {
    "accounts": [ACCOUNT, ACCOUNT | {"ls": "7400000002"}],
    "balances": [BALANCE | {"total": "999999.99"}],
}
CORRECTED = WHOLE | {"accounts": [ACCOUNT, ACCOUNT | {"ls": "7400000002"}]}
NUMBERS = f"numbers/{SUPPLIER}/native-accounts.json.gz"


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The messages to the function; the tests run it themselves."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(queues, "send", lambda _, bodies, **__: found.extend(bodies))
    return found


@pytest.fixture
def wrong(importer: RegistryImporter) -> str:
    """Load a right registry and a wrong one; return the wrong one's identifier."""
    importer.import_file(packed(WHOLE))
    return str(importer.import_file(packed(WRONG, number=2))["import_id"])


def rows(importer: RegistryImporter) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        key: {name: value for name, value in item.items() if name not in ("mark", "version")}
        for key, item in importer.stored().items()
    }


def before(
    importer: RegistryImporter,
    monkeypatch: pytest.MonkeyPatch,
    where: Any,
    name: str,
    rival: Callable[[], Any],
    nth: int = 0,
) -> None:
    """Let `rival` act just before the nth call of a function, once."""
    genuine, calls = getattr(where, name), iter(range(1000))

    def disturbed(*args: Any, **more: Any) -> Any:
        if next(calls) == nth:
            rival()
        return genuine(*args, **more)

    monkeypatch.setattr(where, name, disturbed)


def undo(import_id: str) -> None:
    """Undo an import from the request to the end, as another command would."""
    assert undo_job.run(ask_undo(import_id, "a colleague"), lambda: 900.0) is ImportResult.DONE


def test_a_command_beside_one_that_has_just_ended_says_so(
    importer: RegistryImporter, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before(importer, monkeypatch, undo_requests, "add_change_if_unchanged", lambda: undo(wrong))
    with pytest.raises(UndoRejected) as refused:
        ask_undo(wrong, "an engineer")
    assert "уже отменена" in refused.value.detail
    item = job_store.get_job(SUPPLIER, wrong)
    assert item is not None
    assert (item["status"], item["undo_state"]) == ("undone", "done")


def test_a_command_beside_one_that_has_just_begun_waits_for_the_same_undo(
    importer: RegistryImporter, wrong: str, monkeypatch: pytest.MonkeyPatch, sent: list[dict[str, Any]]
) -> None:
    def begun() -> None:
        asked = ask_undo(wrong, "a colleague")
        with monkeypatch.context() as dead:
            dead.setattr(dynamo.Transaction, "commit", _die)
            with pytest.raises(KeyboardInterrupt):
                undo_job.run(asked, lambda: 900.0)

    before(importer, monkeypatch, undo_requests, "add_change_if_unchanged", begun)
    asked = ask_undo(wrong, "an engineer")
    assert sent == [{"undo": wrong, "supplier_id": SUPPLIER}] * 2
    assert undo_job.run(asked, lambda: 900.0) is ImportResult.DONE
    item = job_store.get_job(SUPPLIER, wrong)
    assert item is not None
    assert (item["status"], item["undo_left"]) == ("undone", 0)


def _die(*_: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("nth", range(3))
def test_a_twin_that_ends_between_two_writes_changes_nothing_of_the_result(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    importer.import_file(packed(WHOLE))
    rows_before = rows(importer)
    numbers = bucket.read(NUMBERS)
    wrong = str(importer.import_file(packed(WRONG, number=2))["import_id"])
    monkeypatch.setattr(undo_apply, "MAX_ACTIONS", 2)
    asked = ask_undo(wrong, "an engineer")
    ended: list[ImportResult] = []
    before(
        importer,
        monkeypatch,
        dynamo.Transaction,
        "commit",
        lambda: ended.append(undo_job.run(asked, lambda: 900.0)),
        nth,
    )
    assert undo_job.run(asked, lambda: 900.0) is ImportResult.DONE
    assert ended == [ImportResult.DONE]
    assert rows(importer) == rows_before
    assert bucket.read(NUMBERS) == numbers
    item = job_store.get_job(SUPPLIER, wrong)
    assert item is not None
    assert (item["status"], item["undo_left"]) == ("undone", 0)


@pytest.mark.parametrize(
    ("where", "name"), [(previous_registry, "restore"), (previous_registry, "save"), (undo_job, "_finish")]
)
def test_a_twin_that_lags_behind_takes_nothing_from_the_corrected_registry(
    importer: RegistryImporter, wrong: str, monkeypatch: pytest.MonkeyPatch, where: Any, name: str
) -> None:
    asked = ask_undo(wrong, "an engineer")
    after: list[Any] = []

    def ended_and_corrected() -> None:
        assert undo_job.run(asked, lambda: 900.0) is ImportResult.DONE
        assert importer.import_file(packed(CORRECTED, number=2))["status"] == "applied"
        after.extend([importer.stored(), bucket.read(NUMBERS)])

    before(importer, monkeypatch, where, name, ended_and_corrected)
    assert undo_job.run(asked, lambda: 900.0) is ImportResult.DONE
    stored, numbers = after
    assert importer.stored() == stored
    assert bucket.read(NUMBERS) == numbers


def test_a_lagging_twin_import_keeps_the_next_registrys_numbers(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = importer.job(importer.upload(packed(WHOLE)))
    after: list[Any] = []

    def ended_and_followed() -> None:
        assert import_job.run(job, lambda: 900.0) is ImportResult.DONE
        assert importer.import_file(packed(CORRECTED, number=2))["status"] == "applied"
        after.append(bucket.read(NUMBERS))

    before(importer, monkeypatch, previous_registry, "save", ended_and_followed)
    with pytest.raises(ConcurrentModification):
        import_job.run(job, lambda: 900.0)
    assert bucket.read(NUMBERS) == after[0]
    assert import_job.run(job, lambda: 900.0) is ImportResult.DONE
