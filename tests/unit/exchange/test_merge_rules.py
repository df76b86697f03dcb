"""What may be written over what, and what an account's rows amount to."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from cabinet.billing.model import Receipt
from cabinet.exchange.formats.schema import (
    ACCOUNTS,
    BALANCES,
    CHARGES,
    METERS,
    PAYMENTS,
    READINGS,
    SERVICES,
    Section,
)
from cabinet.exchange.imports.merge_rules import (
    MergeDecision,
    build_account_update,
    content_digest,
    decide_merge,
    whole_account,
)
from cabinet.exchange.imports.receipt_rules import receipt_data, receipts_of
from cabinet.exchange.model import Registry
from tests.support.factories.registries import (
    ACCOUNT,
    BALANCE,
    CHARGE,
    LINE,
    METER,
    PAYMENT,
    READING,
    SERVICE,
    rows_of,
)

REGISTRY = Registry(supplier_id="center", number=1, dated=date(2026, 9, 30))
STAMPS = st.builds(
    lambda day, number: Registry(supplier_id="c", number=number, dated=day).stamp,
    st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 9_999_999_999),
)  # fmt: skip
SOURCES = st.sampled_from(["native", "gorod", "sber"])


def stored_item(stamp: str, digest: str = "old", source: str = "native") -> dict[str, str]:
    return {"stamp": stamp, "digest": digest, "source": source}


@given(STAMPS, STAMPS, STAMPS)
def test_an_older_stamp_never_takes_the_place_of_a_newer_one(seen: str, newest: str, ours: str) -> None:
    decision = decide_merge(stored_item(seen), "new", ours, "native", newest)
    assert (decision is MergeDecision.WRITTEN) == (ours >= seen and ours >= newest)


@given(STAMPS, STAMPS, SOURCES, SOURCES)
def test_equal_data_is_never_rewritten(seen: str, ours: str, before: str, source: str) -> None:
    assert (
        decide_merge(stored_item(seen, "same", before), "same", ours, source, "") is MergeDecision.UNCHANGED
    )


@given(STAMPS, STAMPS, st.sampled_from(["gorod", "sber"]))
def test_billings_own_data_stands_above_a_banks_whatever_the_stamps(seen: str, ours: str, bank: str) -> None:
    assert decide_merge(stored_item(seen), "new", ours, bank, "") is MergeDecision.SUPERSEDED
    assert decide_merge(stored_item(seen, source=bank), "new", ours, "native", "") is MergeDecision.WRITTEN


@given(STAMPS, SOURCES, STAMPS)
def test_what_nobody_has_brought_is_always_written(ours: str, source: str, newest: str) -> None:
    assert decide_merge(None, "new", ours, source, newest) is MergeDecision.WRITTEN


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
    assert (
        content_digest({"a": 1, "b": [2]})
        == content_digest({"b": [2], "a": 1})
        != content_digest({"a": 1, "b": [3]})
    )


def test_a_section_that_the_registry_lacks_leaves_its_part_of_the_receipt_alone() -> None:
    rows = rows_of(services=[LINE])
    parts = build_account_update(rows, REGISTRY, {"services"}, "native").receipts["2026-09", "obedinennaya"]
    assert (parts.balance, parts.charges, len(parts.services or [])) == (None, None, 1)
    parts = build_account_update(rows, REGISTRY, {"services", "charges"}, "native").receipts[
        "2026-09", "obedinennaya"
    ]
    assert parts.charges == []


def test_closing_without_a_day_is_dated_by_the_registry() -> None:
    row = dict(ACCOUNT) | {"closed": "", "residents": 2}
    account = build_account_update(rows_of(accounts=[row]), REGISTRY, {"accounts"}, "native").account
    assert account is not None
    assert account["closed_on"] == "2026-09-30"


def test_a_receipt_without_a_day_of_issue_is_issued_on_the_last_of_its_month() -> None:
    numbers = {name: 0 for name in BALANCE if name not in ("ls", "period", "receipt", "issued")}
    row = {"period": "2026-02", "receipt": "Объединённая", "issued": None, **numbers,
           "penalty_debt": 0, "penalty_paid": 0, "penalty_charged": 0}  # fmt: skip
    parts = build_account_update(rows_of(balances=[row]), REGISTRY, {"balances"}, "native").receipts[
        "2026-02", "obedinennaya"
    ]
    assert parts.balance is not None
    assert parts.balance["issued_on"] == "2026-02-28"


def read(section: Section, row: dict[str, str], said: dict[str, str]) -> dict[str, object]:
    """Return the row as a file's reader gives it; columns that it may leave out are there when `said`."""
    cells = row | said
    return {
        name: reader(cells.get(name, ""))
        for name, reader in section.columns.items()
        if name in cells or name not in section.optional
    }


