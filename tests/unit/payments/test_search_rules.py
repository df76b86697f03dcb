"""What the staff types to find an order, and which orders fit."""

import pytest

from cabinet.payments.model import OrderCard
from cabinet.payments.orders.search_rules import OrderFilter, is_wanted, last_digits, order_number
from tests.support.factories.orders import order

NUMBER = "P260302ABCDEFGH12"
CARD = OrderCard(saved_card_id="s", bank_card_id="b", masked_pan="555555**5599")


@pytest.mark.parametrize(
    "typed", [NUMBER, NUMBER.lower(), f" {NUMBER}-2 ", "P260302 ABCDEFGH12", NUMBER.replace("P", "Р")]
)
def test_a_number_is_known_however_it_is_typed(typed: str) -> None:
    assert order_number(typed) == NUMBER


@pytest.mark.parametrize(
    "typed", ["", "1234567899", "P260302", f"{NUMBER}X", f"{NUMBER}-", "P260302ABCDEFGH1#"]
)
def test_what_is_no_order_number_names_none(typed: str) -> None:
    assert order_number(typed) is None


def test_the_card_that_paid_is_known_before_the_one_that_was_to_pay() -> None:
    assert last_digits(order()) == ""
    assert last_digits(order().model_copy(update={"card": CARD})) == "5599"
    assert last_digits(order().model_copy(update={"card": CARD, "card_digits": "1111"})) == "1111"


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (OrderFilter(), True),
        (OrderFilter(status="created"), True),
        (OrderFilter(status="paid"), False),
        (OrderFilter(amount=500), True),
        (OrderFilter(amount=505), True),
        (OrderFilter(amount=490), True),
        (OrderFilter(amount=501), False),
        (OrderFilter(card_digits="1111"), True),
        (OrderFilter(card_digits="2222"), False),
    ],
)
def test_an_order_fits_by_state_sum_and_card(wanted: OrderFilter, fits: bool) -> None:
    made = order().model_copy(update={"taken": 490, "card_digits": "1111"})
    assert is_wanted(made, wanted) is fits
