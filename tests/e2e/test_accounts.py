"""Manual, 3: «Выбор лицевого счета», «Отвязка лицевого счета», «Отказ от бумажного носителя ПД»."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import DEBTOR, MAIN, Stack, choose_account, client_menu, enter, fits


@pytest.mark.both_devices
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


@pytest.mark.parametrize("mailed", [True, False])
def test_whoever_refuses_paper_is_asked_whether_receipts_come_by_mail(
    page: Page, stack: Stack, *, mailed: bool
) -> None:
    person = stack.person(MAIN)
    enter(page, person)
    client_menu(page, "Выбор лицевого счета")
    page.get_by_role("checkbox").click()
    dialog = page.get_by_role("dialog")
    consent = dialog.get_by_label(
        f"Согласен получать квитанции этого лицевого счета письмом на {person.email}"
    )
    expect(consent).not_to_be_checked()
    assert violations(page) == []
    assert fits(page)
    if mailed:
        consent.check()
    dialog.get_by_role("button", name="Подтвердить отказ").click()
    expect(dialog).to_have_count(0)
    (binding,) = stack.signed_in(person).call("GET", "/api/bindings").json()["items"]
    assert binding["paperless"] == "on"
    assert binding["mailings"] == {"receipts": mailed, "reminders": False, "notices": False}


def test_paper_is_refused_by_the_statement_and_taken_back(page: Page, stack: Stack) -> None:
    enter(page, stack.person(MAIN))
    client_menu(page, "Выбор лицевого счета")
    flag = page.get_by_role("checkbox", name=re.compile("бумажной квитанции"))
    expect(flag).not_to_be_checked()
    flag.click()
    page.get_by_role("dialog").get_by_role("button", name="Подтвердить отказ").click()
    expect(flag).to_be_checked()
    flag.click()
    expect(flag).not_to_be_checked()
