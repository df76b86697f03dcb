"""Manual, 1: «Вход с помощью логина (email) и пароля» and 3: «Выход из личного кабинета»."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.support import Person, client_menu, sign_in, watch_of


def test_login_and_password_open_the_general_information(page: Page, resident: Person) -> None:
    sign_in(page, resident)
    expect(page).to_have_url(re.compile("/summary$"))
    client_menu(page, "Выход")
    expect(page.get_by_role("heading", name="Вход в личный кабинет")).to_be_visible()
    page.goto("/summary")
    expect(page.get_by_role("heading", name="Вход в личный кабинет")).to_be_visible()


def test_a_wrong_password_is_told_in_words(page: Page, resident: Person) -> None:
    watch_of(page).expect_status(401)
    page.goto("/")
    form = page.get_by_role("form", name="Вход в личный кабинет")
    form.get_by_label("Логин (email):").fill(resident.email)
    form.get_by_role("textbox", name="Пароль:").fill("не тот пароль")
    form.get_by_role("button", name="Вход", exact=True).click()
    expect(form.get_by_role("alert")).to_be_focused()
    expect(form.get_by_label("Логин (email):")).to_have_value(resident.email)


def test_a_deep_link_opens_after_the_sign_in(page: Page, resident: Person) -> None:
    page.goto("/documents")
    expect(page.get_by_role("heading", name="Вход в личный кабинет", level=1)).to_be_visible()
    page.get_by_label("Логин (email):").fill(resident.email)
    page.get_by_role("textbox", name="Пароль:").fill(resident.password)
    page.get_by_role("button", name="Вход", exact=True).click()
    expect(page.get_by_role("heading", name="Документы", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile("/documents$"))


def test_the_password_can_be_looked_at(page: Page) -> None:
    page.goto("/")
    password = page.get_by_role("textbox", name="Пароль:")
    password.fill("видимый")
    page.get_by_role("button", name=re.compile("^Показать")).click()
    expect(password).to_have_attribute("type", "text")
