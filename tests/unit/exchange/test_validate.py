"""Hostile files: whatever bytes arrive, the check ends in a verdict, never in an error."""

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cabinet.accounts.supplier_model import Supplier
from cabinet.exchange.formats.detection import FileReader
from cabinet.exchange.imports.staging_db import StagingDb
from cabinet.exchange.imports.validate import ValidatedFile, check
from cabinet.exchange.model import FORMATS, FormatName
from infra.sample.suppliers import PROFILES
from tests.support.factories.registries import (
    NUMBER,
    WHOLE,
    no_other_files,
    no_stored_rows,
    packed,
    section_file,
)

SUPPLIER = Supplier.model_validate(yaml.safe_load(PROFILES["center"]))
GOROD = f"#FILESUM 1.00\n#TYPE 7\nКузнецова;Челябинск,УЛ.,1,1;{NUMBER};1.00;1;01/09/2019;30/09/2019;1:5\n"
SBER = f"Кузнецова;75;;г. Челябинск, ул. Лесная, д. 1;{NUMBER};1,00\r\n=1;1,00\r\n"
SEEDS = [
    packed(WHOLE),
    section_file("services", WHOLE["services"]),
    section_file("payments", WHOLE["payments"]).decode("utf-8-sig").encode("cp1251"),
    GOROD.encode("cp866"),
    SBER.encode("cp1251"),
    f"{NUMBER}|Кузнецова|1,00\n".encode(),
]


def checked(content: bytes, given_format: FormatName | None = None) -> ValidatedFile:
    with tempfile.TemporaryDirectory() as folder, StagingDb(Path(folder) / "stage.db") as stage:
        path = Path(folder) / "registry"
        path.write_bytes(content)
        reading = FileReader(SUPPLIER, "registry", date(2026, 10, 31), given_format)
        return check(
            path,
            reading,
            datetime(2026, 10, 31, tzinfo=UTC),
            stage,
            lambda keys: set(),
            no_stored_rows,
            no_other_files,
        )


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([None, *FORMATS]))
def test_any_bytes_end_in_a_verdict_with_a_reason(content: bytes, given_format: FormatName | None) -> None:
    found = checked(content, given_format)
    assert not found.refused or found.issues.kept


@settings(max_examples=120, deadline=None)
@given(st.data(), st.sampled_from(SEEDS))
def test_a_registry_spoilt_anywhere_ends_in_a_verdict(data: st.DataObject, seed: bytes) -> None:
    at = data.draw(st.integers(0, len(seed) - 1))
    until = data.draw(st.integers(at, min(len(seed), at + 20)))
    spoilt = seed[:at] + data.draw(st.binary(max_size=20)) + seed[until:]
    found = checked(spoilt)
    assert not found.refused or all(issue.code and issue.message for issue in found.issues.kept)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_changed_sum_never_passes_the_control_total(data: st.DataObject) -> None:
    content = section_file("charges", WHOLE["charges"])
    amount = data.draw(st.integers(0, 10**6).filter(lambda kopecks: kopecks != 15000))
    changed = content.replace(
        b";150.00\r\n#control", f";{amount // 100}.{amount % 100:02d}\r\n#control".encode()
    )
    assert changed != content
    assert "control_sum" in {issue.code for issue in checked(changed).issues.kept}
