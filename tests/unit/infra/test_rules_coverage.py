"""The check of the rules' coverage fails below its bar, and for a file that nothing has measured."""

from typing import Any

import pytest

from infra.build.rules_coverage import RULES, TESTS, judge
from infra.build.template import ROOT


def file(taken: int, branches: int) -> dict[str, Any]:
    missing = [[7, 9]] if taken < branches else []
    return {
        "summary": {"covered_branches": taken, "num_branches": branches},
        "missing_branches": missing,
    }


@pytest.mark.parametrize(
    ("taken", "branches", "is_low"), [(19, 20, False), (94, 100, True), (0, 0, False), (0, 2, True)]
)
def test_a_file_below_the_bar_is_named_with_what_is_missing(taken: int, branches: int, is_low: bool) -> None:
    said = judge({"a/rules.py": file(taken, branches)}, ["a/rules.py"])
    assert said == (
        f"a/rules.py: {taken} of {branches} branches are tried by its tests; not 7→9" if is_low else ""
    )


def test_a_file_that_is_not_measured_is_named() -> None:
    assert judge({}, ["b/rules.py"]) == "b/rules.py: not measured"


def test_the_rules_and_their_tests_are_where_the_check_looks() -> None:
    assert all(list(ROOT.glob(pattern)) for pattern in RULES)
    assert len(list(ROOT.glob(RULES[0]))) >= 8
    assert len(list(ROOT.glob(TESTS))) >= 8
