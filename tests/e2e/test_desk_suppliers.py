"""A supplier, as a new engineer with no manual: the bank tried, a colour refused, changes undone."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import Stack, fits, watch_of
from tests.support.desk_browser import confirm, sign_in, staff


def save(page: Page, engineer: dict[str, Any]) -> None:
    """Save, and enter a code where one is asked for."""
    with page.expect_response(lambda answer: answer.request.method == "PUT") as answered:
        page.get_by_role("button", name="Сохранить настройки").click()
    if answered.value.status == 403:
        confirm(page, engineer)


def test_an_engineer_tries_the_bank_and_changes_settings(new_page: Any, stack: Stack) -> None:
    page: Page = new_page()
    engineer = staff(stack, "engineer")
    watch_of(page).expect_status(401, 403, 422)
    page.goto("/desk/suppliers?supplier_id=center")
    sign_in(page, engineer, unconfirmed=True)
    expect(page.get_by_role("heading", name="Вид кабинета")).to_be_visible()
    assert violations(page) == []
    assert fits(page)
    page.get_by_role("button", name="Проверить договор").click()
    expect(page.get_by_text("банк отвечает").first).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile("адрес уведомлений .* отвечает")).first).to_be_visible()
    assert violations(page) == []

    page.get_by_label("Цвет кнопок и ссылок").fill("#ffff00")
    expect(page.get_by_text("слишком светлый")).to_be_visible()
    save(page, engineer)
    settings = page.get_by_role("form", name="Настройки")
    expect(settings.get_by_role("alert").get_by_role("link")).to_be_visible()
    expect(page.get_by_label("Цвет кнопок и ссылок")).to_have_attribute("aria-invalid", "true")
    page.reload()
    office = page.get_by_label("Кабинет абонентского отдела")
    original = office.input_value()
    office.fill("каб. 12, вход со двора")
    save(page, engineer)
    expect(page.get_by_text("Настройки сохранены и действуют")).to_be_visible()
    expect(page.get_by_role("heading", name="История")).to_be_visible()
    page.get_by_role("button", name=re.compile("Показать версию")).first.click()
    expect(office).to_have_value(original)
    save(page, engineer)
    expect(page.get_by_text("Настройки сохранены и действуют")).to_be_visible()
    expect(office).to_have_value(original)
    assert violations(page) == []
    assert fits(page)


def test_payees_and_commission_are_fields_with_the_files_own_checks(
    new_page: Any, stack: Stack, device: str
) -> None:
    page: Page = new_page(device)
    engineer = staff(stack, "engineer")
    watch_of(page).expect_status(401, 403, 422)
    page.goto("/desk/suppliers?supplier_id=center")
    sign_in(page, engineer)
    payee = page.get_by_role("group", name="Получатель 1", exact=True)
    inn = payee.get_by_label("ИНН")
    expect(inn).to_be_visible()
    original = inn.input_value()
    inn.fill("7451001230")
    commission = page.get_by_role("region", name="Комиссия")
    percent = commission.get_by_label("Процент").first
    percent.fill("0")
    commission.get_by_label("Не больше, ₽").first.fill("5,00")
    save(page, engineer)
    expect(inn).to_have_attribute("aria-invalid", "true")
    expect(payee.get_by_text("контрольные цифры").first).to_be_visible()
    expect(commission.get_by_text(re.compile("maximum")).first).to_be_visible()
    assert violations(page) == []
    assert fits(page)

    # From the summary of mistakes to the field, and on.
    page.get_by_role("form", name="Настройки").get_by_role("alert").get_by_role("link").first.click()
    page.reload()
    expect(inn).to_have_value(original)
    page.get_by_role("button", name="Добавить получателя").click()
    added = page.get_by_role("group", name=re.compile("^Получатель")).last
    save(page, engineer)
    expect(added.get_by_label("Название")).to_have_attribute("aria-invalid", "true")
    added.get_by_role("button", name="Убрать").click()

    subject = payee.get_by_label("Предмет расчёта в кассовом чеке")
    before = subject.input_value()
    other = "payment" if before == "service" else "service"
    for value in (other, before):
        subject.select_option(value)
        save(page, engineer)
        expect(page.get_by_text("Настройки сохранены и действуют")).to_be_visible()
        page.reload()
        expect(subject).to_have_value(value)


def test_contracts_and_paid_services_are_fields(new_page: Any, stack: Stack, device: str) -> None:
    page: Page = new_page(device)
    engineer = staff(stack, "engineer")
    watch_of(page).expect_status(401, 403, 422)
    page.goto("/desk/suppliers?supplier_id=center")
    sign_in(page, engineer)
    banks = page.get_by_role("region", name="Договоры с банками")
    expect(banks.get_by_role("group", name="Договор 1, основной")).to_be_visible()
    contracts = banks.get_by_role("group", name=re.compile("^Договор"))
    original = contracts.count()
    banks.get_by_role("button", name="Добавить договор").click()
    added = contracts.nth(original)
    added.get_by_label("Протокол банка").select_option("gorod")
    added.get_by_label("Адрес банка").fill("http://bank.example.ru/")
    services = page.get_by_role("region", name="Платные услуги")
    listed = services.get_by_role("group", name=re.compile("^Услуга"))
    services_stood = listed.count()
    services.get_by_role("button", name="Добавить услугу").click()
    service = listed.nth(services_stood)
    service.get_by_label("Название для жителя").fill("Замена крана")
    service.get_by_label("Цена, ₽").fill("800,50")
    save(page, engineer)
    expect(added.get_by_label("Имя договора")).to_have_attribute("aria-invalid", "true")
    expect(added.get_by_label("Адрес банка")).to_have_attribute("aria-invalid", "true")
    expect(added.get_by_label("Номер услуги в «Городе»")).to_have_attribute("aria-invalid", "true")
    expect(service.get_by_label("Код")).to_have_attribute("aria-invalid", "true")
    assert violations(page) == []
    assert fits(page)

    added.get_by_label("Имя договора").fill("center-old")
    added.get_by_label("Адрес банка").fill("https://bank.example.ru/pay")
    added.get_by_label("Имя секрета с паролем банка").fill("cabinet/bank/old")
    added.get_by_label("Номер услуги в «Городе»").fill("11501")
    added.get_by_label("Через сколько часов").fill("24")
    service.get_by_label("Код").fill("tap")
    save(page, engineer)
    expect(page.get_by_text("Настройки сохранены и действуют")).to_be_visible()
    page.reload()
    expect(added.get_by_label("Через сколько часов")).to_have_value("24")
    expect(service.get_by_label("Цена, ₽")).to_have_value("800,50")
    added.get_by_role("button", name="Убрать").click()
    service.get_by_role("button", name="Убрать").click()
    save(page, engineer)
    expect(page.get_by_text("Настройки сохранены и действуют")).to_be_visible()
    page.reload()
    expect(contracts).to_have_count(original)
    expect(listed).to_have_count(services_stood)


def test_who_sees_one_supplier_reads_what_a_contract_is_and_why(new_page: Any, stack: Stack) -> None:
    """That the server refuses them the change is tests/api/staff/test_suppliers.py's."""
    page: Page = new_page("phone")
    watch_of(page).expect_status(401)

    def limited(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"suppliers": ["center"]})

    page.goto("/desk/suppliers?supplier_id=center")
    sign_in(page, staff(stack, "engineer"))
    page.route("**/api/staff/me", limited)
    page.reload()
    banks = page.get_by_role("region", name="Договоры с банками")
    expect(banks.get_by_text("которому открыты все организации")).to_be_visible()
    contract = banks.get_by_role("group", name="Договор 1, основной")
    expect(contract.get_by_text("center-rbs", exact=True)).to_be_visible()
    expect(contract.get_by_role("textbox")).to_have_count(0)
    expect(contract.get_by_role("checkbox", name="Карта", exact=True)).to_be_visible()
    expect(banks.get_by_role("button", name="Добавить договор")).to_have_count(0)
    assert violations(page) == []
    assert fits(page)


