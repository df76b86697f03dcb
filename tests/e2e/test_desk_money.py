"""Money at the desk, as new accountants with no manual: a refund that one asks for and another approves."""

import re
import uuid
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import Stack, fits, plain, watch_of
from tests.support.desk_browser import confirm, sign_in
from tests.support.polling import eventually

NUMBER = "7400000004"
"""An account of the sample that no other test pays or looks at."""
SUM = 500_00


def paid_by_guest(stack: Stack, email: str) -> str:
    """Pay 500,00 of the account and return the order's number."""
    account = stack.account(NUMBER)
    asked = {"account_number": NUMBER, "house": account["house"], "flat": account["flat"]}
    found = stack.api.call("POST", "/api/guest/payments/lookup", asked).json()
    order = stack.api.call(
        "POST", "/api/guest/payments",
        {"token": found["token"], "amount": SUM, "method": "card", "email": email},
        **{"Idempotency-Key": uuid.uuid4().hex},
    ).json()  # fmt: skip
    stack.api.call("POST", "/local/bank/pay", {"payment_url": order["payment_url"], "outcome": "approve"})
    path = f"/api/guest/payments/{order['order_token']}"
    eventually(lambda: stack.api.call("GET", path).json()["status"] == "paid" or None, "the payment")
    return str(order["order_id"])


def accountants(stack: Stack) -> list[dict[str, Any]]:
    return [each for each in stack.demo["staff"] if each["roles"] == ["accountant"]]


def open_desk(new_page: Any, person: dict[str, Any]) -> Page:
    desk: Page = new_page()
    # A code that another test used is refused, and a code is asked for again before money moves.
    watch_of(desk).expect_status(401, 403, 422)
    desk.goto("/desk/")
    sign_in(desk, person, unconfirmed=True)
    return desk


def test_a_refund_of_100_rubles_is_approved_by_another_person(stack: Stack, new_page: Any) -> None:
    email = stack.new_email()
    order_id = paid_by_guest(stack, email)
    first, second = accountants(stack)

    desk = open_desk(new_page, first)
    desk.get_by_role("link", name="Платежи", exact=True).click()
    desk.get_by_label("Номер заказа или лицевого счёта").fill(NUMBER)
    desk.get_by_label("Сумма").fill("500")
    desk.get_by_role("button", name="Найти").click()
    line = desk.get_by_role("link", name=order_id)
    expect(line).to_be_visible()
    assert NUMBER not in desk.url
    assert violations(desk) == []
    assert fits(desk)
    line.click()
    expect(desk.get_by_role("heading", name=f"Заказ {order_id}")).to_be_visible()
    expect(desk.get_by_text("Оплата получена")).to_be_visible()
    desk.get_by_role("button", name="Спросить банк").click()
    expect(desk.get_by_role("status").filter(has_text="оплачен")).to_be_visible()
    assert violations(desk) == []
    assert fits(desk)

    desk.get_by_role("button", name="Вернуть деньги").click()
    desk.get_by_label("Сумма возврата").fill("100,00")
    desk.get_by_label("Причина").fill("Оплачено дважды")
    assert violations(desk) == []
    desk.get_by_role("button", name=re.compile("Вернуть 100,00")).click()
    confirm(desk, first)
    expect(desk.get_by_text("ждёт одобрения")).to_be_visible()
    expect(desk.get_by_text("Свой возврат одобрить нельзя")).to_be_visible()
    expect(desk.get_by_role("button", name=re.compile("^Одобрить"))).to_have_count(0)
    assert violations(desk) == []

    other = open_desk(new_page, second)
    waiting = other.get_by_role("region", name="Возвраты ждут одобрения")
    expect(waiting).to_be_visible()
    assert violations(other) == []
    waiting.get_by_role("link", name=order_id).click()
    other.get_by_role("button", name=re.compile("Одобрить возврат 100,00")).click()
    confirm(other, second)
    expect(other.get_by_role("heading", name="Возвраты", exact=True)).to_be_visible()
    expect(other.get_by_role("cell", name="возвращён", exact=True)).to_be_visible()
    assert violations(other) == []
    assert fits(other)
    text = plain(stack.email(email, "Возврат платежа")["text"])
    assert "100,00" in text
    assert "Оплачено дважды" not in text
    desk.reload()
    expect(desk.get_by_text("одобрен:")).to_be_visible()
