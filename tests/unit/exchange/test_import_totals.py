"""What a report says in rubles, which accounts are missing since the last registry, how far an import is."""

from typing import Any

import pytest

from cabinet.exchange.imports import apply, import_job, job_store
from cabinet.exchange.imports.import_job import ImportResult
from cabinet.exchange.imports.previous_registry import KnownAccounts
from infra.cli.commands.import_ import progress
from tests.support.factories.registries import ACCOUNT, BALANCE, SERVICE, RegistryImporter, packed

NUMBERS = [f"740{index}" for index in range(4)]


def month(*numbers: str) -> dict[str, list[dict[str, Any]]]:
    return {
        "accounts": [ACCOUNT | {"ls": number} for number in numbers],
        "balances": [BALANCE | {"ls": number} for number in numbers],
        "services": [SERVICE | {"ls": number} for number in numbers],
    }


def summary_of(importer: RegistryImporter, item: dict[str, Any]) -> list[str]:
    return [line[3] for line in importer.report(item) if line[2] == "summary"]


def test_the_report_has_the_rubles_by_period_kind_and_payee(importer: RegistryImporter) -> None:
    item = importer.import_file(packed(month(*NUMBERS)))
    lines = summary_of(importer, item)
    assert f"К оплате за {BALANCE['period']}, {BALANCE['receipt']}: 600,00 руб., квитанций 4." in [
        line.replace("\u00a0", " ") for line in lines
    ]
    assert any(line.startswith(f"Получателю {SERVICE['payee_inn']}: ") for line in lines)
    assert int(item["amount"]) == 60_000


def test_accounts_that_the_last_registry_had_and_this_one_lacks_are_named(importer: RegistryImporter) -> None:
    first = importer.import_file(packed(month(*NUMBERS)))
    assert not [line for line in summary_of(importer, first) if "прошлом реестре" in line]
    second = importer.import_file(packed(month(*NUMBERS[:2]), number=2))
    missing = [line for line in summary_of(importer, second) if "прошлом реестре" in line]
    assert missing == [
        "Были в прошлом реестре лицевых счетов, а в этом нет: 2 (7402, 7403).",
        "Были в прошлом реестре квитанций, а в этом нет: 2 (7402, 7403).",
    ]


def test_parts_of_one_registry_are_one_and_an_older_one_changes_nothing() -> None:
    known = KnownAccounts().with_registry("1", ["a", "b", "c"]).with_registry("2", ["a"])
    assert known.missing == ["b", "c"]
    assert known.with_registry("2", ["b"]).missing == ["c"]
    assert known.with_registry("2", ["a"]) == known
    assert known.with_registry("1", ["x"]) is known


def test_totals_are_not_counted_twice_when_an_import_goes_on_later(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply, "_WINDOW", 1)
    job = importer.job(importer.upload(packed(month(*NUMBERS))))
    assert import_job.run(job, lambda: 1.0) is ImportResult.CONTINUE
    item = job_store.get_job(job.supplier_id, job.import_id)
    assert item is not None
    assert progress(item) == "1 of 4 accounts …"
    assert import_job.run(job, lambda: 900.0) is ImportResult.DONE
    done = job_store.get_job(job.supplier_id, job.import_id)
    assert done is not None
    assert int(done["amount"]) == 60_000
