"""Manual, 2: «Общая информация»."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import DEBTOR, choose_account, fits, open_section, plain, unfold_lines

pytestmark = pytest.mark.both_devices


def figures(page: Page, title: str) -> list[str]:
    """Return the figures of a row of the first receipt."""
    row = page.get_by_role("row").filter(has_text=title).first
    expect(row).to_be_visible()
    return [plain(text).split(" долг ")[-1] for text in row.get_by_role("cell").all_inner_texts()]


def number_of(text: str) -> str:
    """Return the sum without the words «долг», «переплата» and the column's title."""
    return text.removeprefix("долг ").removeprefix("переплата ")


def test_the_manuals_september_stands_to_the_kopeck(home: Page) -> None:
    expect(home.get_by_role("heading", name="Квитанция Объединённая за СЕНТЯБРЬ 2019")).to_be_visible()
    unfold_lines(home)
    for title, main, penalty in [
        ("Долг(+)/переплата(-) по квитанции за СЕНТЯБРЬ 2019", "2 779,92", "0,00"),
        ("Оплата(-), учтенная в квитанции за СЕНТЯБРЬ 2019", "0,00", "0,00"),
        ("Начислено по квитанции за СЕНТЯБРЬ 2019", "513,16", "0,00"),
        ("Итого к оплате по квитанции за СЕНТЯБРЬ 2019", "3 293,08", "0,00"),
        ("Предварительно начислено за ОКТЯБРЬ 2019", "235,22", "0,00"),
        ("К оплате с учетом предварительного начисления (авансом)", "3 528,30", "0,00"),
    ]:
        shown = figures(home, title)
        assert [number_of(shown[0]), shown[1]] == [main, penalty], title
    assert "1234567899" in plain(home.get_by_role("main").text_content())
    assert fits(home)


def test_what_to_pay_and_until_when_stands_first(home: Page) -> None:
    card = home.get_by_role("region", name="К оплате за сентябрь 2019")
    assert "3 293,08 ₽" in plain(card.text_content())
    assert "до 10 октября 2019 года" in plain(card.text_content())


def test_debt_is_said_in_words(home: Page) -> None:
    unfold_lines(home)
    row = home.get_by_role("row").filter(has_text="Долг(+)/переплата(-)").first
    expect(row.get_by_text("долг", exact=True)).to_be_visible()


def test_another_account_shows_its_own_figures(home: Page) -> None:
    choose_account(home, DEBTOR)
    open_section(home, "Общая информация")
    expect(home.get_by_role("main").get_by_text(DEBTOR)).to_be_visible()
    unfold_lines(home)
    assert figures(home, "Итого к оплате по квитанции за АВГУСТ 2020")[0] == "58 383,43"
    assert figures(home, "К оплате с учетом предварительного начисления (авансом)")[0] == "60 288,07"
    choose_account(home, "1234567899")


def test_the_printer_icon_opens_the_receipt(home: Page) -> None:
    is_receipt = re.compile(r"[./]pdf").search
    context = home.context
    with context.expect_event("request", lambda each: is_receipt(each.url)), context.expect_page() as opened:
        home.get_by_role("button", name="Открыть PDF: Квитанция Объединённая за СЕНТЯБРЬ 2019").click()
    opened.value.close()
