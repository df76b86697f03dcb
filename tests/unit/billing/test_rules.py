"""The manual's arithmetic, and where the imported figure counts instead."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.accounts.model import Account, Address
from cabinet.accounts.supplier_model import Supplier
from cabinet.billing import rules
from cabinet.billing.model import Amounts, ChargeLine, Preliminary, Receipt, ServiceLine
from tests.support.factories.bound_accounts import PAYEE


def receipt_of(main: int, penalty: int = 0, preliminary: Preliminary | None = None) -> Receipt:
    return Receipt(
        kind="o", kind_title="О", period="2019-09", main=Amounts(total=main), penalty=Amounts(total=penalty),
        preliminary=preliminary,
    )  # fmt: skip


def supplier_of(*features: str) -> Supplier:
    return Supplier(supplier_id="s", name="S", inn=PAYEE.inn, payees=[PAYEE], features=list(features))  # type: ignore[arg-type]


def account_of(**changes: object) -> Account:
    fields = {"account_id": "s:1", "supplier_id": "s", "number": "1", "holder": "", "address": Address()}
    return Account.model_validate(fields | changes)


def test_the_preliminary_charge_is_added() -> None:
    ahead = Preliminary(period="2019-10", main=23522, penalty=5)
    assert rules.totals_with_preliminary(receipt_of(329308, 10, ahead)) == (352830, 15)
    assert rules.totals_with_preliminary(receipt_of(329308, 10)) == (329308, 10)


def test_what_is_owed_can_be_paid_where_the_supplier_takes_payments() -> None:
    assert rules.can_pay(receipt_of(1), supplier_of("payments"))
    assert rules.can_pay(receipt_of(-5, 6), supplier_of("payments"))
    assert not rules.can_pay(receipt_of(0), supplier_of("payments"))
    assert not rules.can_pay(receipt_of(-1), supplier_of("payments"))
    assert not rules.can_pay(receipt_of(1), supplier_of("requests"))


def test_a_debt_brought_forward_is_one_sum() -> None:
    assert rules.brought_forward(Amounts(debt=5, paid=-2, charged=7, total=9)) == Amounts(debt=9, total=9)


@pytest.mark.parametrize(
    ("start", "latest", "may_pay_receipt"),
    [
        (None, "2020-01", True),
        ("2019-08", "2020-01", True),
        ("2019-09", "2019-09", True),
        ("2019-09", "2020-01", False),
    ],
)
def test_a_receipt_of_another_holders_time_is_paid_only_while_it_is_the_last(
    start: str | None, latest: str, may_pay_receipt: bool
) -> None:
    shown_from = start and {"day": "2020-01-01", "last_hidden_period": start}
    reader = account_of(latest_periods={"o": latest}, shown_from=shown_from)
    assert rules.may_pay_receipt(reader, receipt_of(1)) is may_pay_receipt


@pytest.mark.parametrize(
    ("period", "payment_day", "until"),
    [
        ("2019-09", None, "2019-10-10"),
        ("2026-01", None, "2026-02-10"),
        ("2026-02", None, "2026-03-15"),
        ("2026-12", None, "2027-01-15"),
        ("2026-01", 20, "2026-02-20"),
        ("2026-02", 20, "2026-03-15"),
        ("2026-12", 25, "2027-01-15"),
        ("2019-09", 1, "2019-10-01"),
    ],
)
def test_a_receipt_is_paid_by_the_15th_and_before_2026_by_the_suppliers_day(
    period: str, payment_day: int | None, until: str
) -> None:
    supplier = supplier_of("payments").model_copy(update={"payment_day": payment_day})
    assert rules.due_date(period, supplier).isoformat() == until


@given(st.lists(st.tuples(*[st.integers(-(10**9), 10**9)] * 4), max_size=20))
def test_a_sheet_sums_columns_and_never_asks_for_less_than_zero(
    rows: list[tuple[int, int, int, int]],
) -> None:
    lines = [ServiceLine(service="x", debt=d, paid=p, charged=c, total=t) for d, p, c, t in rows]
    total = rules.services_total(lines)
    assert (total.debt, total.paid, total.charged) == tuple(sum(row[n] for row in rows) for n in range(3))
    assert total.total == sum(max(row[3], 0) for row in rows)


def test_the_last_receipt_of_each_kind_is_shown_newest_first() -> None:
    account = account_of(latest_periods={"a": "2019-08", "b": "2019-09", "c": "2018-01"})
    assert rules.latest_receipts(account, 2) == [("2019-09", "b"), ("2019-08", "a")]


def test_arrows_lead_to_where_there_is_something() -> None:
    assert rules.adjacent_periods(account_of(), "2019-09") == (None, None)
    account = account_of(first_period="2018-12", last_period="2019-02")
    assert rules.adjacent_periods(account, "2019-01") == ("2018-12", "2019-02")
    assert rules.adjacent_periods(account, "2018-12") == (None, "2019-01")
    assert rules.adjacent_periods(account, "2019-02") == ("2019-01", None)
    assert rules.adjacent_periods(account, "2025-01") == ("2019-02", None)
    assert rules.adjacent_periods(account, "2001-01") == (None, "2018-12")


def test_a_volume_is_shown_with_its_unit_once() -> None:
    def shown(volume: str, unit: str) -> str:
        return rules.volume_text(ChargeLine(service="x", volume=volume, unit=unit))

    assert shown("114.8", "м2") == "114.8 м2"
    assert shown("114.8 м2", "м2") == "114.8 м2"
    assert shown("", "м2") == ""


def test_all_operations_are_summed_and_the_sheets_begin_with_the_newest() -> None:
    assert (
        rules.charges_total([ChargeLine(service="a", amount=100), ChargeLine(service="b", amount=-30)]) == 70
    )
    made = [
        receipt_of(1).model_copy(update={"period": period, "kind_title": title})
        for period, title in (("2019-09", "Б"), ("2019-10", "В"), ("2019-09", "А"))
    ]
    found = [(each.period, each.kind_title) for each in rules.newest_first(made)]
    assert found == [("2019-10", "В"), ("2019-09", "А"), ("2019-09", "Б")]


def test_a_sum_that_changed_lately_is_held_for_the_suppliers_quiet_time() -> None:
    changed_at = datetime(2026, 9, 21, 5, 0, tzinfo=UTC)
    fresh = receipt_of(1).model_copy(update={"changed_at": changed_at})
    own = supplier_of().model_copy(update={"receipt_mail_delay_minutes": 15})
    until = changed_at + timedelta(minutes=15)
    assert rules.held_until(fresh, own, changed_at) == until
    assert rules.held_until(fresh, own, until) is None
    assert rules.held_until(receipt_of(1), own, changed_at) is None
