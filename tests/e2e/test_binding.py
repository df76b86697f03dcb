"""Manual, 1: «Привязка лицевого счета к «Личному кабинету»»."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import DEBTOR, MAIN, Stack, client_menu, enter, fits, watch_of


def find(page: Page, stack: Stack, number: str) -> None:
    """Fill in the form and press «Найти»."""
    account = stack.account(number)
    page.get_by_label("Лицевой счет").fill(number)
    page.get_by_label("№ дома:").fill(account["house"])
    page.get_by_label("№ квартиры:").fill(account["flat"])
    page.get_by_role("button", name="Найти").click()


@pytest.mark.both_devices
def test_an_account_is_found_checked_by_surname_and_bound(page: Page, stack: Stack) -> None:
    enter(page, stack.person())
    page.get_by_role("main").get_by_role("link", name="Привязать лицевой счет").click()
    expect(page.get_by_role("heading", name="Привязка лицевого счета", level=1)).to_be_focused()
    # A number may have letters, so a phone must not offer digits alone.
    expect(page.get_by_label("Лицевой счет")).not_to_have_attribute(
        "inputmode", re.compile("numeric|decimal|tel")
    )
    find(page, stack, MAIN)
    expect(page.get_by_role("heading", name="Лицевой счет найден")).to_be_focused()
    assert fits(page)
    page.get_by_label("Вид проверки").fill(stack.account(MAIN)["surname"].lower())
    expect(page.get_by_label("Выбрать лицевой счет как основной")).to_be_checked()
    page.get_by_role("button", name="+ Привязать лицевой счет").click()
    expect(page.get_by_role("heading", name="Общая информация", level=1)).to_be_visible()
    expect(page.get_by_text(MAIN)).to_be_visible()


def test_the_mailings_are_asked_at_the_first_binding_alone(page: Page, stack: Stack) -> None:
    enter(page, stack.person())
    for number, is_first in ((MAIN, True), (DEBTOR, False)):
        page.goto("/accounts/bind")
        find(page, stack, number)
        page.get_by_label("Вид проверки").fill(stack.account(number)["surname"])
        question = page.get_by_role("group", name="О чём присылать письма на")
        expect(question).to_have_count(1 if is_first else 0)
        if is_first:
            question.get_by_label("Напоминания о показаниях и оплате").check()
            assert fits(page)
        page.get_by_role("button", name="+ Привязать лицевой счет").click()
        shown = "Общая информация" if is_first else "Выбор лицевого счета"
        expect(page.get_by_role("heading", name=shown, level=1)).to_be_visible()
        if not is_first:
            said = page.get_by_role("status").filter(has_text=f"Лицевой счет {number} привязан")
            expect(said).to_be_visible()
    client_menu(page, "Настройки")
    for number in (MAIN, DEBTOR):
        page.get_by_role("button", name=f"Показать рассылку, лицевой счет {number}").click()
        expect(page.get_by_label("Напоминания о показаниях и оплате")).to_be_checked()
        expect(page.get_by_label("Уведомления организации")).not_to_be_checked()
        page.get_by_role("button", name=f"Скрыть рассылку, лицевой счет {number}").click()


def test_a_wrong_surname_is_refused_in_words(page: Page, stack: Stack) -> None:
    watch_of(page).expect_status(422)
    enter(page, stack.person())
    page.goto("/accounts/bind")
    find(page, stack, MAIN)
    page.get_by_label("Вид проверки").fill("Посторонний")
    page.get_by_role("button", name="+ Привязать лицевой счет").click()
    expect(page.get_by_role("form", name="Проверка лицевого счета").get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Вид проверки")).to_have_value("Посторонний")


def test_an_account_that_is_not_there_is_told(page: Page, stack: Stack) -> None:
    enter(page, stack.person())
    page.goto("/accounts/bind")
    page.get_by_label("Лицевой счет").fill("9999999999")
    page.get_by_label("№ дома:").fill("1")
    page.get_by_role("button", name="Найти").click()
    expect(page.get_by_text("Лицевой счет не найден.")).to_be_visible()
