"""Files with the mistakes that people make: each report as the person reads it who must mend the file."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from cabinet.exchange.exports.csv_writer import zip_file
from tests.support.factories.registries import check_file
from tests.support.invalid_files import changed, file_of

CASES: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("invalid_files.yaml").read_text("utf-8")
)
KINDS = [(kind, case) for kind, cases in CASES.items() for case in cases]


@pytest.mark.parametrize(
    ("kind", "case"), KINDS, ids=[f"{kind}-{case['change'][0][1][:20]}" for kind, case in KINDS]
)
def test_an_invalid_file_is_reported_so_that_it_can_be_fixed(kind: str, case: dict[str, Any]) -> None:
    found = changed(kind, *case["change"])
    assert [";".join(issue).replace("\u00a0", " ") for issue in found.issues] == case["report"]
    assert found.checked.refused is not case.get("applied", False)


@pytest.mark.parametrize("kind", list(CASES))
def test_the_file_without_the_mistake_is_taken(kind: str) -> None:
    assert changed(kind).issues == []
    assert len(CASES[kind]) >= 15


def test_a_mistake_in_one_file_of_a_zip_names_the_file() -> None:
    wrong = file_of("payments").replace("касса", "")
    content = zip_file({"accounts.csv": file_of("accounts").encode(), "оплаты.csv": wrong.encode()})
    ((place, field, code, _),) = check_file(content, "registry.zip").issues
    assert (place, field, code) == ("оплаты.csv:3", "kind", "required")
