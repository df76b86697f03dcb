"""Manual, 2: «Оплата услуг»: the cart, the bank's page, the return."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.browser import (
    DETAILS_ACCOUNT,
    MAIN,
    Api,
    Person,
    Stack,
    enter,
    fits,
    open_section,
    plain,
    watch_of,
)
from tests.support.order_scenario import order_of

IN_PART = {"phone": "7400000005", "desktop": "7400000009"}
"""Accounts of the sample that owe something, one for each device."""


@pytest.fixture
def cart(page: Page, new_payer: Callable[..., Person]) -> Page:
    """A cart with the manual's August 2020 in it."""
    enter(page, new_payer(DETAILS_ACCOUNT))
    # An earlier test that paid this account left nothing to pay: then the button offers to pay ahead.
    page.get_by_role("button", name=re.compile("^(Добавить в корзину|Заплатить вперёд)")).first.click()
    expect(page.get_by_text("В корзине.")).to_be_visible()
    open_section(page, "Корзина")
    expect(page.get_by_role("heading", name="Оплачиваемые услуги")).to_be_visible()
    return page


def total(page: Page) -> str:
    """Return «Итого к оплате»."""
    return plain(page.locator(".cart-total").text_content())


@pytest.mark.both_devices
def test_the_manuals_cart_totals_5_135_27(cart: Page) -> None:
    assert total(cart) == "Итого к оплате: 5 135,27 ₽"
    words = plain(cart.get_by_role("main").text_content())
    assert "Информация о комиссии" in words
    assert "Получатель платежа" in words
    assert fits(cart)


def test_a_sum_is_adjusted_and_a_service_left_out(cart: Page) -> None:
    watchman = cart.get_by_role("textbox", name="Консьерж")
    expect(watchman).to_have_count(0)
    cart.get_by_role("button", name="Изменить суммы").click()
    watchman.fill("1000,00")
    watchman.press("Enter")
    expect(cart.locator(".cart-total")).to_have_text(re.compile("4.797,85"))
    cart.get_by_role("button", name="Убрать из корзины: Консьерж").click()
    expect(watchman).to_have_count(0)
    expect(cart.locator(".cart-total")).to_have_text(re.compile("3.797,85"))
    cart.get_by_role("button", name="Готово").click()
    expect(cart.get_by_role("textbox")).to_have_count(0)


def test_the_cart_is_cleared_after_a_question(cart: Page) -> None:
    cart.get_by_role("button", name="Очистить корзину").click()
    cart.get_by_role("dialog").get_by_role("button", name="Очистить").click()
    expect(cart.get_by_text("Корзина пуста.")).to_be_visible()


def pay_at_the_bank(page: Page) -> None:
    """Pay on the simulator's page."""
    expect(page).to_have_url(re.compile("/local/bank"))
    page.get_by_role("button", name="Оплатить").click()


@pytest.mark.both_devices
def test_paying_leads_to_the_bank_and_back_to_an_honest_state(cart: Page) -> None:
    cart.get_by_role("button", name="ОПЛАТИТЬ").click()
    pay_at_the_bank(cart)
    expect(cart).to_have_url(re.compile("/orders/"))
    expect(cart.get_by_text("Оплачено", exact=True)).to_be_visible(timeout=40_000)
    assert "5 135,27" in plain(cart.get_by_role("main").text_content())
    assert fits(cart)


def test_sbp_code_counts_down_and_the_page_finds_the_payment(cart: Page, stack: Stack) -> None:
    """The code is read off the screen as a camera reads it, and is the link beside it."""
    cart.get_by_role("radio", name=re.compile("^СБП: 5.135,27 ₽ без комиссии")).check()
    cart.get_by_role("button", name="ОПЛАТИТЬ").click()
    paying = cart.get_by_role("region", name="Оплата по СБП")
    expect(paying.get_by_role("timer")).to_have_text(re.compile(r"ещё (20:00|19:\d\d)"))
    link = paying.get_by_role("link", name="Оплатить через СБП").get_attribute("href")
    shown = Image.open(io.BytesIO(paying.get_by_role("img").screenshot()))
    assert [code.text for code in zxingcpp.read_barcodes(shown)] == [link]
    expect(cart.get_by_text("Деньги списаны, а статус не меняется")).to_be_visible()
    assert fits(cart)
    Api(stack.url).call("POST", "/local/bank/pay", {"sbp_link": link})
    expect(cart.get_by_text("Оплачено", exact=True)).to_be_visible(timeout=40_000)
    expect(paying).to_have_count(0)


