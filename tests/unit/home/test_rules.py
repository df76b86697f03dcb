"""What the first screen asks of a flat: what is owed and overdue, and what is to be done next."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from cabinet.accounts.model import Account, Address
from cabinet.accounts.supplier_model import Supplier
from cabinet.billing.model import Amounts, Receipt, ServiceLine
from cabinet.billing.receipt_copies import merge_charges
from cabinet.core.money import NO_BREAK_SPACE
from cabinet.home.model import AccountOverview, MonthCharged, Owed
from cabinet.home.rules import month_charged, owed, owing_receipts, tasks
from cabinet.metering.model import Meter, ZoneReading
from tests.support.factories.bound_accounts import PAYEE
from tests.support.factories.merchants import merchant

SUPPLIER = Supplier(
    supplier_id="uk", name="УК", inn=PAYEE.inn, payees=[PAYEE], features=["payments"],
    merchant=merchant("http://127.0.0.1:9", "rbs"),
)  # fmt: skip
TODAY = date(2026, 11, 20)
"""Within the window for readings (15–25), and after the last day to pay for October (15 November)."""
METER = Meter(meter_id="m1", number="757", service="ХВС")


def receipt(total: int, charged: int | None = None, period: str = "2026-10", kind: str = "main") -> Receipt:
    return Receipt(
        kind=kind, kind_title="Объединённая", period=period,
        main=Amounts(total=total, charged=total if charged is None else charged), penalty=Amounts(),
        services=[ServiceLine(service="ХВС", total=total)],
    )  # fmt: skip


def flat(*receipts: Receipt, **changes: Any) -> AccountOverview:
    of_account = {name: changes.pop(name) for name in Account.model_fields if name in changes}
    account = Account(
        account_id="uk:1", supplier_id="uk", holder="Иванов",
        address=Address(city="Челябинск", street="УЛ. ЛЕНИНА", house="1", flat="2"), **of_account,
    )  # fmt: skip
    given = {"meters": [], "today": TODAY} | changes
    return AccountOverview(account=account, supplier=SUPPLIER, receipts=list(receipts), **given)


def said(*flats: AccountOverview) -> list[tuple[str, str]]:
    return [(each.kind, each.text.replace(NO_BREAK_SPACE, " ")) for each in tasks(flats)]


def test_a_receipt_is_due_by_the_15th_and_overdue_the_day_after() -> None:
    assert owed(flat(receipt(100_00), today=date(2026, 11, 15))) == Owed(100_00, date(2026, 11, 15), 0)
    assert owed(flat(receipt(100_00), today=date(2026, 11, 16))) == Owed(100_00, date(2026, 11, 15), 100_00)


def test_of_a_receipt_that_is_not_late_only_the_older_debt_is() -> None:
    made = receipt(300_00, charged=100_00)
    assert owed(flat(made, today=date(2026, 11, 1))) == Owed(300_00, date(2026, 11, 15), 200_00)


def test_of_several_receipts_those_owe_that_leave_a_sum() -> None:
    paid, owing = receipt(0), receipt(100_00, kind="water")
    assert owing_receipts(flat(paid, owing)) == ["2026-10-water"]
    assert owing_receipts(flat()) == []


def test_receipts_add_up_and_the_earliest_day_counts() -> None:
    both = flat(receipt(100_00), receipt(50_00, period="2026-09", kind="water"), today=date(2026, 11, 1))
    assert owed(both) == Owed(150_00, date(2026, 10, 15), 50_00)


def test_where_nothing_is_owed_nothing_is_due() -> None:
    nothing = flat(receipt(0))
    assert owed(nothing) == Owed(0, None, 0)
    assert said(nothing) == []


def test_what_nobody_is_named_for_is_owed_and_what_was_paid_here_is_told() -> None:
    unnamed = flat(receipt(100_00).model_copy(update={"services": []}))
    two_payees = SUPPLIER.model_copy(update={"payees": [PAYEE, PAYEE.model_copy(update={"inn": "0"})]})
    assert owed(replace(unnamed, supplier=two_payees)) == Owed(0, date(2026, 11, 15), 0, not_payable=100_00)
    made = receipt(100_00)
    lines = [[made.receipt_id, PAYEE.inn, "ХВС", 30_00]]
    pending = {"p": {"paid_at": "2026-11-19", "amount": 30_00, "lines": lines}}
    assert owed(flat(made, unaccounted=pending)) == Owed(70_00, date(2026, 11, 15), 70_00, unaccounted=30_00)


def test_the_last_month_is_told_beside_the_one_before_where_that_is_known() -> None:
    charged = {("main", "2026-10"): 100_00, ("water", "2026-10"): 20_00, ("main", "2026-09"): 90_00}
    told = month_charged(flat(packed_charges=merge_charges("", charged)))
    assert told == MonthCharged("2026-10", 120_00, 90_00)
    with_a_gap = merge_charges("", {("main", "2026-10"): 100_00, ("main", "2026-08"): 1})
    assert month_charged(flat(packed_charges=with_a_gap)) == MonthCharged("2026-10", 100_00, None)
    assert month_charged(flat()) is None


@pytest.mark.parametrize(
    ("made", "today", "text"),
    [
        (receipt(100_00), date(2026, 11, 1), "Оплатите 100,00 руб. до 15.11.2026"),
        (
            receipt(300_00, charged=100_00), date(2026, 11, 1),
            "Оплатите 300,00 руб. до 15.11.2026, из них 200,00 руб. просрочено",
        ),
        (receipt(100_00), TODAY, "Оплатите 100,00 руб.: срок оплаты прошёл 15.11.2026"),
    ],
)  # fmt: skip
def test_a_payment_is_asked_for_with_its_day_and_what_is_late(made: Receipt, today: date, text: str) -> None:
    # Before the 15th no reading is asked for, so the payment is alone.
    assert ("pay", text) in said(flat(made, today=today))


def test_readings_are_asked_for_by_service_while_their_window_is_open() -> None:
    hot = METER.model_copy(update={"meter_id": "m2", "service": "ГВС"})
    other = METER.model_copy(update={"meter_id": "m3"})
    asked = [("readings", "Передайте показания до 25.11.2026: ХВС, ГВС")]
    assert said(flat(meters=[METER, hot, other])) == asked
    assert said(flat(meters=[METER], today=date(2026, 11, 14))) == []
    assert said(flat(meters=[METER], today=date(2026, 11, 26))) == []


def test_a_meter_whose_reading_is_there_is_not_asked_for() -> None:
    taken = ZoneReading(
        reading_id="r", value="1.000", taken_on=date(2026, 11, 16), source="subscriber", period="2026-11"
    )
    assert said(flat(meters=[METER.model_copy(update={"last": {"T1": taken}})])) == []


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (61, None),
        (60, "Поверка счётчика заканчивается {}: ХВС № 757"),
        (0, "Поверка счётчика заканчивается {}: ХВС № 757"),
        (-1, "Срок поверки счётчика истёк {}: ХВС № 757"),
        (-30, "Срок поверки счётчика истёк {}: ХВС № 757"),
        (-31, None),
    ],
)
def test_a_verification_is_told_of_two_months_before_and_one_after(days: int, text: str | None) -> None:
    until = TODAY + timedelta(days=days)
    found = said(flat(meters=[METER.model_copy(update={"verify_until": until})]))
    told = [text_ for kind, text_ in found if kind == "verification"]
    assert told == ([] if text is None else [text.format(f"{until:%d.%m.%Y}")])


def test_a_meter_that_was_removed_is_not_told_of() -> None:
    removed = METER.model_copy(update={"verify_until": TODAY, "calculated_to": TODAY})
    assert said(flat(meters=[removed])) == []


def test_a_closed_account_is_asked_for_neither_readings_nor_verification() -> None:
    ending = METER.model_copy(update={"verify_until": TODAY})
    assert said(flat(meters=[ending], closed_on=TODAY)) == []


def test_payments_come_first_and_answers_last() -> None:
    ending = METER.model_copy(update={"verify_until": TODAY})
    kinds = [kind for kind, _ in said(flat(receipt(100_00), meters=[ending], answered=("12",)))]
    assert kinds == ["pay", "readings", "verification", "request"]
    assert said(flat(answered=("12",))) == [("request", "Есть ответ на заявку № 12")]
