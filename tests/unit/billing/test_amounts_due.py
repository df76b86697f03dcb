"""What is left of a receipt after payments that billing has not counted: line by line, never below zero."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cabinet.accounts.supplier_model import ReceiptKind, Supplier
from cabinet.billing.amounts_due import payable_lines, remaining
from cabinet.billing.model import Amounts, Preliminary, Receipt, ServiceLine
from tests.support.factories.bound_accounts import PAYEE

OTHER = PAYEE.model_copy(update={"inn": "7447004569", "name": "Капремонт"})
SUPPLIER = Supplier(
    supplier_id="uk",
    name="УК",
    inn=PAYEE.inn,
    payees=[PAYEE, OTHER],
    receipt_kinds={"Объединённая": ReceiptKind(payee_inn=PAYEE.inn)},
)


def receipt(*lines: tuple[str, str, int], period: str = "2020-08", ahead: int = 0) -> Receipt:
    return Receipt(
        kind="main",
        kind_title="Объединённая",
        period=period,
        main=Amounts(total=sum(total for _, _, total in lines)),
        penalty=Amounts(),
        preliminary=Preliminary(period="2020-09", main=ahead) if ahead else None,
        services=[ServiceLine(service=name, payee_inn=inn, total=total) for name, inn, total in lines],
    )


def entry(*lines: tuple[str, str, str, int]) -> dict[str, Any]:
    return {"paid_at": "", "amount": sum(line[3] for line in lines), "lines": [list(line) for line in lines]}


def lefts(made: Receipt, **unaccounted: dict[str, Any]) -> list[tuple[str, int]]:
    lines = payable_lines(made, SUPPLIER, unaccounted, with_preliminary=True)
    return [(line.service, line.left) for line in lines if line.due > 0]


AUGUST = "2020-08-main"
HOUSE = receipt(("Вода", PAYEE.inn, 100), ("Лифт", PAYEE.inn, 50), ("Взнос", OTHER.inn, 30))


def test_a_payment_lessens_its_own_service_alone() -> None:
    paid = entry((AUGUST, PAYEE.inn, "Вода", 40), (AUGUST, OTHER.inn, "Взнос", 30))
    assert lefts(HOUSE, p1=paid) == [("Вода", 60), ("Лифт", 50), ("Взнос", 0)]


def test_money_beyond_a_services_sum_is_its_advance() -> None:
    assert lefts(HOUSE, p1=entry((AUGUST, PAYEE.inn, "Вода", 500))) == [
        ("Вода", 0), ("Лифт", 50), ("Взнос", 30),
    ]  # fmt: skip


def test_a_refund_on_its_way_gives_the_sum_back() -> None:
    paid, back = entry((AUGUST, PAYEE.inn, "Вода", 100)), entry((AUGUST, PAYEE.inn, "Вода", -60))
    assert lefts(HOUSE, p1=paid, r1=back)[0] == ("Вода", 60)
    assert lefts(HOUSE, r1=back)[0] == ("Вода", 100)


def test_paying_an_older_receipt_reduces_the_next_ones_debt() -> None:
    september = receipt(("Вода", PAYEE.inn, 180), period="2020-09")
    assert lefts(september, p1=entry((AUGUST, PAYEE.inn, "Вода", 100))) == [("Вода", 80)]
    assert lefts(september, p1=entry(("2020-08-water", PAYEE.inn, "Вода", 100))) == [("Вода", 180)]


def test_what_was_paid_ahead_lessens_the_next_months_services_of_its_payee() -> None:
    ahead = entry((AUGUST, PAYEE.inn, "Начислено предварительно за СЕНТЯБРЬ 2020", 120))
    september = receipt(
        ("Взнос", OTHER.inn, 30), ("Вода", PAYEE.inn, 100), ("Лифт", PAYEE.inn, 50), period="2020-09"
    )
    assert lefts(september, p1=ahead) == [("Взнос", 30), ("Вода", 0), ("Лифт", 30)]


def test_what_was_paid_ahead_lessens_nothing_else_while_it_is_still_ahead() -> None:
    august = receipt(("Вода", PAYEE.inn, 100), ahead=120)
    ahead = entry((AUGUST, PAYEE.inn, "Начислено предварительно за СЕНТЯБРЬ 2020", 120))
    assert lefts(august, p1=ahead) == [("Вода", 100), ("Начислено предварительно за СЕНТЯБРЬ 2020", 0)]


def test_lines_that_are_all_paid_leave_nothing_whatever_the_total_says() -> None:
    made = receipt(("Вода", PAYEE.inn, 100), ("Лифт", PAYEE.inn, -20))
    lines = payable_lines(made, SUPPLIER, {"p1": entry((AUGUST, PAYEE.inn, "Вода", 100))})
    assert remaining(lines) == 0
    assert remaining(payable_lines(made, SUPPLIER, {})) == 80
    assert (
        remaining(payable_lines(receipt(("Вода", PAYEE.inn, 100), ("Лифт", PAYEE.inn, -105)), SUPPLIER, {}))
        == 0
    )


_SERVICES = st.sampled_from(["Вода", "Лифт", "Взнос", "Домофон"])
_PAID = st.lists(st.tuples(_SERVICES, st.sampled_from([PAYEE.inn, OTHER.inn]), st.integers(-200, 300)))


@given(st.lists(st.tuples(_SERVICES, st.integers(-50, 200)), max_size=6), _PAID)
def test_no_line_is_paid_beyond_its_sum_nor_more_counted_off_than_was_paid(
    services: list[tuple[str, int]], paid: list[tuple[str, str, int]]
) -> None:
    made = receipt(*((name, PAYEE.inn, total) for name, total in services))
    lines = payable_lines(
        made, SUPPLIER, {"p": entry(*((AUGUST, inn, name, sum_) for name, inn, sum_ in paid))}
    )
    assert all(0 <= line.paid <= max(line.due, 0) for line in lines)
    assert sum(line.paid for line in lines) <= sum(max(sum_, 0) for *_, sum_ in paid)
