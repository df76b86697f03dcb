"""A supplier's own name, colours and telephones, while one of its accounts is chosen."""

import re

from playwright.sync_api import expect

from tests.support.accessibility import violations
from tests.support.browser import MAIN, WATERED, Stack, choose_account, enter, fits, settle


def test_the_site_takes_a_suppliers_look_and_gives_it_back(new_page, device: str, stack: Stack) -> None:
    page = new_page(device)
    enter(page, stack.person(WATERED, MAIN))
    head = page.get_by_role("banner")
    expect(head.get_by_role("link", name="Водоканал-Сервис")).to_be_visible()
    phone = page.get_by_role("contentinfo").get_by_role("link", name="+7 (351) 200-30-30")
    expect(phone).to_have_attribute("href", "tel:+73512003030")
    site = page.locator("html")
    expect(site).to_have_css("--accent", "#0b4f9e")
    assert fits(page)
    for theme in ("light", "dark"):
        # At once: colours that are on their way from one theme to the other are neither.
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        settle(page)
        assert violations(page) == [], theme
    expect(site).to_have_css("--accent", re.compile(r"^#(?!0b4f9e|6fd3c8)[0-9a-f]{6}$"))
    choose_account(page, MAIN)
    expect(head.get_by_role("link", name="Личный кабинет")).to_be_visible()
    expect(site).to_have_css("--accent", "#6fd3c8")
    expect(phone).to_have_count(0)
