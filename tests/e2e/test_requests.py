"""Manual, 2: «Заявки» and «Уведомления»."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.support import MAIN, Stack, fits, open_section, sign_in


@pytest.mark.parametrize("kind", ["Аварийная заявка", "Жалоба", "Обращение", "Платные услуги"])
def test_a_request_is_sent_and_appears_among_the_accepted(page: Page, stack: Stack, kind: str) -> None:
    sign_in(page, stack.person(MAIN))
    open_section(page, "Заявки")
    page.get_by_role("button", name=kind).click()
    form = page.get_by_role("form", name=kind)
    if kind == "Платные услуги":
        form.get_by_role("radio").first.check()
    form.get_by_label("Текст заявки").fill("Не горит лампа у подъезда.")
    form.get_by_role("button", name="Отправить").click()
    expect(page.get_by_text("принята. Ответ появится")).to_be_visible()
    expect(page.get_by_role("article").first).to_contain_text("Не горит лампа у подъезда.")
    assert fits(page)


def test_an_empty_request_is_not_sent(page: Page, stack: Stack) -> None:
    sign_in(page, stack.person(MAIN))
    open_section(page, "Заявки")
    page.get_by_role("button", name="Обращение").click()
    page.get_by_role("button", name="Отправить").click()
    expect(page.get_by_role("alert").first).to_contain_text("Опишите")


def test_notices_are_read_and_the_badge_goes_down(page: Page, stack: Stack) -> None:
    sign_in(page, stack.person(MAIN))
    open_section(page, "Уведомления")
    fresh = page.locator(".notice-new")
    before = fresh.count()
    if before:
        fresh.first.locator("summary").click()
        expect(fresh).to_have_count(before - 1)
    else:
        expect(page.get_by_role("main")).to_be_visible()
    assert fits(page)