def test_an_order_begun_by_card_is_paid_by_sbp(cart: Page, stack: Stack) -> None:
    cart.get_by_role("button", name="ОПЛАТИТЬ").click()
    expect(cart).to_have_url(re.compile("/local/bank"))
    cart.go_back()
    cart.get_by_text("Оплатить другим способом").click()
    cart.get_by_role("button", name=re.compile("^СБП: 5.135,27")).click()
    paying = cart.get_by_role("region", name="Оплата по СБП")
    link = paying.get_by_role("link", name="Оплатить через СБП").get_attribute("href")
    assert fits(cart)
    Api(stack.url).call("POST", "/local/bank/pay", {"sbp_link": link})
    expect(cart.get_by_text("Оплачено", exact=True)).to_be_visible(timeout=40_000)
    cart.goto("/orders")
    expect(cart.get_by_text("Платёж не прошёл").first).to_be_visible()


def test_back_from_the_bank_never_repeats_the_payment(cart: Page) -> None:
    cart.get_by_role("button", name="ОПЛАТИТЬ").click()
    expect(cart).to_have_url(re.compile("/local/bank"))
    cart.go_back()
    expect(cart).to_have_url(re.compile("/orders/"))
    expect(cart.get_by_text("Ждём подтверждения банка")).to_be_visible()
    expect(cart.get_by_role("button", name="ОПЛАТИТЬ")).to_have_count(0)
    cart.get_by_role("button", name="Вернуться к оплате").click()
    pay_at_the_bank(cart)
    expect(cart.get_by_text("Оплачено", exact=True)).to_be_visible(timeout=40_000)


def test_a_lost_answer_to_the_checkout_is_retried_into_the_same_order(cart: Page) -> None:
    watch_of(cart).expect_no_network()
    keys = []

    def lose_the_first(route):
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    cart.route("**/api/cart/checkout", lose_the_first)
    cart.get_by_role("button", name="ОПЛАТИТЬ").click()
    expect(cart.get_by_role("alert").first).to_contain_text("повторите")
    cart.get_by_role("button", name="ОПЛАТИТЬ").click()
    expect(cart).to_have_url(re.compile("/local/bank"))
    assert len(set(keys)) == 1


def test_what_is_paid_and_not_yet_accounted_is_not_asked_for_again(cart: Page) -> None:
    cart.get_by_role("button", name="ОПЛАТИТЬ").click()
    pay_at_the_bank(cart)
    expect(cart.get_by_text("Оплачено", exact=True)).to_be_visible(timeout=40_000)
    cart.get_by_role("link", name="Общая информация").last.click()
    card = cart.get_by_role("region", name="Оплачено")
    expect(card).to_contain_text("Оплата ещё не учтена в квитанции, платить снова не нужно.")
    expect(card.get_by_role("button", name="Перейти к оплате")).to_have_count(0)


def pay_half_of_a_service(stack: Stack, api: Api, number: str) -> tuple[str, int]:
    """Pay half of what the account's first service asks for; return its name and what is left of it."""
    account_id = stack.account(number)["account_id"]
    path = f"/api/accounts/{account_id.replace(':', '%3A')}/summary"
    (receipt, *_) = api.call("GET", path).json()["receipts"]
    wanted = {"account_id": account_id, "receipt_id": receipt["receipt_id"], "with_preliminary": False}
    group = api.call("POST", "/api/cart/items", wanted).json()["groups"][0]["receipts"][0]
    first, *others = [item for payee in group["payees"] for item in payee["items"]]
    for other in others:
        api.call("DELETE", f"/api/cart/items/{other['item_id']}")
    half = first["amount"] // 2
    api.call("PATCH", f"/api/cart/items/{first['item_id']}", {"amount": half})
    order = api.call("POST", "/api/cart/checkout", {}, **{"Idempotency-Key": "half"}).json()
    api.call("POST", "/local/bank/pay", {"payment_url": order["payment_url"], "outcome": "approve"})
    return first["service"], first["amount"] - half


def test_after_a_part_is_paid_the_cart_offers_the_rest_and_says_so(
    page: Page, stack: Stack, device: str
) -> None:
    person = stack.person(IN_PART[device])
    service, left = pay_half_of_a_service(stack, stack.api_of(person), IN_PART[device])
    enter(page, person)
    expect(page.get_by_role("region", name=re.compile("^К оплате"))).to_contain_text("Вы уже заплатили")
    page.get_by_role("button", name="Перейти к оплате").click()
    page.get_by_role("button", name="Изменить суммы").click()
    item = page.get_by_role("listitem").filter(has=page.get_by_role("textbox", name=service, exact=True))
    expect(item).to_contain_text("Вы уже заплатили: оплата ещё не учтена.")
    rest = f"{left // 100},{left % 100:02d}"
    box = item.get_by_role("textbox")
    assert plain(box.input_value()).replace(" ", "") == rest
    assert fits(page)
    box.fill(f"{left // 100 + 1},00")
    box.press("Enter")
    expect(item).to_contain_text("если не платите вперёд, исправьте сумму")


