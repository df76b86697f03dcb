"""Manual, 2: «Детализация по услугам» and «Детализация начислений»."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import (
    DETAILS_ACCOUNT,
    Person,
    Stack,
    enter,
    fits,
    open_section,
    plain,
    unfold_lines,
)

pytestmark = pytest.mark.both_devices


@pytest.fixture(scope="module")
def august(stack: Stack) -> Person:
    """The person of the manual's August 2020."""
    return stack.person(DETAILS_ACCOUNT)


def test_services_of_august_2020_total_as_in_the_manual(page: Page, august: Person) -> None:
    enter(page, august)
    open_section(page, "Детализация по услугам")
    expect(page.get_by_text("Август 2020", exact=True)).to_be_visible()
    unfold_lines(page)
    rows = page.get_by_role("row")
    penalty = rows.filter(has_text="Пеня: Взнос В Фонд Капремонта")
    assert [plain(text) for text in penalty.get_by_role("cell").all_inner_texts()] == [
        "-14,62",
        "0,00",
        "0,00",
        "0,00",
    ]
    total = rows.filter(has_text="ИТОГО")
    assert [plain(text) for text in total.get_by_role("cell").all_inner_texts()] == [
        "5 031,49",
        "-5 046,11",
        "5 135,27",
        "5 135,27",
    ]
    assert fits(page)


def test_months_are_stepped_through_and_back(home: Page) -> None:
    open_section(home, "Детализация по услугам")
    month = home.locator(".month-name")
    expect(month).to_have_text("Сентябрь 2019")
    home.get_by_role("button", name="Предыдущий месяц").click()
    expect(month).to_have_text("Август 2019")
    home.go_back()
    expect(month).to_have_text("Сентябрь 2019")


def test_charges_show_tariff_norm_and_volume(page: Page, august: Person) -> None:
    enter(page, august)
    open_section(page, "Детализация начислений")
    unfold_lines(page)
    row = page.get_by_role("row").filter(has_text="ХВС в целях содержания ОИ")
    words = plain(row.inner_text())
    for piece in ("начисление", "25,16 руб/м³", "0,0187 м³/м² ОИ", "Август 2020", "7,79"):
        assert piece in words
    # The volume is written as the tariff beside it is: a comma, and a raised two.
    repair = plain(page.get_by_role("row").filter(has_text="Содержание и ремонт").inner_text())
    for piece in ("114,8 м²", "22,94 руб/м²"):
        assert piece in repair
    assert "5 135,27" in plain(page.get_by_role("row").filter(has_text="ИТОГО").inner_text())
    assert fits(page)


@pytest.mark.parametrize("section", ["Детализация по услугам", "Детализация начислений"])
def test_an_abbreviation_is_explained_where_it_stands(page: Page, august: Person, section: str) -> None:
    enter(page, august)
    open_section(page, section)
    unfold_lines(page)
    water = page.get_by_role("rowheader", name="ХВС в целях содержания ОИ")
    expect(water).to_contain_text("ОИ — общее имущество дома: подъезды, лифты, подвал, чердак")
    sewage = page.get_by_role("rowheader", name="Во При Сои")
    expect(sewage).to_contain_text("СОИ — содержание общего имущества дома")
    repair = page.get_by_role("rowheader", name="Содержание и ремонт")
    expect(repair).not_to_contain_text("общее имущество")


def test_charges_are_taken_away_as_a_table(page: Page, august: Person, tmp_path: Path) -> None:
    enter(page, august)
    open_section(page, "Детализация начислений")
    with page.expect_download() as started:
        page.get_by_role("button", name="Скачать таблицу (CSV)").click()
    file = tmp_path / "charges.csv"
    started.value.save_as(file)
    text = file.read_text("utf-8-sig")
    assert text.splitlines()[0].startswith("Квитанция;Услуга;Тип операции")
    assert ";2633,51" in text
