"""What may be written over what, and what an account's rows amount to."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from cabinet.exchange import rules
from cabinet.exchange.model import AccountRows, Place, Registry, SectionName
from cabinet.exchange.rules import Verdict, assemble, digest, verdict
from tests.unit.exchange.registries import ACCOUNT, BALANCE, SERVICE

REGISTRY = Registry(supplier_id="center", number=1, dated=date(2026, 9, 30))
STAMPS = st.builds(
    lambda day, number: Registry(supplier_id="c", number=number, dated=day).stamp,
    st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 9_999_999_999),
)  # fmt: skip
SOURCES = st.sampled_from(["native", "gorod", "sber"])


def standing(stamp: str, fingerprint: str = "old", source: str = "native") -> dict[str, str]:
    return {"stamp": stamp, "digest": fingerprint, "source": source}


@given(STAMPS, STAMPS, STAMPS)
def test_an_older_stamp_never_takes_the_place_of_a_newer_one(seen: str, newest: str, ours: str) -> None:
    decision = verdict(standing(seen), "new", ours, "native", newest)
    assert (decision is Verdict.WRITTEN) == (ours >= seen and ours >= newest)


@given(STAMPS, STAMPS, SOURCES, SOURCES)
def test_equal_data_is_never_rewritten(seen: str, ours: str, before: str, source: str) -> None:
    assert verdict(standing(seen, "same", before), "same", ours, source, "") is Verdict.UNCHANGED


@given(STAMPS, STAMPS, st.sampled_from(["gorod", "sber"]))
def test_billings_own_data_stands_above_a_banks_whatever_the_stamps(seen: str, ours: str, bank: str) -> None:
    assert verdict(standing(seen), "new", ours, bank, "") is Verdict.SUPERSEDED
    assert verdict(standing(seen, source=bank), "new", ours, "native", "") is Verdict.WRITTEN


@given(STAMPS, SOURCES, STAMPS)
def test_what_nobody_has_brought_is_always_written(ours: str, source: str, newest: str) -> None:
    assert verdict(None, "new", ours, source, newest) is Verdict.WRITTEN


@given(
    st.dates(date(1, 1, 1), date(9999, 1, 1)),
    st.dates(date(1, 1, 1), date(9999, 1, 1)),
    st.integers(0, 10**10 - 1),
)
def test_stamps_sort_as_days_and_numbers_do(one: date, other: date, number: int) -> None:
    def stamp(day: date) -> str:
        return Registry(supplier_id="c", number=number, dated=day).stamp

    assert (stamp(one) < stamp(other)) == (one < other)


def test_a_digest_knows_nothing_of_the_order_of_fields() -> None:
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1}) != digest({"a": 1, "b": [3]})


def rows_of(**sections: list[dict[str, object]]) -> AccountRows:
    rows = AccountRows("740")
    for name, given_rows in sections.items():
        section: SectionName = name  # type: ignore[assignment]
        rows.rows[section] = [(Place("", line), row) for line, row in enumerate(given_rows, 3)]
    return rows


AMOUNTS = {"debt": 10, "paid": -10, "charged": 5, "total": 5}
LINE = {"period": "2026-09", "receipt": "Объединённая", "service": "ХВС", "payee_inn": "", **AMOUNTS}


def test_a_section_that_the_registry_lacks_leaves_its_part_of_the_receipt_alone() -> None:
    rows = rows_of(services=[LINE])
    parts = assemble(rows, REGISTRY, {"services"}, "native").receipts["2026-09", "obedinennaya"]
    assert (parts.balance, parts.charges, len(parts.services or [])) == (None, None, 1)
    parts = assemble(rows, REGISTRY, {"services", "charges"}, "native").receipts["2026-09", "obedinennaya"]
    assert parts.charges == []


def test_a_line_that_asks_for_nothing_instead_of_less_than_zero_is_no_difference() -> None:
    overpaid = LINE | {"debt": -1462, "paid": 0, "charged": 0, "total": 0}
    assert list(rules.check(rows_of(services=[overpaid]), "native")) == []
    wrong = LINE | {"total": 6}
    assert [one.code for one in rules.check(rows_of(services=[wrong]), "native")] == ["total_differs"]


def test_a_payee_that_the_supplier_has_not_named_is_warned_of() -> None:
    (finding,) = rules.payees_unknown(rows_of(services=[LINE | {"payee_inn": "7736520080"}]), [])
    assert (finding.code, finding.severity) == ("payee_unknown", "warning")


def test_closing_without_a_day_is_dated_by_the_registry() -> None:
    row = dict(ACCOUNT) | {"closed": "", "residents": 2}
    account = assemble(rows_of(accounts=[row]), REGISTRY, {"accounts"}, "native").account
    assert account is not None
    assert account["closed_on"] == "2026-09-30"


def test_a_receipt_without_a_day_of_issue_is_issued_on_the_last_of_its_month() -> None:
    numbers = {name: 0 for name in BALANCE if name not in ("ls", "period", "receipt", "issued")}
    row = {"period": "2026-02", "receipt": "Объединённая", "issued": None, **numbers,
           "penalty_debt": 0, "penalty_paid": 0, "penalty_charged": 0}  # fmt: skip
    parts = assemble(rows_of(balances=[row]), REGISTRY, {"balances"}, "native").receipts[
        "2026-02", "obedinennaya"
    ]
    assert parts.balance is not None
    assert parts.balance["issued_on"] == "2026-02-28"


def test_too_many_lines_for_one_receipt_are_an_error() -> None:
    rows = rows_of(services=[LINE] * (rules.MAX_SERVICE_LINES + 1))
    assert [one.code for one in rules.check(rows, "native")] == ["too_many_lines"]
    assert SERVICE["service"] == "ХВС"
