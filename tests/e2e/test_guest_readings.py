"""Manual, 1: «Передача показаний приборов учета без регистрации»."""

import re

from playwright.sync_api import Page, expect

from tests.support.browser import METERED, Stack, fits, plain, watch_of


def look_up(page: Page, number: str, house: str, flat: str) -> None:
    """Fill in «Передать показания» of the start page."""
    page.goto("/")
    form = page.get_by_role("form", name="Передать показания без регистрации")
    form.get_by_label("Лицевой счет:").fill(number)
    form.get_by_label("№ дома:").fill(house)
    form.get_by_label("№ квартиры:").fill(flat)
    form.get_by_role("button", name="Найти счётчики").click()


def test_a_guest_hands_in_a_reading(page: Page, stack: Stack) -> None:
    account = stack.account(METERED)
    look_up(page, METERED, account["house"], account["flat"])
    expect(page.get_by_role("heading", name="Передать показания", level=1)).to_be_visible()
    words = plain(page.get_by_role("main").text_content())
    assert account["surname"] not in words
    assert fits(page)
    page.get_by_label(re.compile("^Объем изменения")).first.fill("0,5")
    page.get_by_role("button", name="Передать показания").click()
    expect(page.get_by_text("Показания приняты.")).to_be_visible()


def test_an_unknown_account_is_told_and_the_form_stays(page: Page) -> None:
    watch_of(page).expect_status(404, 422)
    look_up(page, "9999999999", "1", "1")
    form = page.get_by_role("form", name="Передать показания без регистрации")
    expect(form.get_by_role("alert").first).to_be_visible()
    expect(form.get_by_label("Лицевой счет:")).to_have_value("9999999999")
