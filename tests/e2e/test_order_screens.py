"""The screens of an order and of a guest's payment: nothing jumps, and nobody is left outside."""

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import DEBTOR, Person, Stack, enter, fits, wait_until_loaded
from tests.support.layout_shifts import jumping, slowed
from tests.support.order_scenario import order_of
from tests.support.polling import eventually

pytestmark = pytest.mark.both_devices

NUMBER = "7400000006"
"""An account of the sample that guests pay; the tests that do are never at work at the same time."""


def declined_guest_payment(stack: Stack) -> str:
    """Begin a guest's payment that the bank declines, and return where its screen is."""
    account = stack.account(NUMBER)
    asked = {"account_number": NUMBER, "house": account["house"], "flat": account["flat"]}
    found = stack.api.call("POST", "/api/guest/payments/lookup", asked).json()
    order = stack.api.call(
        "POST", "/api/guest/payments", {"token": found["token"], "amount": 100_00, "method": "card"},
        **{"Idempotency-Key": uuid.uuid4().hex},
    ).json()  # fmt: skip
    stack.api.call("POST", "/local/bank/pay", {"payment_url": order["payment_url"], "outcome": "decline"})
    path = f"/api/guest/payments/{order['order_token']}"
    eventually(lambda: stack.api.call("GET", path).json()["status"] == "declined" or None, "the refusal")
    return f"/pay/{order['order_token']}"


def open_screen(
    new_page: Callable[..., Page], stack: Stack, new_payer: Callable[..., Person], whose: str, **look: str
) -> tuple[Page, str]:
    """Return a page, and the address of an order that waits, or of a guest's payment that was declined."""
    if whose == "guest":
        return new_page(**look), declined_guest_payment(stack)
    payer = new_payer(DEBTOR)
    order = order_of(stack, payer, DEBTOR)
    page = new_page(**look)
    enter(page, payer)
    return page, f"/orders/{order['order_id']}"


@pytest.mark.parametrize("whose", ["resident", "guest"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_screen_of_a_payment_has_no_violation(
    new_page, stack: Stack, new_payer: Callable[..., Person], device: str, theme: str, whose: str
) -> None:
    page, path = open_screen(
        lambda **look: new_page(device, **look), stack, new_payer, whose, color_scheme=theme
    )
    page.goto(path)
    wait_until_loaded(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert violations(page) == []
    assert fits(page)


@pytest.mark.parametrize("whose", ["resident", "guest"])
def test_the_screen_of_a_payment_does_not_jump(
    new_page, stack: Stack, new_payer: Callable[..., Person], device: str, whose: str
) -> None:
    page, path = open_screen(lambda **look: new_page(device, **look), stack, new_payer, whose)
    assert jumping(slowed(page), [path]) == {}
