"""Manual, 2: «Информация об индивидуальном приборе учета (ИПУ)» and «Документы»."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import fits, open_section, plain


@pytest.mark.both_devices
def test_meters_show_their_dates_and_readings(home: Page, device: str) -> None:
    open_section(home, "Информация об ИПУ")
    table = home.get_by_role("table", name="Информация об индивидуальных приборах учета")
    expect(table).to_be_visible()
    words = plain(table.text_content())
    for title in ("Дата установки", "Дата поверки", "Дата начала расчета", "Просмотр показаний"):
        assert title in words
    if device == "phone":  # a meter is a line, which unfolds
        table.get_by_role("button", name=re.compile("ХВС|ГВС|Электро")).first.click()
    home.get_by_role("button", name=re.compile("^Показать показания")).first.click()
    expect(home.get_by_role("table", name=re.compile("^Показания:"))).to_be_visible()
    assert fits(home)


def test_consumption_has_a_chart_and_the_same_figures_beneath(home: Page) -> None:
    open_section(home, "Информация об ИПУ")
    expect(home.get_by_role("heading", name="Потребление за 24 месяца")).to_be_visible()
    expect(home.get_by_role("img", name=re.compile("^Потребление")).first).to_be_visible()
    home.get_by_text("Показать таблицу").first.click()
    expect(home.get_by_role("table", name=re.compile("^Потребление")).first).to_be_visible()


def test_readings_are_taken_away_as_a_table(home: Page, tmp_path: Path) -> None:
    open_section(home, "Информация об ИПУ")
    with home.expect_download() as started:
        home.get_by_role("button", name="Скачать показания (CSV)").click()
    file = tmp_path / "readings.csv"
    started.value.save_as(file)
    assert file.read_text("utf-8-sig").startswith("Номер;Наименование;Дата учета")


def test_consumption_is_taken_away_as_a_table_and_as_green_button(home: Page, tmp_path: Path) -> None:
    open_section(home, "Информация об ИПУ")
    for link, begins in [("Скачать таблицу (CSV)", "\ufeffМесяц;Услуга"), ("Green Button", "<?xml")]:
        with home.expect_download() as started:
            home.get_by_role("link", name=link).click()
        file = tmp_path / started.value.suggested_filename
        started.value.save_as(file)
        assert file.read_text("utf-8").startswith(begins)


def test_a_receipt_of_any_month_is_printed(home: Page) -> None:
    open_section(home, "Документы")
    row = home.get_by_role("row").filter(has_text="Квитанция Объединённая за СЕНТЯБРЬ 2019")
    assert "28.09.2019" in plain(row.inner_text())
    with home.expect_response(re.compile("/pdf$")) as answered:
        row.get_by_role("button", name=re.compile("^Открыть PDF")).click()
    pdf = home.request.get(answered.value.json()["url"])
    assert pdf.body().startswith(b"%PDF")
    assert fits(home)
