"""A supplier's own name, colours and telephones, while one of its accounts is chosen."""

import re

from playwright.sync_api import expect

from tests.support.accessibility import violations
from tests.support.browser import (
    MAIN,
    WATER_SUPPLY_ACCOUNT,
    Stack,
    choose_account,
    enter,
    fits,
    wait_until_loaded,
)


def test_the_site_takes_a_suppliers_look_and_gives_it_back(new_page, device: str, stack: Stack) -> None:
    page = new_page(device)
    enter(page, stack.person(WATER_SUPPLY_ACCOUNT, MAIN))
    head = page.get_by_role("banner")
    expect(head.get_by_role("link", name="Водоканал-Сервис")).to_be_visible()
    logo = head.locator("img")
    size = "(image) => image.decode().then(() => [image.naturalWidth > 0, image.width, image.height])"
    assert logo.evaluate(size) == [True, 36, 36]
    assert "/api/suppliers/voda/logo/" in (logo.get_attribute("src") or "")
    phone = page.get_by_role("contentinfo").get_by_role("link", name="+7 (351) 200-30-30")
    expect(phone).to_have_attribute("href", "tel:+73512003030")
    site = page.locator("html")
    expect(site).to_have_css("--accent", "#0b4f9e")
    assert fits(page)
    for theme in ("light", "dark"):
        # At once: colours that are on their way from one theme to the other are neither.
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        wait_until_loaded(page)
        assert violations(page) == [], theme
    expect(site).to_have_css("--accent", re.compile(r"^#(?!0b4f9e|6fd3c8)[0-9a-f]{6}$"))
    choose_account(page, MAIN)
    expect(head.get_by_role("link", name="Личный кабинет")).to_be_visible()
    expect(site).to_have_css("--accent", "#6fd3c8")
    expect(phone).to_have_count(0)
    expect(head.locator("img")).to_have_count(0)
    expect(head.locator(".brand svg")).to_be_visible()


def test_the_page_of_help_has_the_words_of_each_supplier_of_ones_own(new_page, stack: Stack) -> None:
    page = new_page("phone")
    enter(page, stack.person(MAIN, WATER_SUPPLY_ACCOUNT))
    page.goto("/help")
    theirs = page.locator("section", has=page.get_by_role("heading", name="МУП «Водоканал-Сервис»"))
    expect(theirs).to_contain_text("Показания счётчиков воды принимаем с 20 по 25 число.")
    expect(theirs.get_by_role("link", name="+7 (351) 200-30-30")).to_be_visible()
    expect(page.get_by_role("heading", name="ООО «УК Кыштымская»")).to_be_visible()
    assert fits(page)


def test_a_suppliers_consent_is_read_and_agreed_to_when_an_account_is_bound(new_page, stack: Stack) -> None:
    page = new_page("phone")
    enter(page, stack.person())
    account = stack.account(WATER_SUPPLY_ACCOUNT)
    page.goto("/accounts/bind")
    page.get_by_label("Лицевой счет").fill(WATER_SUPPLY_ACCOUNT)
    page.get_by_label("№ дома").fill(account["house"])
    page.get_by_label("№ квартиры").fill(account["flat"])
    page.get_by_role("button", name="Найти").click()
    page.get_by_label("Вид проверки").fill(account["surname"])
    page.get_by_role("button", name="+ Привязать лицевой счет").click()
    expect(page.get_by_text("Без согласия привязать этот лицевой счет нельзя").first).to_be_visible()
    page.get_by_role("button", name="Прочитать согласие").click()
    asked = page.get_by_role(
        "dialog", name="Согласие на обработку персональных данных: МУП «Водоканал-Сервис»"
    )
    expect(asked).to_contain_text("Согласие действует, пока лицевой счёт привязан")
    asked.get_by_role("button", name="Согласен").click()
    expect(page.get_by_label("Согласен на обработку своих персональных данных")).to_be_checked()
    page.get_by_role("button", name="+ Привязать лицевой счет").click()
    expect(page.get_by_role("banner").get_by_role("link", name="Водоканал-Сервис")).to_be_visible()
