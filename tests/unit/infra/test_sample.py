"""The sample: the same bytes at each run, enough accounts and months, and readable by the import."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import yaml

from cabinet.accounts.supplier_model import Supplier
from cabinet.billing.amounts_due import not_payable_amount, payable_lines, remaining
from cabinet.billing.model import Receipt
from cabinet.billing.rules import due_date
from cabinet.core.clock import now
from cabinet.core.periods import period_from_date, shift_period
from cabinet.exchange.formats.detection import FileReader
from cabinet.exchange.imports.receipt_rules import receipts_of
from cabinet.exchange.imports.staging_db import StagingDb
from cabinet.exchange.imports.validate import check
from cabinet.payments.cart.rules import receipt_lines
from infra import sample
from infra.sample import SupplierFiles, demo_family, synthetic_accounts
from infra.sample.suppliers import CAPITAL_REPAIR_INN, CENTER
from tests.support.factories.registries import no_other_files, no_stored_rows

TODAY = date(2026, 11, 26)
FAR_AHEAD = date(2030, 1, 1)
"""No date of the sample lies in the future."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[SupplierFiles, ...]:
    return sample.generate(tmp_path_factory.mktemp("sample"), TODAY)


def test_it_is_the_same_at_each_run(made: tuple[SupplierFiles, ...], tmp_path: Path) -> None:
    for one, other in zip(made, sample.generate(tmp_path / "again", TODAY), strict=True):
        assert one.registry.read_bytes() == other.registry.read_bytes()


@pytest.mark.parametrize(
    "today", [date(2026, 11, 26), date(2026, 12, 3), date(2027, 5, 16), date(2028, 2, 29)]
)
def test_the_family_lives_on_whatever_day_it_is(
    today: date, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others' months are the same on every day; without them the registry is read in a moment."""
    monkeypatch.setattr(synthetic_accounts, "fill", lambda _: None)
    files = sample.generate(tmp_path, today)[0]
    supplier = Supplier.model_validate(yaml.safe_load(files.profile.read_text("utf-8")))
    reading = FileReader(supplier, files.registry.name, today)
    with StagingDb(tmp_path / "stage.db") as stage:
        checked = check(
            files.registry, reading, now(), stage, lambda keys: set(), no_stored_rows, no_other_files
        )
        assert not checked.refused
        assert Counter(finding.code for finding in checked.issues.kept) == {"total_differs": 1}
        family = {
            rows.number: receipts_of(rows, stage.sections, "native")
            for rows in stage.accounts()
            if rows.number in {one.number for one in demo_family.RESIDENTS}
        }
        taken = max(row["taken"] for rows in stage.accounts("7599999999") for row in rows.of("readings"))
    assert f"{taken}"[:7] == shift_period(period_from_date(today), -1), "this month's are to be handed in"
    for number, receipts in family.items():
        newest = max(receipts.values(), key=lambda parts: parts.period)
        assert (len(receipts), newest.period) == (24, demo_family.last_period(today))
        sums = (newest.balance or {})["main"]
        assert due_date(newest.period, supplier) >= today, "its sum is not overdue yet"
        assert (sums["debt"] + sums["paid"] > 0) == (number == demo_family.PARENTS.number), "one owes"


def test_it_is_two_suppliers_with_enough_of_everything_and_nothing_refused(
    made: tuple[SupplierFiles, ...], tmp_path: Path
) -> None:
    accounts: set[str] = set()
    periods: set[str] = set()
    warnings: Counter[str] = Counter()
    for files in made:
        supplier = Supplier.model_validate(yaml.safe_load(files.profile.read_text("utf-8")))
        assert supplier.reading_window.always_open
        reading = FileReader(supplier, files.registry.name, FAR_AHEAD)
        with StagingDb(tmp_path / "stage.db") as stage:
            checked = check(
                files.registry, reading, now(), stage, lambda keys: set(), no_stored_rows, no_other_files
            )
            accounts |= {f"{supplier.supplier_id}:{rows.number}" for rows in stage.accounts()}
            periods |= stage.periods
        assert not checked.refused
        warnings.update(finding.code for finding in checked.issues.kept)
    assert len(accounts) >= 200
    assert len({period for period in periods if period >= "2024-01"}) >= 24
    # The manual's own rules for totals, and nothing else, differ from the formula.
    assert warnings == {"total_differs": 4}
    assert {account["account_id"] for account in sample.demo()["accounts"]} <= accounts


def test_every_receipt_asks_the_cart_for_its_own_total_and_nothing_twice(
    made: tuple[SupplierFiles, ...], tmp_path: Path
) -> None:
    totals: dict[tuple[str, str, str], int] = {}
    for files in made:
        supplier = Supplier.model_validate(yaml.safe_load(files.profile.read_text("utf-8")))
        reading = FileReader(supplier, files.registry.name, FAR_AHEAD)
        with StagingDb(tmp_path / "stage.db") as stage:
            check(files.registry, reading, now(), stage, lambda keys: set(), no_stored_rows, no_other_files)
            for rows in stage.accounts():
                for parts in receipts_of(rows, stage.sections, "native").values():
                    receipt = Receipt.model_validate(
                        {"kind": parts.kind, "kind_title": parts.kind_title, "period": parts.period}
                        | (parts.balance or {})
                        | {"services": parts.services}
                    )
                    lines = payable_lines(receipt, supplier, {})
                    whole = max(receipt.main.total + receipt.penalty.total, 0)
                    assert (remaining(lines), not_payable_amount(lines)) == (whole, 0)
                    totals[rows.number, parts.period, parts.kind_title] = whole
                    if (rows.number, parts.period) == ("7400000006", "2026-10"):
                        brought = receipt_lines(
                            supplier.model_copy(update={"payment_limit": 10**9}), f"{CENTER}:{rows.number}",
                            receipt, "d", {}, with_preliminary=False,
                        )  # fmt: skip
                        assert sum(line.amount for line in brought) == whole
                        if parts.kind_title == "Капитальный ремонт":
                            assert {line.payee_inn for line in brought} == {CAPITAL_REPAIR_INN}
    assert totals["7400000006", "2026-10", "Объединённая"] == 2_144_157
    assert totals["7400000006", "2026-10", "Капитальный ремонт"] == 691_424