@given(
    st.fixed_dictionaries(
        {"issued": st.sampled_from(["", "2026-09-28"])},
        optional={"penalty_debt": st.just("1,25"), "penalty_total": st.just("-2")},
    ),
    st.sampled_from(
        [
            {},
            {"preliminary_period": "", "preliminary": "", "preliminary_penalty": ""},
            {"preliminary_period": "2026-10", "preliminary": "5", "preliminary_penalty": "1"},
        ]
    ),
    st.lists(st.fixed_dictionaries({}, optional={"penalty": st.sampled_from(["", "да", "0"])}), max_size=3),
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "volume_kind": st.sampled_from(["", "ипу", "норматив"]),
                "recalculation": st.sampled_from(["", "да", "нет"]),
                "grounds": st.sampled_from(["", "акт 7"]),
            },
        ),
        max_size=3,
    ),
)
def test_a_receipts_plain_data_is_what_its_model_is_kept_as(
    balance: dict[str, str],
    early: dict[str, str],
    services: list[dict[str, str]],
    charges: list[dict[str, str]],
) -> None:
    rows = rows_of(
        balances=[read(BALANCES, BALANCE, balance | early)],
        services=[read(SERVICES, SERVICE, said) for said in services],
        charges=[read(CHARGES, CHARGE, said) for said in charges],
    )
    (parts,) = receipts_of(rows, {"balances", "services", "charges"}, "native").values()
    assert parts.has_all_parts
    content = receipt_data(parts, None)
    assert content == Receipt.model_validate(content).model_dump(mode="json")


def test_rows_become_payments_meters_and_readings() -> None:
    payments = [read(PAYMENTS, PAYMENT, {}), read(PAYMENTS, PAYMENT, {"order_id": "P1", "sum": "7.00"})]
    readings = [
        read(READINGS, READING, {"taken": "2026-09-21", "accepted": ""}),
        read(READINGS, READING, {"taken": "2026-09-20", "accepted": "2026-09-25"}),
    ]
    rows = rows_of(
        closures=[{"closed": "2026-09-15"}],
        payments=payments,
        meters=[read(METERS, METER, {})],
        readings=readings,
    )
    update = build_account_update(rows, REGISTRY, set(), "native")
    assert (update.account, update.closed_on, update.receipts) == (None, "2026-09-15", {})
    assert [payment.amount for payment in update.payments] == [10_000]
    assert {order: [each.amount for each in paid] for order, paid in update.accounted.items()} == {
        "P1": [700]
    }
    (meter_id,) = update.meters
    found = update.readings[meter_id]
    assert [reading.accounted_on for reading in found] == [date(2026, 9, 25), None], "the oldest first"


