"""What an account's item says when one of its receipts is taken away."""

from typing import Any

import pytest

from cabinet.billing.receipt_copies import copy_of, merge_charges
from cabinet.billing.receipt_removal_rules import previous_period, without_receipt
from cabinet.core.compressed import decompress

SEPTEMBER, OCTOBER = ("2026-09", "main"), ("2026-10", "main")
REPAIR = ("2026-08", "repair")


def receipt(period: str, kind: str = "main") -> dict[str, Any]:
    return {
        "pk": "ACCOUNT#s#1", "sk": f"RECEIPT#{period}#{kind}", "mark": "m", "source": "native",
        "stamp": f"{period}-28#0000000001", "digest": "d" * 40, "changed_at": "2026-10-01T00:00:00+00:00",
        "kind": kind, "period": period, "main": {"total": 100}, "charges": [{"amount": 1}],
    }  # fmt: skip


def account(*names: tuple[str, str]) -> dict[str, Any]:
    latest: dict[str, str] = {}
    for period, kind in sorted(names):
        latest[kind] = period
    return {
        "latest": latest,
        "newest": {kind: f"copy of {period}" for kind, period in latest.items()},
        "charged": merge_charges("", {(kind, period): 100 for period, kind in names}),
        "first_period": min(period for period, _ in names),
        "last_period": max(period for period, _ in names),
    }


def test_the_one_before_is_the_newest_of_the_same_kind() -> None:
    assert previous_period(OCTOBER, [SEPTEMBER, REPAIR, ("2026-07", "main")]) == "2026-09"
    assert previous_period(REPAIR, [SEPTEMBER, OCTOBER]) is None


def test_without_the_latest_receipt_the_one_before_it_is_the_latest() -> None:
    before = receipt("2026-09")
    change = without_receipt(account(SEPTEMBER, OCTOBER, REPAIR), OCTOBER, [SEPTEMBER, REPAIR], before)
    assert change["latest"] == {"main": "2026-09", "repair": "2026-08"}
    content = {name: before[name] for name in ("stamp", "kind", "period", "main")}
    assert change["newest"]["main"] == copy_of(content, f"{before['stamp']}.{'d' * 12}")
    assert change["newest"]["repair"] == "copy of 2026-08"
    assert decompress(change["charged"]) == {"main": {"2026-09": 100}, "repair": {"2026-08": 100}}
    assert (change["first_period"], change["last_period"]) == ("2026-08", "2026-09")


def test_without_an_older_receipt_the_latest_stays() -> None:
    before = account(SEPTEMBER, OCTOBER)
    change = without_receipt(before, SEPTEMBER, [OCTOBER], receipt("2026-10"))
    assert (change["latest"], change["newest"]) == (before["latest"], before["newest"])
    assert (change["first_period"], change["last_period"]) == ("2026-10", "2026-10")
    assert decompress(change["charged"]) == {"main": {"2026-10": 100}}


def test_without_the_only_receipt_nothing_is_told_of_any() -> None:
    assert without_receipt(account(SEPTEMBER), SEPTEMBER, [], None) == {
        "latest": {}, "newest": {}, "charged": "", "first_period": None, "last_period": None,
    }  # fmt: skip


@pytest.mark.parametrize("charged", ["", merge_charges("", {("main", "2026-10"): 5})])
def test_a_month_that_is_kept_no_more_is_no_hindrance(charged: str) -> None:
    change = without_receipt({"charged": charged}, SEPTEMBER, [OCTOBER], None)
    assert change["charged"] == charged
    assert change["latest"] == {}
