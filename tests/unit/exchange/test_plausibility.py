"""What can be read and cannot be meant: the report names row, column, value and limit."""

from datetime import date
from typing import Any

import pytest

from cabinet.accounts.supplier_model import RegistryLimits, Supplier
from cabinet.exchange.imports import reading_checks
from cabinet.exchange.imports.plausibility_checks import PlausibilityChecks
from cabinet.exchange.model import AccountRows
from cabinet.metering.model import Meter
from tests.support.factories.bound_accounts import PAYEE
from tests.support.factories.registries import rows_of

SUPPLIER = Supplier(supplier_id="uk", name="УК", inn=PAYEE.inn, payees=[PAYEE])
AMOUNTS = {"debt": 10000, "paid": -10000, "charged": 15000, "total": 15000}
PENALTY = dict.fromkeys(("penalty_debt", "penalty_paid", "penalty_charged", "penalty_total"), 0)
BALANCE = {"period": "2026-10", "receipt": "Объединённая", "issued": None, "preliminary_period": None,
           "preliminary": 0, "preliminary_penalty": 0, **AMOUNTS, **PENALTY}  # fmt: skip
SERVICE = {"period": "2026-10", "receipt": "Объединённая", "service": "ХВС", "payee_inn": "", **AMOUNTS}
CHARGE = {"period": "2026-10", "receipt": "Объединённая", "service": "ХВС", "sum": 15000}
PAYMENT = {"kind": "касса", "received": "2026-10-08", "processed": "2026-10-12", "sum": 10000}
METER = {"meter_no": "757", "service": "ХВС", "place": "", "unit": "м3", "zones": 1, "digits": 5,
         "decimals": 3, "installed": "2020-01-01", "verify_until": "2030-01-01",
         "calc_from": None, "calc_to": None, "reason": ""}  # fmt: skip
READING = {
    "meter_no": "757",
    "zone": "T1",
    "value": "12.5",
    "taken": "2026-10-20",
    "accepted": None,
    "source": "staff",
}


def said(
    closed_on: str | None = None, limits: RegistryLimits | None = None, **sections: Any
) -> list[tuple[int, str, str, str, str]]:
    supplier = SUPPLIER.model_copy(update={"registry_limits": limits or RegistryLimits()})
    judge = PlausibilityChecks(supplier, "native", date(2026, 10, 31), date(2026, 11, 2))
    found = judge.find_issues(rows_of(**sections), closed_on)
    return [(one.location.line, one.field, one.code, one.severity, one.message) for one in found]


def test_what_a_month_usually_says_is_not_asked_about() -> None:
    rows = {"balances": [BALANCE], "services": [SERVICE], "charges": [CHARGE], "payments": [PAYMENT],
            "meters": [METER], "readings": [READING]}  # fmt: skip
    assert said(**rows) == []


@pytest.mark.parametrize("period", ["2036-11", "2027-01", "2006-09", "1926-10"])
@pytest.mark.parametrize(
    ("section", "row"), [("balances", BALANCE), ("services", SERVICE), ("charges", CHARGE)]
)
def test_a_month_far_from_the_registrys_date_is_an_error(
    section: str, row: dict[str, Any], period: str
) -> None:
    ((line, field, code, severity, message),) = said(**{section: [row, row | {"period": period}]})
    assert (line, field, code, severity) == (4, "period", "period_far", "error")
    limit = "months_ahead (сейчас 2)" if period > "2026" else "months_back (сейчас 240)"
    assert message == (
        f"Период {period} далёк от даты реестра 31.10.2026: ожидается от 2006-10 до 2026-12. "
        f"Если ошибки нет, предел меняют в настройке поставщика registry_limits.{limit}."
    )


@pytest.mark.parametrize("period", ["2026-12", "2006-10", "2026-01"])
def test_a_month_within_the_limits_is_taken(period: str) -> None:
    assert said(balances=[BALANCE | {"period": period}]) == []


def test_how_far_a_month_may_lie_is_a_setting() -> None:
    wide = RegistryLimits(months_ahead=120)
    assert said(limits=wide, balances=[BALANCE | {"period": "2036-10"}]) == []


@pytest.mark.parametrize(("name", "value"), [("preliminary_period", "2036-11"), ("issued", "2062-10-31")])
def test_other_months_of_a_receipt_are_held_against_it(name: str, value: str) -> None:
    ((_, field, _, severity, message),) = said(balances=[BALANCE | {name: value}])
    assert (field, severity) == (name, "error")
    assert "months_ahead (сейчас 2)" in message


