"""Manual, 2: «История оплат»."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.browser import fits, open_section, plain, unfold_lines


def test_payments_stand_with_their_dates_and_a_minus(home: Page) -> None:
    open_section(home, "История оплат")
    unfold_lines(home)
    row = home.get_by_role("row").filter(has_text="08.11.2012")
    words = plain(row.inner_text())
    assert 'оплата "Город"' in words
    assert "12.11.2012" in words
    assert "-1 082,36" in words
    assert fits(home)


def test_payments_are_taken_away_as_a_table(home: Page, tmp_path: Path) -> None:
    open_section(home, "История оплат")
    with home.expect_download() as started:
        home.get_by_role("button", name="Скачать таблицу (CSV)").click()
    file = tmp_path / "payments.csv"
    started.value.save_as(file)
    assert "08.11.2012;12.11.2012;-1082,36" in file.read_text("utf-8-sig")
    expect(home.get_by_role("heading", name="История оплат", level=1)).to_be_visible()
