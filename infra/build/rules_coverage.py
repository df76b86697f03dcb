"""How many branches of the `RULES` are taken by the unit tests named `test_*rules.py`, by no others."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.build import executables
from infra.build.template import ROOT

LEAST = 0.95
RULES = ("layers/common/cabinet/**/*rules.py", "serve/*_rules.py")
TESTS = "tests/unit/**/test_*rules.py"


def uncovered_rules() -> str:
    """Return the files below `LEAST`, or what the tests said when they failed; empty when all is well."""
    with TemporaryDirectory() as folder:
        data = ["--data-file", f"{folder}/data"]
        tests = [str(path) for path in sorted(ROOT.glob(TESTS))]
        # All of both packages: a file of rules that no test imports is counted with nothing taken.
        run = [
            "run",
            "--branch",
            "--source",
            "layers/common/cabinet,serve",
            *data,
            "-m",
            "pytest",
            "-q",
            "-n",
            "0",
        ]
        done = _coverage(*run, *tests)
        if done.returncode:
            return str(done.stdout) + str(done.stderr)
        report = Path(folder) / "report.json"
        _coverage("json", *data, "--include", "*rules.py", "-o", str(report))
        names = {str(path.relative_to(ROOT)) for pattern in RULES for path in ROOT.glob(pattern)}
        return judge(json.loads(report.read_text("utf-8"))["files"], names)


def judge(files: Mapping[str, Any], names: Iterable[str]) -> str:
    """Return a line for each of `names` with too many branches untaken in the files of coverage's report."""
    low = []
    for name in sorted(names):
        found = files.get(name)
        if found is None:
            low.append(f"{name}: not measured")
            continue
        taken, branches = found["summary"]["covered_branches"], found["summary"]["num_branches"]
        if taken < LEAST * branches:
            missing = ", ".join(f"{begin}→{end}" for begin, end in found["missing_branches"])
            low.append(f"{name}: {taken} of {branches} branches are tried by its tests; not {missing}")
    return "\n".join(low)


def _coverage(*arguments: str) -> Any:  # noqa: ANN401 - what `executables.run` returns
    return executables.run([sys.executable, "-m", "coverage", *arguments])
