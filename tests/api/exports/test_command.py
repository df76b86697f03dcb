"""`cabinet export`: made now, again by number or day, and clear words when there is nothing."""

from pathlib import Path
from typing import Any

import pytest

from infra import __main__
from infra.cli import environment
from tests.support.aws import Aws
from tests.support.exported_registries import reading_waits, refuse_paper, rows_of
from tests.support.factories import bound_accounts


@pytest.fixture
def stack(aws: Aws, monkeypatch: pytest.MonkeyPatch, time_machine: Any) -> Aws:
    time_machine.move_to("2026-10-20T10:00:00+05:00", tick=True)
    monkeypatch.setattr(environment, "select_environment", lambda _: aws.environment)
    bound_accounts.supplier()
    return aws


def export(*arguments: str) -> int:
    return __main__.main(["export", "readings", "--supplier", "uk-test", *arguments])


def test_a_registry_is_written_and_handed_out_again(stack: Aws, tmp_path: Path, capsys: Any) -> None:
    reading_waits("uk-test", "100", "r1", "38.500")
    first, again, of_day = tmp_path / "first.csv", tmp_path / "again.csv", tmp_path / "day.csv"
    assert export("-o", str(first)) == 0
    assert [row[3] for row in rows_of(first.read_bytes())] == ["38.500"]
    assert export("--number", "1", "-o", str(again)) == 0
    assert export("--date", "2026-10-20", "-o", str(of_day)) == 0
    assert first.read_bytes() == again.read_bytes() == of_day.read_bytes()
    assert "registry 1 of 2026-10-20: 1 rows" in capsys.readouterr().out


def test_a_day_again_is_all_that_was_made_on_it(stack: Aws, tmp_path: Path, capsys: Any) -> None:
    refuse_paper("100")
    assert __main__.main(["export", "refusals", "--supplier", "uk-test"]) == 0
    refuse_paper("200")
    written = tmp_path / "last.csv"
    again = ["export", "refusals", "--supplier", "uk-test", "--date", "2026-10-20", "-o", str(written)]
    assert __main__.main(again) == 0
    assert [row[:2] for row in rows_of(written.read_bytes())] == [["200", "1"]]
    before = written.with_stem("last-1")
    assert [row[:2] for row in rows_of(before.read_bytes())] == [["100", "1"]], "none is left out"
    told = capsys.readouterr().out.splitlines()[-4:]
    assert [line.split(":")[0] for line in told[:2]] == [f"registry {n} of 2026-10-20" for n in (1, 2)]
    assert told[2:] == [f"registry 1 is written to {before}", f"registry 2 is written to {written}"]
    assert __main__.main(again) == 0
    assert capsys.readouterr().out.splitlines() == told, "and again the same"


def test_nothing_to_export_is_said(stack: Aws, capsys: Any) -> None:
    assert export() == 0
    assert "no readings to export" in capsys.readouterr().out


def test_an_unknown_supplier_or_number_is_refused(stack: Aws, capsys: Any) -> None:
    assert __main__.main(["export", "readings", "--supplier", "nobody"]) == 1
    assert export("--number", "7") == 1
    told = capsys.readouterr().err
    assert "no supplier nobody" in told
    assert "no registry 7 of uk-test" in told
