"""A preview says what an import would change, writes nothing, and the same file can be applied after it."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from cabinet.exchange.imports import preview as module
from cabinet.exchange.imports.preview import preview
from infra import __main__
from infra.cli import environment
from tests.support import aws_calls
from tests.support.factories.registries import (  # fmt: skip
    ACCOUNT,
    BALANCE,
    CHARGE,
    PAYMENT,
    SERVICE,
    SUPPLIER,
    WHOLE,
    RegistryImporter,
    apply_supplier,
    packed,
    section_file,
)

SECOND, THIRD, NEW = (f"740000000{digit}" for digit in (2, 3, 4))
OCTOBER = {"period": "2026-10", "issued": "2026-10-28"}
EXISTING = WHOLE | {
    "accounts": [ACCOUNT, *(ACCOUNT | {"ls": number} for number in (SECOND, THIRD))],
    "balances": [BALANCE, *(BALANCE | {"ls": number} for number in (SECOND, THIRD))],
    "services": [SERVICE, *(SERVICE | {"ls": number} for number in (SECOND, THIRD))],
    "charges": [CHARGE, *(CHARGE | {"ls": number} for number in (SECOND, THIRD))],
}
COMING = {
    "accounts": [
        ACCOUNT | {"fio": "Кузнецов Олег"}, ACCOUNT | {"ls": SECOND, "closed": "да"}, ACCOUNT | {"ls": NEW},
    ],
    "balances": [
        BALANCE | {"charged": "999999.99", "total": "999999.99"}, BALANCE | {"ls": SECOND},
        BALANCE | {"ls": SECOND, "charged": "140.00", "total": "140.00"} | OCTOBER,
        BALANCE | {"ls": NEW, "charged": "10.00", "total": "10.00"} | OCTOBER,
    ],
    "payments": [PAYMENT, PAYMENT | {"received": "2026-10-02"}],
}  # fmt: skip


class Reading(aws_calls.Listener):
    """Refuses every call that is not a reading one."""

    def before(self, call: aws_calls.Call) -> None:
        assert call.operation in {"GetItem", "BatchGetItem", "Query", "GetObject", "ListObjectsV2"}


def shown(content: bytes, tmp_path: Path, importer: RegistryImporter) -> tuple[bool, list[list[str]]]:
    """Preview a file with writing refused; return the verdict and the report's lines."""
    path = tmp_path / "registry.zip"
    path.write_bytes(content)
    supplier = apply_supplier()
    before = importer.stored()
    with aws_calls.heard_by(Reading()):
        accepted, said = preview(path, supplier)
    assert importer.stored() == before
    return accepted, list(csv.reader(io.StringIO(said.decode("utf-8-sig")), delimiter=";"))[1:]


def summary_lines(lines: list[list[str]]) -> list[str]:
    return [line[3].replace("\N{NO-BREAK SPACE}", " ") for line in lines if line[2] == "summary"]


def test_a_preview_shows_the_changes_to_stored_data(importer: RegistryImporter, tmp_path: Path) -> None:
    importer.import_file(packed(EXISTING))
    accepted, lines = shown(packed(COMING, number=2, dated="2026-10-31"), tmp_path, importer)
    assert accepted
    assert summary_lines(lines) == [
        "Это проверка, ничего не записано. Реестр будет принят, строк: 9.",
        "лицевые счета: новых 1, изменённых 2 (из них с другим собственником 1), закрываемых 1, "
        "без изменений 0.",
        "Были в прошлом реестре лицевых счетов, а в этом нет: 1 (7400000003).",
        "Были в прошлом реестре квитанций, а в этом нет: 1 (7400000003).",
        "квитанции: новых 2, изменённых 1, без изменений 1.",
        "квитанции: сумма услуг не равна итогу 1.",
        "оплаты: будет записано 1, без изменений 1.",
        "К оплате за 2026-09, Объединённая: было 300,00, станет 1 000 149,99 руб.",
        "К оплате за 2026-10, Объединённая: было 150,00, станет 150,00 руб.",
        "Самые большие изменения «К оплате»:",
        "7400000001, Объединённая за 2026-09: было 150,00, станет 999 999,99 руб.",
        "7400000002, Объединённая за 2026-10: было 150,00 (за 2026-09), станет 140,00 руб.",
        "7400000004, Объединённая за 2026-10: было 0,00, станет 10,00 руб.",
    ]


def test_the_same_file_applies_after_its_preview_as_if_there_had_been_none(
    importer: RegistryImporter, tmp_path: Path
) -> None:
    importer.import_file(packed(EXISTING))
    coming = packed(COMING, number=2, dated="2026-10-31")
    shown(coming, tmp_path, importer)
    item = importer.import_file(coming)
    assert item["status"] == "applied"
    assert item["counts"]["receipts.written"] == 3
    assert item["counts"]["accounts.written"] == 3
    _, lines = shown(coming, tmp_path, importer)
    (accounts,) = [line for line in summary_lines(lines) if line.startswith("лицевые счета")]
    assert "новых 0, изменённых 0 " in accounts
    assert "Самые большие изменения «К оплате»:" not in summary_lines(lines)


def test_a_file_that_would_be_refused_names_its_faults(importer: RegistryImporter, tmp_path: Path) -> None:
    broken = section_file("accounts", [ACCOUNT]).replace("Иванов".encode(), b"=cmd")
    accepted, lines = shown(broken, tmp_path, importer)
    assert not accepted
    assert ["3", "fio", "formula"] in [line[:3] for line in lines]
    assert summary_lines(lines) == ["Реестр не будет принят. Ничего не записано."]


def test_only_the_biggest_differences_are_kept_whatever_the_batches(
    importer: RegistryImporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.apply, "BATCH_SIZE", 2)
    numbers = [f"74000000{index:02d}" for index in range(10, 25)]
    rows: dict[str, list[dict[str, Any]]] = {
        "accounts": [ACCOUNT | {"ls": number} for number in numbers],
        "balances": [
            BALANCE | {"ls": number, "total": f"{index}.00"} for index, number in enumerate(numbers, 1)
        ],
    }
    _, lines = shown(packed(rows), tmp_path, importer)
    listed = [line for line in summary_lines(lines) if line.startswith("74000000")]
    assert [line.partition(",")[0] for line in listed] == numbers[:4:-1]
    (total,) = [line for line in summary_lines(lines) if line.startswith("К оплате за")]
    assert "станет 120,00 руб." in total


def test_the_command_previews_and_uploads_nothing(
    importer: RegistryImporter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(environment, "select_environment", lambda _: None)
    right, broken = tmp_path / "registry.zip", tmp_path / "broken.csv"
    right.write_bytes(packed(WHOLE))
    broken.write_bytes(section_file("accounts", [ACCOUNT]).replace("Иванов".encode(), b"=cmd"))
    options = ["--supplier", SUPPLIER, "--preview"]
    with aws_calls.heard_by(Reading()):
        assert __main__.main(["import", str(right), *options]) == 0
        assert "лицевые счета: новых 1," in capsys.readouterr().out
        assert __main__.main(["import", str(broken), *options]) == 1
        assert "3;fio;formula;" in capsys.readouterr().out
        assert __main__.main(["import", str(right), "--preview", "--supplier", "nobody"]) == 1
        assert __main__.main(["import", "list", *options]) == 1
    assert importer.stored() == {}
    assert "Contents" not in importer.aws.client("s3").list_objects_v2(Bucket=importer.bucket)
