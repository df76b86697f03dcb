"""Manual, 1: «Вход через Госуслуги» and 3: «Привязка учетной записи Госуслуг»."""

import re

from playwright.sync_api import Page, expect

from tests.support.browser import MAIN, Stack, client_menu, enter

TRUSTED = "Иванов Иван"
NEWCOMER = "Петрова Ольга"
UNTRUSTED = "Сидоров Пётр"


def enter_as(page: Page, citizen: str) -> None:
    """Sign in on the simulator's page of Госуслуги."""
    expect(page).to_have_url(re.compile("/local/esia/"))
    page.get_by_role("button", name=re.compile(f"^Войти: {citizen}")).click()


def test_an_account_that_is_not_trusted_is_refused_in_words(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Вход через Госуслуги").click()
    enter_as(page, UNTRUSTED)
    expect(page.get_by_role("alert")).to_contain_text("подтверждённая учетная запись Госуслуг")


def test_who_changed_their_mind_is_told_so(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Вход через Госуслуги").click()
    page.get_by_role("button", name="Отказаться").click()
    expect(page.get_by_role("alert")).to_contain_text("Вы отказались от входа через Госуслуги.")


def test_a_newcomer_agrees_first_and_may_leave_again(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Вход через Госуслуги").click()
    enter_as(page, NEWCOMER)
    expect(page.get_by_role("heading", name="Первый вход через Госуслуги")).to_be_visible()
    page.get_by_label("Согласен на обработку своих персональных данных").check()
    page.get_by_role("button", name="Создать личный кабинет").click()
    expect(page.get_by_role("heading", name="Главная", level=1)).to_be_visible()
    client_menu(page, "Настройки")
    page.get_by_role("button", name="Удалить личный кабинет").click()
    page.get_by_role("dialog").get_by_role("button", name="Подтвердить").click()
    expect(page.get_by_role("heading", name="Вход в личный кабинет")).to_be_visible()


def test_an_account_is_linked_in_the_settings_and_then_signs_in(page: Page, stack: Stack) -> None:
    enter(page, stack.person(MAIN))
    client_menu(page, "Настройки")
    page.get_by_role("link", name=re.compile("^Привязать")).click()
    enter_as(page, TRUSTED)
    expect(page.get_by_role("heading", name="Настройки", level=1)).to_be_visible()
    expect(page.get_by_text("Учетная запись Госуслуг привязана.")).to_be_visible()
    client_menu(page, "Выход")
    page.get_by_role("link", name="Вход через Госуслуги").click()
    enter_as(page, TRUSTED)
    expect(page.get_by_role("heading", name="Главная", level=1)).to_be_visible()
    client_menu(page, "Настройки")
    page.get_by_role("button", name="Отвязать").click()
    expect(page.get_by_role("link", name=re.compile("^Привязать"))).to_be_visible()
