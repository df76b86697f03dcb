"""`cabinet gis`: a filled month on the disk, one audit row, and refusals in a sentence."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from cabinet.audit.store import entries, list_about
from cabinet.exchange.gis import sources
from infra import __main__
from infra.cli import environment
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.gis_templates import PAYMENTS_HEADER, template


@pytest.fixture
def stack(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    monkeypatch.setattr(environment, "select_environment", lambda _: aws.environment)
    monkeypatch.setattr(sources, "THREADS", 1)
    bound_accounts.supplier()
    return aws


def gis(*arguments: str) -> int:
    return __main__.main(["gis", *arguments])


def options(path: Path, supplier: str = "uk-test", period: str = "2026-10") -> list[str]:
    to = str(path.with_name("out.zip"))
    return ["--template", str(path), "--supplier", supplier, "--period", period, "-o", to]


def audited() -> list[dict[str, Any]]:
    return [entry.after for entry in entries(list_about("gis:uk-test:readings:2026-10"))]


def test_a_month_is_written_and_audited_once(stack: Aws, tmp_path: Path, capsys: Any) -> None:
    assert gis("readings", *options(template(tmp_path))) == 0
    assert "0 rows in 0 workbooks" in capsys.readouterr().out
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.namelist() == []
    assert audited() == [{"rows": 0, "left_out": 0}]


def test_a_template_of_another_kind_is_refused_by_its_code(stack: Aws, tmp_path: Path, capsys: Any) -> None:
    assert gis("readings", *options(template(tmp_path, PAYMENTS_HEADER))) == 1
    said = capsys.readouterr().err
    assert "(gis_header_missing)" in said
    assert "«Номер ПУ в ГИС ЖКХ»" in said
    assert not (tmp_path / "out.zip").exists()
    assert audited() == []


def test_invalid_options_are_refused_in_a_sentence(stack: Aws, tmp_path: Path, capsys: Any) -> None:
    path = template(tmp_path)
    assert gis("readings", *options(path, supplier="nobody")) == 1
    assert "no supplier nobody" in capsys.readouterr().err
    assert gis("readings", *options(path, period="10.2026")) == 1
    assert "10.2026 is no month" in capsys.readouterr().err
    assert gis("payments", *options(tmp_path / "absent.xlsx")) == 1
    assert "no file" in capsys.readouterr().err
