"""«Почему столько?»: what a month's sum is made of, against the month before, and the way to each figure."""

import re

from playwright.sync_api import Page, expect

from cabinet.core import clock
from cabinet.core.periods import shift_period
from infra.sample.demo_family import HOME, MONTHS, last_period
from tests.support.browser import Stack, enter, fits, plain, unfold_lines


def kopecks(text: str) -> int:
    """Return a sum of the table in kopecks."""
    return int(re.sub(r"[^\d-]", "", plain(text)))


def test_a_months_sum_is_explained_and_followed_to_its_readings(page: Page, stack: Stack) -> None:
    enter(page, stack.person(HOME.number))
    page.get_by_role("link", name=re.compile("^Почему столько")).click()
    expect(page.get_by_role("heading", name="Почему столько?", level=1)).to_be_focused()
    total = page.get_by_role("heading", name=re.compile("начислено")).inner_text()
    assert "месяцем раньше" in plain(page.get_by_role("region", name=plain(total)).inner_text())
    assert fits(page)

    page.get_by_text("Всё таблицей").click()
    rows = page.get_by_role("table", name="Начислено по услугам, было и стало").get_by_role("row")
    figures = [
        [kopecks(cell) for cell in row.get_by_role("cell").locator(".cell-value").all_inner_texts()]
        for row in rows.all()[1:]
    ]
    *services, whole = figures
    assert [sum(column) for column in zip(*services, strict=True)] == whole
    assert whole[1] - whole[0] == whole[2]
    assert kopecks(total.rpartition("начислено")[2]) == whole[1]

    page.get_by_text("Деньги по услугам за два года").click()
    expect(page.get_by_role("img", name=re.compile("^Отопление: график"))).to_be_visible()
    page.get_by_text("Показать таблицу: Всего начислено").click()
    newest = page.get_by_role("table", name="Всего начислено").get_by_role("row").nth(1)
    assert kopecks(newest.get_by_role("cell").locator(".cell-value").nth(1).inner_text()) == whole[1]
    assert fits(page)

    water = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="ХВС", exact=True))
    water.get_by_text("Откуда эта сумма").click()
    water.get_by_role("link", name="Показания счетчика").click()
    expect(page.get_by_role("table", name=re.compile("^Показания: ХВС"))).to_be_visible()
    page.go_back()
    water.get_by_text("Откуда эта сумма").click()
    water.get_by_role("link", name=re.compile("^начисление")).click()
    expect(page.get_by_role("heading", name="Детализация начислений", level=1)).to_be_visible()
    unfold_lines(page)
    page.get_by_role("link", name="по прибору учета").first.click()
    expect(page.get_by_role("heading", name="Информация об ИПУ", level=1)).to_be_visible()

    newest = last_period(clock.local_date(clock.now(), "Asia/Yekaterinburg"))
    page.goto(f"/explanation?period={shift_period(newest, 1 - MONTHS)}")
    expect(page.get_by_text("сравнить не с чем")).to_have_count(1)
    expect(page.get_by_role("heading", name="Из чего сложилась сумма")).to_be_visible()