@pytest.mark.parametrize(
    ("section", "row", "name"),
    [
        ("balances", BALANCE, "charged"), ("balances", BALANCE, "penalty_total"),
        ("services", SERVICE, "total"), ("charges", CHARGE, "sum"), ("payments", PAYMENT, "sum"),
        ("balances", BALANCE, "preliminary"),
    ],
)  # fmt: skip
def test_a_sum_out_of_all_proportion_is_an_error(section: str, row: dict[str, Any], name: str) -> None:
    ((line, field, code, severity, message),) = said(**{section: [row | {name: 5_600_000_000_00}]})
    assert (line, field, code, severity) == (3, name, "sum_large", "error")
    assert message.replace("\u00a0", " ") == (
        "Сумма 5 600 000 000,00 руб.: больше 10 000 000,00 руб. "
        "Если ошибки нет, предел меняют в настройке поставщика registry_limits.sum_refused."
    )


def test_a_large_sum_that_may_be_is_a_warning_with_its_limit() -> None:
    ((_, _, code, severity, message),) = said(payments=[PAYMENT | {"sum": -450_000_00}])
    assert (code, severity) == ("sum_large", "warning")
    assert message.replace("\u00a0", " ") == (
        "Проверьте сумму -450 000,00 руб.: больше 300 000,00 руб. "
        "Если ошибки нет, предел меняют в настройке поставщика registry_limits.sum_warned."
    )
    assert said(limits=RegistryLimits(sum_warned=500_000_00), payments=[PAYMENT | {"sum": 450_000_00}]) == []


@pytest.mark.parametrize(
    ("section", "row", "name"),
    [
        ("payments", PAYMENT, "received"), ("payments", PAYMENT, "processed"), ("readings", READING, "taken"),
        ("readings", READING, "accepted"), ("meters", METER | {"verify_until": None}, "installed"),
    ],
)  # fmt: skip
def test_a_day_that_has_not_come_is_an_error(section: str, row: dict[str, Any], name: str) -> None:
    ((_, field, code, severity, message),) = said(**{section: [row | {name: "2027-10-20"}]})
    assert (field, code, severity) == (name, "day_ahead", "error")
    assert message == "20.10.2027 ещё не наступило: ожидается день не позже 03.11.2026."
    assert said(**{section: [row | {name: "2026-11-03"}]}) == []


def test_a_payment_of_a_former_century_is_an_error_and_an_old_reading_is_not() -> None:
    ((_, field, code, _, message),) = said(payments=[PAYMENT | {"received": "1926-10-08"}])
    assert (field, code) == ("received", "day_far")
    assert message == (
        "08.10.1926 — слишком давно: ожидается день не раньше 01.10.2006. "
        "Если ошибки нет, предел меняют в настройке поставщика registry_limits.months_back (сейчас 240)."
    )
    assert said(readings=[READING | {"taken": "2012-10-20"}]) == []


# ------------------------------------------------------------------ what was paid


def test_paid_with_a_plus_that_the_total_takes_off_is_an_error() -> None:
    wrong = {"debt": 50000, "paid": 20000, "charged": 15000, "total": 45000}
    ((_, field, code, severity, message),) = said(balances=[BALANCE | wrong])
    assert (field, code, severity) == ("paid", "paid_positive", "error")
    assert message.replace("\u00a0", " ") == (
        "Оплачено 200,00 руб. со знаком плюс, а итог 450,00 руб. вычитает эту сумму: нужно -200,00 руб."
    )


def test_paid_with_a_plus_that_the_total_adds_is_a_refund_and_warned_of() -> None:
    refund = {"debt": 50000, "paid": 20000, "charged": 15000, "total": 85000}
    for section, row in (("balances", BALANCE), ("services", SERVICE)):
        ((_, field, code, severity, message),) = said(**{section: [row | refund]})
        assert (field, code, severity) == ("paid", "paid_positive", "warning")
        assert "возврат" in message


def test_a_paid_penalty_with_a_plus_is_seen_too() -> None:
    wrong = {"penalty_debt": 500, "penalty_paid": 200, "penalty_charged": 0, "penalty_total": 300}
    ((_, field, _, severity, _),) = said(balances=[BALANCE | wrong])
    assert (field, severity) == ("penalty_paid", "error")


# ------------------------------------------------------------------ closed accounts


@pytest.mark.parametrize(
    ("sections", "field"),
    [
        ({"balances": [BALANCE]}, "charged"), ({"charges": [CHARGE]}, "sum"),
        ({"services": [SERVICE]}, "charged"),
        ({"balances": [BALANCE], "charges": [CHARGE], "services": [SERVICE]}, "charged"),
    ],
)  # fmt: skip
def test_a_charge_on_a_closed_account_is_a_warning(sections: dict[str, Any], field: str) -> None:
    ((_, named, code, severity, message),) = said("2026-09-15", **sections)
    assert (named, code, severity) == (field, "account_closed", "warning")
    assert message.replace("\u00a0", " ") == (
        "Лицевой счёт 740 закрыт 15.09.2026, а за 2026-10 начислено 150,00 руб. Начисление сохранено, но "
        "платить по закрытому счёту нельзя."
    )


def test_the_month_of_closing_is_reckoned_and_debt_alone_is_no_charge() -> None:
    assert said("2026-10-01", balances=[BALANCE]) == []
    assert said("2026-09-15", balances=[BALANCE | {"charged": 0, "total": 0}]) == []