def test_every_setting_of_the_file_has_a_field(new_page: Any, stack: Stack, device: str) -> None:
    page: Page = new_page(device)
    watch_of(page).expect_status(401)
    with page.expect_response("**/api/staff/suppliers/center") as answered:
        page.goto("/desk/suppliers?supplier_id=center")
        sign_in(page, staff(stack, "engineer"))
    settings = answered.value.json()["settings"]
    # A part that there is none of shows its fields when one is added; nothing is saved.
    for button in page.get_by_role("button", name=re.compile("^Добавить")).all():
        button.click()
    names = page.locator("form [name]").evaluate_all("fields => fields.map(field => field.name)")
    shown = {re.split(r"[.\[]", name)[0] for name in names}
    # The bank's fields are named by the contract's place.
    shown |= {"merchant", "merchants"} if shown & {"merchant", "merchants"} else set()
    assert set(settings) - shown == {"supplier_id"}
    assert violations(page) == []
    assert fits(page)


def test_names_and_days_are_rows_that_are_added_and_taken_away(
    new_page: Any, stack: Stack, device: str
) -> None:
    page: Page = new_page(device)
    engineer = staff(stack, "engineer")
    watch_of(page).expect_status(401, 403, 422)
    page.goto("/desk/suppliers?supplier_id=center")
    sign_in(page, engineer)
    codes = page.get_by_role("region", name="Коды услуг")
    days = page.get_by_role("region", name="Переносы выходных")
    expect(days.get_by_role("button", name="Добавить перенесённый день")).to_be_visible()
    original = [place.get_by_role("group").count() for place in (codes, days)]
    added_code = codes.get_by_role("group").nth(original[0])
    added_day = days.get_by_role("group").nth(original[1])
    penalties = page.get_by_label("Какие строки — пени")
    penalties_stood = penalties.input_value()

    codes.get_by_role("button", name="Добавить код услуги").click()
    added_code.get_by_label("Код в реестрах «Города»").fill("9901")
    added_code.get_by_label("Что он значит").fill("Домофон")
    days.get_by_role("button", name="Добавить перенесённый день").click()
    added_day.get_by_label("Дата", exact=True).fill("2031-01-09")
    penalties.fill(f"{penalties_stood}\nПени домофона\n\n")
    window = page.get_by_label("С какого числа")
    first_day = window.input_value()
    window.fill("40")
    save(page, engineer)
    expect(window).to_have_attribute("aria-invalid", "true")
    # What was typed stays, whatever was rejected.
    expect(added_code.get_by_label("Что он значит")).to_have_value("Домофон")
    window.fill(first_day)
    save(page, engineer)
    expect(page.get_by_text("Настройки сохранены и действуют")).to_be_visible()
    page.reload()
    expect(codes.get_by_label("Что он значит").last).to_have_value("Домофон")
    expect(days.get_by_label("Дата", exact=True).last).to_have_value("2031-01-09")
    expect(penalties).to_have_value(f"{penalties_stood}\nПени домофона".strip())

    codes.get_by_role("button", name=re.compile("^Убрать")).last.click()
    days.get_by_role("button", name=re.compile("^Убрать")).last.click()
    penalties.fill(penalties_stood)
    save(page, engineer)
    expect(page.get_by_text("Настройки сохранены и действуют")).to_be_visible()
    page.reload()
    expect(codes.get_by_role("group")).to_have_count(original[0])
    expect(days.get_by_role("group")).to_have_count(original[1])
    expect(penalties).to_have_value(penalties_stood)