def test_a_column_that_an_account_lacks_leaves_the_stored_value() -> None:
    row = {"ls": "740", "fio": "Петров", "street": "УЛ. ЛЕНИНА", "house": "1", "flat": "2"}
    said = build_account_update(rows_of(accounts=[row]), REGISTRY, {"accounts"}, "native").account
    assert said is not None
    assert "closed_on" not in said
    assert "area" not in said
    stored = whole_account(said | {"area": "50.5", "house": {"total": "900"}}, None)
    merged = whole_account(said, stored | {"account_id": "center:0740", "bound": True})
    assert (merged["area"], merged["house"]["total"]) == (stored["area"], stored["house"]["total"])
    assert (merged["account_id"], merged["holder"]) == ("center:0740", "Петров"), "the first spelling stays"
    assert "bound" not in merged, "registries do not own it"
    full = read(ACCOUNTS, ACCOUNT, {"closed": "2026-08-01"})
    closed = build_account_update(rows_of(accounts=[full]), REGISTRY, {"accounts"}, "native").account
    assert closed is not None
    assert closed["closed_on"] == "2026-08-01"


def test_a_banks_registry_has_a_receipt_of_totals_alone() -> None:
    for services in ([LINE | {"total": 500}], []):
        rows = rows_of(balances=[read(BALANCES, BALANCE, {})], services=services)
        (parts,) = receipts_of(rows, {"balances", "services"}, "gorod").values()
        assert parts.services == [line | {"debt": line["total"]} for line in parts.services or []]
        assert len(parts.services or []) == len(services)
        assert parts.balance is not None


def test_lines_of_sections_that_the_registry_has_not_are_passed_over() -> None:
    rows = rows_of(services=[LINE], charges=[read(CHARGES, CHARGE, {})])
    (parts,) = receipts_of(rows, set(), "native").values()
    assert (parts.services, parts.charges, parts.has_all_parts) == (None, None, False)
    assert receipt_data(parts, None) is None, "nobody knows the receipt that they belong to"


def stored(**said: str) -> dict[str, object]:
    rows = rows_of(
        balances=[read(BALANCES, BALANCE, {"preliminary_period": "2026-10", "preliminary": "5"} | said)],
        services=[read(SERVICES, SERVICE, {"penalty": "да"})],
        charges=[read(CHARGES, CHARGE, {"grounds": "акт 7"})],
    )
    (parts,) = receipts_of(rows, {"balances", "services", "charges"}, "native").values()
    kept = receipt_data(parts, None)
    assert kept is not None
    return kept


def test_a_receipt_keeps_what_the_registry_carries_nothing_of() -> None:
    rows = rows_of(services=[read(SERVICES, SERVICE, {"total": "160.00"})])
    (parts,) = receipts_of(rows, {"services"}, "native").values()
    before = stored()
    after = receipt_data(parts, before | {"stamp": "x"})
    assert after is not None
    assert {name for name in before if before[name] != after[name]} == {"services"}
    (line,) = after["services"]
    assert (line["total"], line["is_penalty"]) == (16_000, True), "no column said otherwise"
    assert "stamp" not in after


def test_a_preliminary_charge_of_the_same_month_keeps_what_is_not_said_of_it() -> None:
    row = read(BALANCES, BALANCE, {"preliminary_period": "2026-10", "preliminary": "9"})
    assert "preliminary_penalty" not in row
    (parts,) = receipts_of(rows_of(balances=[row]), {"balances"}, "native").values()
    after = receipt_data(parts, stored(preliminary_penalty="3"))
    assert after is not None
    assert (after["preliminary"]["main"], after["preliminary"]["penalty"]) == (900, 300)


def test_lines_that_are_not_the_stored_ones_take_nothing_of_them() -> None:
    other = read(SERVICES, SERVICE, {"service": "Охрана"})
    twice = [read(SERVICES, SERVICE, {}), read(SERVICES, SERVICE, {"total": "1.00"}), other]
    (parts,) = receipts_of(rows_of(services=twice), {"services"}, "native").values()
    after = receipt_data(parts, stored())
    assert after is not None
    assert [line.get("is_penalty") for line in after["services"]] == [True, None, None]
