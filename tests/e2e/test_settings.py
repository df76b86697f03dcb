"""Manual, 3: the settings: address, phone, mailings, devices, password, «Удаление личного кабинета»."""

import re
from pathlib import Path
from zipfile import ZipFile

from icalendar import Calendar
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


def test_a_calendar_subscribes_by_a_link_that_is_shown_once_and_ended(page: Page, stack: Stack) -> None:
    enter(page, stack.person(MAIN))
    client_menu(page, "Настройки")
    page.get_by_role("link", name="Ссылка на календарь").click()
    page.get_by_role("button", name="Создать ссылку").click()
    url = page.locator("code").inner_text()
    assert fits(page)
    program = page.context.browser.new_context(base_url=stack.url)  # type: ignore[union-attr]
    answer = program.request.get(url)
    assert answer.headers["content-type"].startswith("text/calendar")
    titles = {str(each["SUMMARY"]) for each in Calendar.from_ical(answer.text()).walk("VEVENT")}
    assert any(title.startswith("Последний день оплаты за ") for title in titles)
    known = {"If-None-Match": answer.headers["etag"]}
    assert program.request.get(url, headers=known).status == 304
    page.reload()
    expect(page.get_by_text("Календарь обновлялся")).to_be_visible()
    expect(page.locator("code")).to_have_count(0)
    page.get_by_role("button", name="Отключить").click()
    page.get_by_role("button", name="Да, отключить").click()
    expect(page.get_by_text("Ссылки пока нет.")).to_be_visible()
    assert program.request.get(url).status == 404
    program.close()


def test_all_that_is_held_about_a_person_comes_as_an_archive(
    page: Page, stack: Stack, tmp_path: Path
) -> None:
    person = stack.person(MAIN)
    enter(page, person)
    client_menu(page, "Настройки")
    page.get_by_role("link", name="Скачать все мои данные").click()
    page.get_by_role("button", name="Скачать все мои данные").click()
    expect(page.get_by_role("status").filter(has_text="Архив готов.")).to_be_visible()
    # Who makes archives wakes no mailer: by itself the sweep comes within two minutes.
    stack.api.call("POST", "/local/schedules/outbox")
    email = stack.email(person.email, "/settings/data")
    assert "после входа" in email["text"]
    page.reload()
    assert fits(page)
    with page.expect_download() as started:
        page.get_by_role("button", name="Скачать архив").click()
    file = tmp_path / "archive.zip"
    started.value.save_as(file)
    with ZipFile(file) as opened:
        assert {"readme.txt", "profile.json", "payments.json"} < set(opened.namelist())
        assert person.email in opened.read("profile.json").decode()


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