@pytest.fixture
def rival(page: Page, stack: Stack, new_payer: Callable[..., Person]) -> dict[str, Any]:
    """An order that pays again what is in the cart; the cart is open, and was tried to be paid."""
    payer = new_payer(DETAILS_ACCOUNT)
    order = order_of(stack, payer, DETAILS_ACCOUNT)
    watch_of(page).expect_status(409)
    enter(page, payer)
    open_section(page, "Корзина")
    page.get_by_role("button", name="ОПЛАТИТЬ").click()
    dialog = page.get_by_role("dialog", name="Счёт уже оплачивается")
    expect(dialog).to_contain_text(f"Этот счёт уже оплачивается заказом № {order['order_id']}.")
    return order


def test_a_bill_that_an_order_pays_already_can_be_continued(page: Page, rival: dict[str, Any]) -> None:
    assert "5 135,27" in plain(page.get_by_role("dialog").text_content())
    assert fits(page)
    page.get_by_role("button", name="Продолжить оплату заказа").click()
    pay_at_the_bank(page)
    expect(page).to_have_url(re.compile(f"/orders/{rival['order_id']}"))
    expect(page.get_by_text("Оплачено", exact=True)).to_be_visible(timeout=40_000)


def test_a_bill_that_an_order_pays_already_is_freed_by_cancelling(page: Page, rival: dict[str, Any]) -> None:
    page.get_by_role("button", name="Отменить заказ").click()
    expect(page.get_by_role("region", name="Оплата").get_by_role("status")).to_contain_text("заказ отменён")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="ОПЛАТИТЬ").click()
    expect(page).to_have_url(re.compile("/local/bank"))
    page.goto(f"/orders/{rival['order_id']}")
    expect(page.get_by_text("Заказ отменён")).to_be_visible()


def test_a_bill_that_an_order_pays_already_is_paid_again_by_a_second_step_alone(
    page: Page, rival: dict[str, Any]
) -> None:
    certain = page.get_by_role("button", name="Да, оплатить всё равно")
    expect(certain).to_have_count(0)
    page.get_by_role("button", name="Оплатить всё равно").click()
    expect(page.get_by_role("dialog")).to_contain_text("деньги спишутся дважды")
    page.get_by_role("button", name="Не платить второй раз").click()
    page.get_by_role("button", name="Оплатить всё равно").click()
    certain.click()
    pay_at_the_bank(page)
    expect(page).to_have_url(re.compile("/orders/"))
    assert rival["order_id"] not in page.url


def test_an_order_of_two_flats_names_them_and_is_cancelled(
    page: Page, stack: Stack, new_payer: Callable[..., Person]
) -> None:
    numbers = DETAILS_ACCOUNT, MAIN
    person = new_payer(*numbers)
    order = order_of(stack, person, *numbers)
    enter(page, person)
    page.goto(f"/orders/{order['order_id']}")
    flats = page.get_by_role("main").get_by_role("heading", level=3)
    expect(flats).to_have_count(2)
    addresses = flats.all_text_contents()
    assert fits(page)
    page.goto(order["payment_url"])
    for address in addresses:
        expect(page.get_by_role("table")).to_contain_text(f"{address}: ")
    page.goto(f"/orders/{order['order_id']}")
    page.get_by_role("button", name="Отменить заказ").click()
    expect(page.get_by_text("Заказ отменён")).to_be_visible()
    expect(page.get_by_role("button", name="Вернуться к оплате")).to_have_count(0)


def test_a_payment_that_is_being_prepared_is_counted_down_and_tried_again(cart: Page) -> None:
    watch_of(cart).expect_status(409)
    keys = []

    def refuse_the_first(route):
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) > 1:
            return route.continue_()
        problem = {
            "code": "payment_being_prepared",
            "detail": "Этот заказ уже передаётся в банк.",
            "retry_after_seconds": 2,
        }
        return route.fulfill(status=409, json=problem)

    cart.route("**/api/cart/checkout", refuse_the_first)
    pay = cart.get_by_role("button", name="ОПЛАТИТЬ")
    pay.click()
    expect(cart.get_by_role("timer")).to_contain_text("Повторить можно через")
    expect(cart.get_by_role("timer")).to_contain_text("Теперь можно попробовать ещё раз.")
    pay.click()
    expect(cart).to_have_url(re.compile("/local/bank"))
    assert len(keys) == 2
    assert len(set(keys)) == 1, "the same order"


def test_another_sum_than_was_shown_is_said_before_anything_is_paid(cart: Page) -> None:
    watch_of(cart).expect_status(409)

    def ask_for_what_was_shown_before(route):
        route.continue_(post_data=route.request.post_data.replace("513527", "503527"))

    cart.route("**/api/cart/checkout", ask_for_what_was_shown_before)
    cart.get_by_role("button", name="ОПЛАТИТЬ").click()
    alert = cart.get_by_role("alert").first
    expect(alert).to_contain_text("Проверьте суммы")
    assert "На экране было 5 035,27 руб., теперь 5 135,27 руб." in plain(alert.text_content())
    cart.unroute("**/api/cart/checkout")
    cart.get_by_role("button", name="ОПЛАТИТЬ").click()
    expect(cart).to_have_url(re.compile("/local/bank"))
