"""The sample: the same bytes at each run, enough accounts and months, and readable by the import."""

from collections import Counter
from pathlib import Path

import yaml

from cabinet.accounts.model import Supplier
from cabinet.clock import now
from cabinet.exchange.checking import check
from cabinet.exchange.formats import Reading
from cabinet.exchange.staging import Stage
from infra import sample


def test_it_is_the_same_at_each_run(tmp_path: Path) -> None:
    for one, other in zip(sample.generate(tmp_path / "1"), sample.generate(tmp_path / "2"), strict=True):
        assert [path.read_bytes() for path in one.registries] == [
            path.read_bytes() for path in other.registries
        ]


def test_it_is_two_suppliers_with_enough_of_everything_and_nothing_refused(tmp_path: Path) -> None:
    accounts: set[str] = set()
    periods: set[str] = set()
    warnings: Counter[str] = Counter()
    for files in sample.generate(tmp_path / "sample"):
        supplier = Supplier.model_validate(yaml.safe_load(files.profile.read_text("utf-8")))
        assert supplier.reading_window.always_open
        reading = Reading(supplier, files.registries[0].name, now().date().replace(year=2030))
        with Stage(tmp_path / "stage.db") as stage:
            checked = check(files.registries[0], reading, now(), stage, lambda keys: set())
            accounts |= {f"{supplier.supplier_id}:{rows.number}" for rows in stage.accounts()}
            periods |= stage.periods
        assert not checked.refused
        warnings.update(finding.code for finding in checked.findings.kept)
    assert len(accounts) >= 200
    assert len({period for period in periods if period >= "2024-01"}) >= 24
    # The manual's own rules for totals, and nothing else, differ from the formula.
    assert warnings == {"total_differs": 4}
    assert {account["account_id"] for account in sample.demo()["accounts"]} <= accounts
