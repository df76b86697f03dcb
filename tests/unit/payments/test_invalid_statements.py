"""Banks' statements with the mistakes that people make: each report as the accountant reads it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.invalid_statements import reported

CASES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("invalid_statements.yaml").read_text("utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=[case["change"][0][1][:20] for case in CASES])
def test_an_invalid_statement_is_reported_so_that_it_can_be_fixed(case: dict[str, Any]) -> None:
    said = reported(*case["change"])
    assert [line.replace("\u00a0", " ") for line in said] == case["report"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "cp866", "utf-16"])
def test_the_register_without_the_mistake_agrees_with_the_books(encoding: str) -> None:
    assert reported(encoding=encoding) == []
    assert len(CASES) >= 15
