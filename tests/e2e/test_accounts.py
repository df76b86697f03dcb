"""Manual, 3: «Выбор лицевого счета», «Отвязка лицевого счета», «Отказ от бумажного носителя ПД»."""

from playwright.sync_api import Page, expect

from tests.support.browser import DEBTOR, MAIN, Stack, choose_account, client_menu, enter, fits


def test_an_account_is_chosen_and_unbound_after_a_question(page: Page, stack: Stack, device: str) -> None:
    enter(page, stack.person(MAIN, DEBTOR))
    choose_account(page, DEBTOR)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Общая информация")
    expect(page.get_by_text(DEBTOR).first).to_be_visible()
    client_menu(page, "Выбор лицевого счета")
    expect(page.get_by_role("button", name=DEBTOR).first).to_have_attribute("aria-pressed", "true")
    assert fits(page)
    more = page.get_by_role("button", name=f"Подробнее: лицевой счет {DEBTOR}")
    if device == "phone":
        more.click()
    page.get_by_role("button", name=f"Отвязать лицевой счет {DEBTOR}").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Отмена").click()
    expect(page.get_by_role("row").filter(has_text=DEBTOR)).to_be_visible()
    page.get_by_role("button", name=f"Отвязать лицевой счет {DEBTOR}").click()
    dialog.get_by_role("button", name="Подтвердить").click()
    expect(page.get_by_role("row").filter(has_text=DEBTOR)).to_have_count(0)
    expect(page.get_by_role("row").filter(has_text=MAIN)).to_be_visible()


def test_paper_is_refused_by_the_statement_and_taken_back(page: Page, stack: Stack) -> None:
    enter(page, stack.person(MAIN))
    client_menu(page, "Выбор лицевого счета")
    flag = page.get_by_role("checkbox")
    expect(flag).not_to_be_checked()
    flag.click()
    page.get_by_role("dialog").get_by_role("button", name="Подтвердить отказ").click()
    expect(flag).to_be_checked()
    flag.click()
    expect(flag).not_to_be_checked()
