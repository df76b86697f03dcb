"""Nobody is left outside: dialogs by axe, a keyboard alone, a screen reader alone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import (
    DEBTOR,
    MAIN,
    METERED,
    PASSWORD,
    PHONE,
    Person,
    Stack,
    enter,
    wait_until_loaded,
)

pytestmark = pytest.mark.both_devices


def test_dialogs_and_unfolded_parts_have_no_violation(home: Page) -> None:
    home.goto("/readings")
    home.get_by_role("button", name=re.compile("^О счетчике")).first.click()
    home.get_by_role("button", name=re.compile("^Показать")).first.click()
    wait_until_loaded(home)
    assert violations(home) == []
    home.goto("/accounts")
    wait_until_loaded(home)
    more = home.get_by_role("button", name=re.compile("^Подробнее: лицевой счет")).first
    if more.is_visible():
        more.click()
    home.get_by_role("button", name=re.compile("^Отвязать лицевой счет")).first.click()
    assert violations(home) == []
    home.goto("/settings")
    home.get_by_role("button", name="Сменить пароль").click()
    home.get_by_role("dialog").get_by_role("button", name="Сменить пароль").click()
    assert violations(home) == []


def test_the_skip_link_leads_to_the_content(home: Page) -> None:
    home.goto("/payments")
    wait_until_loaded(home)
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
    expect(page.get_by_label("Сотовый телефон")).to_be_visible()
    email = stack.new_email()
    hands.type_into("Логин (email)", email)
    hands.type_into("Пароль", PASSWORD)
    hands.type_into("Сотовый телефон", "+79123456789")
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


def test_the_keyboard_alone_sends_a_request(page: Page, stack: Stack) -> None:
    enter(page, stack.person(MAIN))
    page.goto("/requests")
    expect(page.get_by_role("button", name="Обращение")).to_be_visible()
    hands = Keyboard(page)
    hands.press("Обращение")
    hands.type_into("Текст заявки", "Прошу выдать справку.")
    hands.press("Отправить")
    expect(page.get_by_text("принята. Ответ появится")).to_be_visible()


class Named:
    """A person who has nothing of a screen but the roles and names that a screen reader says."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def go(self, name: str) -> None:
        """Follow the first link of this name, of those that are shown."""
        self.page.get_by_role("link", name=name).and_(self.page.locator(":visible")).first.press("Enter")

    def press(self, name: str | re.Pattern[str]) -> None:
        """Press the one button of this name."""
        self.page.get_by_role("button", name=name).and_(self.page.locator(":visible")).first.press("Enter")

    def write(self, name: str | re.Pattern[str], text: str) -> None:
        """Write into the first field of this name."""
        self.page.get_by_role("textbox", name=name).first.fill(text)

    def hears(self, heading: str) -> None:
        """Wait for the screen of this title."""
        expect(self.page.get_by_role("heading", name=heading, level=1)).to_be_visible()


def test_names_alone_bind_a_flat(page: Page, stack: Stack) -> None:
    account = stack.account(MAIN)
    enter(page, stack.person())
    who = Named(page)
    who.go("Привязать лицевой счет")
    who.hears("Привязка лицевого счета")
    who.write("Лицевой счет", MAIN)
    who.write("№ дома", account["house"])
    who.write("№ квартиры", account["flat"])
    who.press("Найти")
    who.write(re.compile("фамилия"), account["surname"])
    who.press(re.compile("Привязать лицевой счет$"))
    who.hears("Общая информация")


def test_names_alone_hand_in_a_reading(page: Page, stack: Stack) -> None:
    enter(page, stack.person(METERED))
    who = Named(page)
    who.go("Показания" if page.viewport_size == PHONE else "Передать показания")
    who.hears("Передать показания")
    who.write(re.compile("^Объем изменения: "), "0,1")
    who.press("Передать показания")
    expect(
        page.get_by_role("status").or_(page.get_by_role("alert")).get_by_text("Показания приняты.")
    ).to_be_visible()


def test_names_alone_pay(page: Page, new_payer: Callable[..., Person]) -> None:
    enter(page, new_payer(DEBTOR))
    page.goto("/home")
    who = Named(page)
    who.press("Перейти к оплате")
    who.hears("Корзина")
    who.press("ОПЛАТИТЬ")
    expect(page).to_have_url(re.compile("/local/bank"))


def test_names_alone_send_a_request(page: Page, stack: Stack) -> None:
    enter(page, stack.person(MAIN))
    who = Named(page)
    who.go("Заявки")
    who.hears("Заявки")
    who.press("Обращение")
    who.write("Текст заявки", "Прошу выдать справку.")
    who.press("Отправить")
    expect(page.get_by_text("принята. Ответ появится")).to_be_visible()
