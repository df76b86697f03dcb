"""`cabinet import list`: what was loaded, what became of it, newest first."""

import argparse
from pathlib import Path

import pytest
import time_machine

from cabinet.audit.model import AuditEntry
from cabinet.audit.store import list_about
from cabinet.aws import queues
from cabinet.exchange.imports import job_store, undo_job
from cabinet.exchange.imports.undo_requests import Undo
from infra.cli import environment
from infra.cli.commands import import_
from infra.cli.errors import CommandError
from tests.support.factories.registries import (
    ACCOUNT,
    SUPPLIER,
    WHOLE,
    RegistryImporter,
    packed,
    section_file,
)


def list_of(supplier_id: str) -> int:
    return import_.run(argparse.Namespace(file=Path("list"), supplier=supplier_id, stack=None))


def test_imports_are_listed_newest_first_with_what_became_of_them(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "select_environment", lambda _: None)
    with time_machine.travel("2026-11-26T06:00:00Z", tick=False) as clock:
        importer.import_file(packed(WHOLE), "сентябрь.zip")
        clock.shift(3600)
        broken = section_file("accounts", [ACCOUNT], number=2).replace("Иванов".encode(), b"=cmd")
        importer.import_file(broken, "=1.csv")
        clock.shift(3600)
        job = importer.job(importer.upload(packed(WHOLE)))
        job_store.begin(job)
        assert list_of(SUPPLIER) == 0
    lines = capsys.readouterr().out.splitlines()
    listed = [line.split(";") for line in lines if line.count(";") == 8]
    assert [cells[1:4] for cells in listed] == [
        ["file", "kind", "state"],
        ["registry.zip", "", "checking"],
        ["'=1.csv", "native", "refused"],
        ["сентябрь.zip", "native", "applied"],
    ]
    assert [cells[4:6] for cells in listed[2:]] == [["0", "1"], ["7", "0"]]
    assert [cells[7] for cells in listed] == ["sum", "", "0.00", "150.00"]
    assert listed[1][8] == job.import_id
    assert "13:00" in listed[1][0]


def test_a_list_of_an_unknown_supplier_is_refused(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "select_environment", lambda _: None)
    with pytest.raises(CommandError, match="no supplier"):
        list_of("nobody")


def test_undo_last_prints_the_report_and_says_who_asked(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "select_environment", lambda _: None)
    applied = importer.import_file(packed(WHOLE))["import_id"]

    def serve(_: object, bodies: list[dict[str, str]], **_options: object) -> None:
        undo_job.run(Undo(bodies[0]["supplier_id"], bodies[0]["undo"]), lambda: 900.0)

    monkeypatch.setattr(queues, "send", serve)
    asked = argparse.Namespace(
        file=Path("undo"), import_id="last", supplier=SUPPLIER, stack=None, timeout=60.0
    )
    assert import_.run(asked) == 0
    assert "Загрузка отменена. Счетов возвращено: 1." in capsys.readouterr().out
    item = job_store.get_job(SUPPLIER, applied)
    assert item is not None
    (entry,) = [AuditEntry.model_validate(row) for row in list_about(f"import:{SUPPLIER}:{applied}").items]
    assert (entry.action, entry.role, entry.name) == ("IMPORT_UNDONE", "command", item["undone_by"])
    assert entry.who.startswith("command:arn:aws:")
    with pytest.raises(CommandError, match="Отменять нечего"):
        import_.run(asked)
