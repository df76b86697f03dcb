"""Manual, 1: «Вход через Госуслуги» and 3: «Привязка учетной записи Госуслуг»."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.support import MAIN, Stack, client_menu, sign_in


def test_the_button_leads_to_gosuslugi_and_back_when_refused(page: Page) -> None:
    page.goto("/?error=access_denied")
    expect(page.get_by_role("alert")).to_contain_text("Госуслуги")
    page.get_by_role("link", name="Вход через Госуслуги").click()
    expect(page).to_have_url(re.compile("/local/esia/"))


def test_an_account_is_linked_in_the_settings_and_then_signs_in(page: Page, stack: Stack) -> None:
    person = stack.person(MAIN)
    sign_in(page, person)
    client_menu(page, "Настройки")
    page.get_by_role("link", name=re.compile("^Привязать")).click()
    expect(page).to_have_url(re.compile("/local/esia/"))
    page.get_by_role("button", name="Войти").first.click()
    expect(page.get_by_role("heading", name="Настройки", level=1)).to_be_visible()
    expect(page.get_by_text("привязано")).to_be_visible()
    client_menu(page, "Выход")
    page.get_by_role("link", name="Вход через Госуслуги").click()
    page.get_by_role("button", name="Войти").first.click()
    expect(page.get_by_role("heading", name="Общая информация", level=1)).to_be_visible()