def test_the_registrys_own_word_on_closing_comes_first() -> None:
    assert said("2026-09-15", accounts=[{"closed": None}], balances=[BALANCE]) == []
    assert len(said(accounts=[{"closed": "2026-09-15"}], balances=[BALANCE])) == 1
    assert len(said("2026-09-15", accounts=[{}], balances=[BALANCE])) == 1


def test_a_meters_days_in_the_wrong_order_are_warned_of() -> None:
    ((_, field, code, severity, _),) = said(meters=[METER | {"verify_until": "2019-01-01"}])
    assert (field, code, severity) == ("verify_until", "days_order", "warning")


# ------------------------------------------------------------------ readings


def meter(**changes: Any) -> Meter:
    last = {
        "reading_id": "a",
        "value": "100.000",
        "taken_on": "2026-09-20",
        "source": "billing",
        "period": "2026-09",
    }
    return Meter.model_validate(
        {"meter_id": "757", "number": "757", "service": "ХВС", "last": {"T1": last}} | changes
    )


def judged(rows: AccountRows, stored: Meter | None = None, **limits: int) -> list[tuple[str, str, str]]:
    supplier = SUPPLIER.model_copy(update={"registry_limits": RegistryLimits(**limits)})
    found = reading_checks.find_issues(rows, {"757": stored} if stored else {}, supplier)
    return [(one.code, one.severity, one.message) for one in found]


def readings(*values: str, source: str = "staff") -> AccountRows:
    return rows_of(
        readings=[
            READING | {"value": value, "taken": f"2026-10-{day:02d}", "source": source}
            for day, value in enumerate(values, 1)
        ]
    )


@pytest.mark.parametrize("source", ["staff", "billing", "subscriber"])
def test_99999_after_1_is_an_error_whoever_has_read_it(source: str) -> None:
    last = {
        "reading_id": "a",
        "value": "1",
        "taken_on": "2026-09-20",
        "source": "billing",
        "period": "2026-09",
    }
    ((code, severity, message),) = judged(readings("99999", source=source), meter(last={"T1": last}))
    assert (code, severity) == ("reading_jumps", "error")
    assert message == (
        "Показание 99999 после 1 от 20.09.2026 (прибор 757): расход 99998 неправдоподобен, больше 20000. "
        "Если ошибки нет, предел меняют в настройке поставщика "
        "registry_limits.reading_refused_percent (сейчас 20)."
    )


def test_a_jump_within_one_registry_of_a_new_meter_is_seen() -> None:
    rows = readings("1", "99999")
    rows.rows["meters"] = rows_of(meters=[METER]).rows["meters"]
    assert [code for code, _, _ in judged(rows)] == ["reading_jumps"]


def test_what_a_meters_counter_may_move_is_a_setting() -> None:
    assert judged(readings("25000"), meter(), reading_refused_percent=30) == []
    assert [severity for _, severity, _ in judged(readings("25000"), meter())] == ["error"]


def test_a_falling_reading_is_a_warning_and_a_roll_over_is_none() -> None:
    ((code, severity, message),) = judged(readings("90,5"), meter())
    assert (code, severity) == ("reading_falls", "warning")
    assert message == (
        "Показание 90,5 после 100 от 20.09.2026 (прибор 757) меньше прежнего: проверьте, не опечатка ли это. "
        "Если верно, менять ничего не нужно."
    )
    last = {"reading_id": "a", "value": "99990", "taken_on": "2026-09-20", "source": "billing"}
    assert judged(readings("12"), meter(last={"T1": last})) == []


def test_more_digits_than_the_meter_has_are_an_error() -> None:
    ((code, severity, message),) = judged(readings("123456"), meter())
    assert (code, severity) == ("reading_digits", "error")
    assert message == "Показание 123456 не помещается на приборе 757: у него 5 цифр до запятой."


def test_a_change_above_many_averages_is_a_warning_by_the_months_between() -> None:
    monthly = {"T1": {f"2026-0{month}": "5.000" for month in range(4, 10)}}
    ((code, severity, message),) = judged(readings("201"), meter(monthly=monthly))
    assert (code, severity) == ("reading_jumps", "warning")
    assert "расход 101, а в среднем за месяц 5: больше, чем в 20 раз" in message
    assert judged(readings("200"), meter(monthly=monthly)) == []
    old = {"reading_id": "a", "value": "100", "taken_on": "2026-08-20", "source": "billing"}
    assert judged(readings("201"), meter(monthly=monthly, last={"T1": old})) == []


def test_an_initial_reading_and_old_history_are_compared_with_nothing() -> None:
    assert judged(readings("0", source="initial"), meter()) == []
    old = rows_of(readings=[READING | {"value": "99999", "taken": "2019-10-20"}])
    assert judged(old, meter()) == []


def test_readings_of_an_unknown_meter_are_not_judged() -> None:
    assert judged(readings("99999")) == []
