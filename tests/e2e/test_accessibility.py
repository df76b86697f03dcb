"""Nobody is left outside: axe on every screen in both themes, a keyboard alone, 200 % zoom."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import (
    CAPTCHA,
    DEBTOR,
    MAIN,
    METERED,
    PASSWORD,
    SUBSCRIBER,
    Person,
    Stack,
    enter,
    fits,
    settle,
    watch_of,
)

VISITOR = [
    "/", "/register", "/recover", "/activate?token=x", "/reset-password?token=x", "/confirm-email?token=x",
    "/unsubscribe?token=x", "/help", "/nowhere", "/home",
]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_visitors_screens_have_no_violation(new_page, device: str, theme: str) -> None:
    page = new_page(device, color_scheme=theme)
    watch_of(page).expect_status(422)  # a made-up token
    for path in VISITOR:
        page.goto(path)
        settle(page)
        assert violations(page) == [], path
        assert fits(page), path


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_subscribers_screens_have_no_violation(new_page, resident, device: str, theme: str) -> None:
    page = new_page(device, color_scheme=theme)
    enter(page, resident)
    for path in SUBSCRIBER:
        page.goto(path)
        settle(page)
        assert violations(page) == [], path
        assert fits(page), path


def test_dialogs_and_unfolded_parts_have_no_violation(home: Page) -> None:
    home.goto("/readings")
    home.get_by_role("button", name=re.compile("^О счетчике")).first.click()
    home.get_by_role("button", name=re.compile("^Показать")).first.click()
    settle(home)
    assert violations(home) == []
    home.goto("/accounts")
    settle(home)
    more = home.get_by_role("button", name=re.compile("^Подробнее: лицевой счет")).first
    if more.is_visible():
        more.click()
    home.get_by_role("button", name=re.compile("^Отвязать лицевой счет")).first.click()
    assert violations(home) == []
    home.goto("/settings")
    home.get_by_role("button", name="Сменить пароль").click()
    home.get_by_role("dialog").get_by_role("button", name="Сменить пароль").click()
    assert violations(home) == []


def test_everything_pressed_is_large_enough_for_a_finger(new_page, resident) -> None:
    page = new_page("phone")
    enter(page, resident)
    for path in SUBSCRIBER:
        page.goto(path)
        settle(page)
        small = page.evaluate(
            """() => [...document.querySelectorAll(
                    "button, a.button, nav a, .actions a, summary, input[type=text]")]
                .filter((one) => one.offsetParent)
                .map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect()])
                .filter(([, box]) => box.height < 44 || box.width < 44).map(([html]) => html)"""
        )
        assert small == [], path


def test_text_twice_as_large_still_fits_a_phone(new_page, resident) -> None:
    page = new_page("phone")
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => document.documentElement.style.fontSize = '200%')"
    )
    enter(page, resident)
    for path in ["/home", "/summary", "/services", "/readings", "/cart", "/settings"]:
        page.goto(path)
        settle(page)
        assert fits(page), path


def test_the_skip_link_leads_to_the_content(home: Page) -> None:
    home.goto("/payments")
    settle(home)
    home.evaluate("document.activeElement.blur()")
    home.keyboard.press("Tab")
    expect(home.get_by_role("link", name="Перейти к содержанию")).to_be_focused()
    home.keyboard.press("Enter")
    expect(home.get_by_role("main")).to_be_focused()


class Keyboard:
    """A person without a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, name: str, *, exact: bool = False) -> None:
        """Press Tab until something with this name has the focus."""
        for _ in range(90):
            self.page.keyboard.press("Tab")
            named = self.page.evaluate(
                """() => { const one = document.activeElement;
                    const label = one.labels?.[0]?.textContent ?? "";
                    return (one.getAttribute("aria-label") || label || one.textContent || "").trim() }"""
            )
            if named == name if exact else named.startswith(name):
                return
        raise AssertionError(f"{name!r} cannot be reached by Tab")

    def type_into(self, name: str, text: str) -> None:
        """Reach a field and type."""
        self.reach(name)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def press(self, name: str, *, exact: bool = False) -> None:
        """Reach a button or a link and press it."""
        self.reach(name, exact=exact)
        self.page.keyboard.press("Enter")


def test_the_keyboard_alone_registers(page: Page, stack: Stack) -> None:
    page.goto("/")
    hands = Keyboard(page)
    hands.press("Регистрация")
    expect(page.get_by_label("Введите код")).to_be_visible()
    email = stack.new_email()
    hands.type_into("Логин (email)", email)
    hands.type_into("Пароль", PASSWORD)
    hands.type_into("Пароль еще раз", PASSWORD)
    hands.type_into("Сотовый телефон", "+79123456789")
    hands.type_into("Введите код", CAPTCHA)
    hands.reach("Согласен на обработку")
    page.keyboard.press("Space")
    hands.press("Отправить письмо")
    expect(page.get_by_role("heading", name="Проверьте почту")).to_be_visible()


def test_the_keyboard_alone_signs_in_and_binds(page: Page, stack: Stack) -> None:
    person, account = stack.person(), stack.account(MAIN)
    page.goto("/")
    hands = Keyboard(page)
    hands.type_into("Логин (email):", person.email)
    hands.type_into("Пароль:", person.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Главная", level=1)).to_be_focused()
    hands.press("Привязать лицевой счет")
    expect(page.get_by_role("heading", name="Привязка лицевого счета", level=1)).to_be_focused()
    hands.type_into("Лицевой счет", MAIN)
    hands.type_into("№ дома:", account["house"])
    hands.type_into("№ квартиры:", account["flat"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Лицевой счет найден")).to_be_focused()
    hands.type_into("Вид проверки", account["surname"])
    hands.press("+ Привязать лицевой счет")
    expect(page.get_by_role("heading", name="Общая информация", level=1)).to_be_focused()


def test_the_keyboard_alone_hands_in_a_reading(page: Page, stack: Stack) -> None:
    enter(page, stack.person(METERED))
    page.goto("/readings")
    expect(page.get_by_label(re.compile("^Объем изменения")).first).to_be_visible()
    hands = Keyboard(page)
    hands.type_into("Объем изменения", "0,1")
    hands.press("Передать показания", exact=True)
    expect(page.get_by_text("Показания приняты.")).to_be_visible()


def test_the_keyboard_alone_pays(page: Page, new_payer: Callable[..., Person]) -> None:
    enter(page, new_payer(DEBTOR))
    expect(page.get_by_role("button", name=re.compile("^Добавить в корзину")).first).to_be_visible()
    hands = Keyboard(page)
    hands.press("Добавить в корзину")
    expect(page.get_by_text("В корзине.")).to_be_visible()
    hands.press("Перейти в корзину")
    expect(page.get_by_role("heading", name="Корзина", level=1)).to_be_focused()
    expect(page.get_by_role("heading", name="Оплачиваемые услуги")).to_be_visible()
    hands.press("ОПЛАТИТЬ")
    expect(page).to_have_url(re.compile("/local/bank"))
