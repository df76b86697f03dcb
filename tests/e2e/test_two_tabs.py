"""What another tab does must not change, or show, what this one is about."""

import re

from playwright.sync_api import Page, expect

from tests.support.browser import DEBTOR, MAIN, Stack, enter, sign_in, watch_of


def test_another_primary_account_chosen_in_one_tab_leaves_the_other_as_it_was(
    page: Page, stack: Stack
) -> None:
    enter(page, stack.person(MAIN, DEBTOR))
    line = page.get_by_role("main").locator(".account-header")
    expect(line).to_contain_text(MAIN)
    other = page.context.new_page()
    other.goto("/accounts")
    other.get_by_role("button", name=re.compile(DEBTOR)).first.click()
    expect(other.get_by_role("main").locator(".account-header")).to_contain_text(DEBTOR)
    for path in ("/summary", "/services"):
        page.goto(path)
        expect(line).to_contain_text(MAIN)
    # A new tab shows the new primary one.
    third = page.context.new_page()
    third.goto("/summary")
    expect(third.get_by_role("main").locator(".account-header")).to_contain_text(DEBTOR)


def test_whoever_signs_in_in_a_second_tab_sees_nothing_of_the_first_one(page: Page, stack: Stack) -> None:
    first, second = stack.person(MAIN), stack.person(DEBTOR)
    enter(page, first)
    page.goto("/documents")
    expect(page.get_by_role("main").locator(".account-header")).to_contain_text(MAIN)
    other = page.context.new_page()
    page.context.clear_cookies()
    other.add_init_script("localStorage.removeItem('cabinet.visited')")
    sign_in(other, second)
    # The first tab begins anew, as the second person's: with what they owe.
    expect(page.get_by_role("heading", name="Главная", level=1)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(re.compile("58.383,43"))
    assert first.email not in page.content()
    assert MAIN not in page.content()


def test_an_account_unbound_in_another_tab_gives_way_to_the_primary_one(
    page: Page, stack: Stack, device: str
) -> None:
    enter(page, stack.person(MAIN, DEBTOR))
    page.goto("/home")
    page.get_by_role("main").get_by_role("link", name=re.compile(DEBTOR)).click()
    line = page.get_by_role("main").locator(".account-header")
    expect(line).to_contain_text(DEBTOR)
    other = page.context.new_page()
    other.goto("/accounts")
    if device == "phone":
        other.get_by_role("button", name=f"Подробнее: лицевой счет {DEBTOR}").click()
    other.get_by_role("button", name=f"Отвязать лицевой счет {DEBTOR}").click()
    other.get_by_role("dialog").get_by_role("button", name="Подтвердить").click()
    expect(other.get_by_role("button", name=f"Отвязать лицевой счет {DEBTOR}")).to_have_count(0)
    watch_of(page).expect_status(404)
    page.reload()
    expect(line).to_contain_text(MAIN)
