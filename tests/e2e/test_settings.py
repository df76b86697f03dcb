"""Manual, 3: the settings: address, phone, mailings, devices, password, «Удаление личного кабинета»."""

import re

from playwright.sync_api import Page, expect

from tests.support.browser import MAIN, PASSWORD, Person, Stack, client_menu, enter, fits, sign_in, watch_of


def test_the_phone_is_changed(page: Page, stack: Stack) -> None:
    enter(page, stack.person())
    client_menu(page, "Настройки")
    page.get_by_label("Сотовый телефон:").fill("+7 922 111-22-33")
    page.get_by_role("button", name="Сохранить изменения").click()
    expect(page.get_by_text("Изменения сохранены.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Сотовый телефон:")).to_have_value(re.compile(r"922.?111"))
    assert fits(page)


def test_the_address_is_changed_by_the_letter(page: Page, stack: Stack) -> None:
    enter(page, stack.person())
    fresh = stack.new_email()
    client_menu(page, "Настройки")
    page.get_by_label("Логин/Email:").fill(fresh)
    page.get_by_role("textbox", name="Текущий пароль").fill(PASSWORD)
    page.get_by_role("button", name="Сохранить изменения").click()
    expect(page.get_by_role("dialog")).to_contain_text(fresh)
    page.goto(stack.link(fresh, "/confirm-email"))
    page.get_by_role("button", name="Подтвердить адрес").click()
    expect(page.get_by_text("Адрес изменён.")).to_be_visible()
    page.goto("/summary")
    client_menu(page, "Выход")
    sign_in(page, Person(fresh))


def test_mailings_are_chosen_per_account(page: Page, stack: Stack) -> None:
    enter(page, stack.person(MAIN))
    client_menu(page, "Настройки")
    page.get_by_role("button", name=re.compile("^Показать рассылку")).click()
    reminders = page.get_by_label("Напоминания о показаниях и оплате")
    before = reminders.is_checked()
    reminders.click()
    page.get_by_role("button", name="Сохранить изменения").click()
    expect(page.get_by_text("Изменения сохранены.")).to_be_visible()
    page.reload()
    page.get_by_role("button", name=re.compile("^Показать рассылку")).click()
    expect(reminders).to_be_checked(checked=not before)


def test_the_password_is_changed(page: Page, stack: Stack) -> None:
    person = stack.person()
    enter(page, person)
    client_menu(page, "Настройки")
    page.get_by_role("button", name="Сменить пароль").click()
    dialog = page.get_by_role("dialog")
    fresh = "жёлтый самовар поёт 12 песен"
    dialog.get_by_role("textbox", name="Текущий пароль").fill(PASSWORD)
    dialog.get_by_role("textbox", name="Новый пароль", exact=True).fill(fresh)
    dialog.get_by_role("textbox", name="Новый пароль еще раз").fill(fresh)
    dialog.get_by_role("button", name="Сменить пароль").click()
    expect(dialog).to_contain_text("Пароль изменён.")
    dialog.get_by_role("button", name="Понятно").click()
    client_menu(page, "Выход")
    sign_in(page, Person(person.email, fresh))


def test_a_lost_device_is_signed_out(page: Page, stack: Stack) -> None:
    person = stack.person()
    stack.signed_in(person)
    enter(page, person)
    client_menu(page, "Настройки")
    devices = page.get_by_role("region", name="Устройства, на которых выполнен вход")
    expect(devices.get_by_text("это устройство")).to_be_visible()
    others = devices.get_by_role("button", name=re.compile("^Завершить сеанс"))
    expect(others.first).to_be_visible()
    before = others.count()
    others.first.click()
    expect(others).to_have_count(before - 1)


def test_the_cabinet_is_deleted_after_the_warning(page: Page, stack: Stack) -> None:
    watch_of(page).expect_status(401)
    person = stack.person(MAIN)
    enter(page, person)
    client_menu(page, "Настройки")
    page.get_by_role("button", name="Удалить личный кабинет").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(
        "Удалить личный кабинет и привязки лицевых счетов? Данное действие отменить будет невозможно"
    )
    dialog.get_by_role("textbox", name="Пароль").fill(PASSWORD)
    dialog.get_by_role("button", name="Подтвердить").click()
    expect(page.get_by_role("heading", name="Вход в личный кабинет")).to_be_visible()
    page.get_by_label("Логин (email):").fill(person.email)
    page.get_by_role("textbox", name="Пароль:").fill(PASSWORD)
    page.get_by_role("button", name="Вход", exact=True).first.click()
    expect(page.get_by_role("alert").first).to_be_visible()


def test_a_program_gets_a_token_that_is_shown_once_and_revoked(page: Page, stack: Stack) -> None:
    enter(page, stack.person(MAIN))
    client_menu(page, "Настройки")
    page.get_by_role("link", name="Токены для программ").click()
    expect(page.get_by_text("Токенов пока нет")).to_be_visible()
    create = page.get_by_role("button", name="Создать токен")
    create.click()
    expect(page.get_by_role("alert")).to_contain_text("Выберите, что программе разрешено.")
    page.get_by_label("Название программы").fill("Умный дом")
    page.get_by_role("checkbox", name="Видеть начисления, долги и оплаты").check()
    create.click()
    token = page.locator("code").inner_text()
    assert fits(page)
    own = page.request.get("/api/bindings").json()["items"]
    program = page.context.browser.new_context(base_url=stack.url)  # type: ignore[union-attr]
    headers = {"Authorization": f"Bearer {token}"}
    assert program.request.get("/api/bindings", headers=headers).json()["items"] == own
    page.reload()
    expect(page.get_by_text("Последний запрос")).to_be_visible()
    expect(page.locator("code")).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Отозвать")).click()
    page.get_by_role("button", name=re.compile("^Да, отозвать")).click()
    expect(page.get_by_text("Токенов пока нет")).to_be_visible()
    assert program.request.get("/api/bindings", headers=headers).status == 401
    program.close()
