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
    sign_in(page, engineer)
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
    expect(page.get_by_text("Настройки не сохранены")).to_be_visible()
    page.reload()
    office = page.get_by_label("Кабинет абонентского отдела")
    stood = office.input_value()
    office.fill("каб. 12, вход со двора")
    save(page, engineer)
    expect(page.get_by_text("Настройки сохранены и действуют")).to_be_visible()
    expect(page.get_by_role("heading", name="История")).to_be_visible()
    page.get_by_role("button", name=re.compile("Показать версию")).first.click()
    expect(office).to_have_value(stood)
    save(page, engineer)
    expect(page.get_by_text("Настройки сохранены и действуют")).to_be_visible()
    expect(office).to_have_value(stood)
    assert violations(page) == []
    assert fits(page)
