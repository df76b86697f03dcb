"""Templates of ГИС ЖКХ at the desk: a wrong one is refused in words, the right one comes back filled."""

import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from cabinet.exchange.gis.fill import LEFT_OUT_NAME
from tests.support.accessibility import violations
from tests.support.browser import Stack, fits, watch_of
from tests.support.desk_browser import sign_in, staff
from tests.support.gis_templates import PAYMENTS_HEADER, READINGS_HEADER, cells_of, template


@pytest.fixture
def desk(new_page: Any, stack: Stack) -> Page:
    page: Page = new_page()
    watch_of(page).expect_status(401, 403, 422)
    page.goto("/desk/exports")
    sign_in(page, staff(stack, "accountant"))
    expect(page.get_by_role("heading", name="Реестры организациям")).to_be_visible()
    page.get_by_label("Организация").select_option("center")
    page.get_by_label("Что передаём").select_option("gis")
    return page


def choose(desk: Page, path: Path) -> None:
    """Send a template; the field takes one only when the one before is sent."""
    field = desk.get_by_label("Шаблон из ГИС ЖКХ (xlsx)")
    expect(field).to_be_enabled()
    with desk.expect_response(re.compile("/api/staff/gis/[^/]+/start$")) as answered:
        field.set_input_files(path)
    assert answered.value.ok


def test_a_template_comes_back_filled_with_readings(desk: Page, tmp_path: Path) -> None:
    assert violations(desk) == []
    assert fits(desk)
    (tmp_path / "wrong").mkdir()
    choose(desk, template(tmp_path / "wrong", READINGS_HEADER[2:]))
    newest = desk.get_by_role("table", name="Заполненные шаблоны").get_by_role("row").nth(1)
    expect(newest).to_contain_text("не получилось", timeout=60_000)
    expect(newest).to_contain_text("нет столбца «Номер ПУ в ГИС ЖКХ»")

    choose(desk, template(tmp_path))
    expect(newest).to_contain_text("готово", timeout=60_000)
    expect(newest).to_contain_text("передайте его в столбце gis_no")
    assert violations(desk) == []
    assert fits(desk)
    with desk.expect_download() as saved:
        newest.get_by_role("button", name=re.compile("Сохранить")).click()
    with zipfile.ZipFile(saved.value.path()) as archive:
        assert archive.namelist()[-1] == LEFT_OUT_NAME
        book = cells_of(archive.read(archive.namelist()[0]))
        left_out = archive.read(LEFT_OUT_NAME).decode("utf-8-sig").splitlines()
    assert book["B2"].startswith("7400")
    assert book["C2"] in ("Холодная вода", "Горячая вода")
    assert float(book["E2"]) > 0
    assert len(left_out) > 1


def test_payments_of_the_month_are_asked_for_by_the_other_template(desk: Page, tmp_path: Path) -> None:
    desk.get_by_label("Что заполнить").select_option("payments")
    choose(desk, template(tmp_path, PAYMENTS_HEADER))
    newest = desk.get_by_role("table", name="Заполненные шаблоны").get_by_role("row").nth(1)
    expect(newest).to_contain_text("Оплаты")
    expect(newest).to_contain_text(re.compile("готово|за этот месяц ничего нет"), timeout=60_000)


def test_an_engineer_fills_no_templates(new_page: Any, stack: Stack) -> None:
    page: Page = new_page()
    watch_of(page).expect_status(401, 403)
    page.goto("/desk/exports")
    sign_in(page, staff(stack, "engineer"))
    expect(page.get_by_text("Ваша роль этого не позволяет")).to_be_visible()


def test_an_older_answer_that_comes_later_is_not_shown(desk: Page, tmp_path: Path) -> None:
    held: list[Route] = []

    def answer_the_newer_first(route: Route) -> None:
        held.append(route)
        if len(held) == 2:
            held[1].fulfill(response=held[1].fetch())
            held[0].fulfill(json={"items": [], "next": None})

    choose(desk, template(tmp_path))
    rows = desk.get_by_role("table", name="Заполненные шаблоны").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("готово", timeout=60_000)
    desk.route(re.compile(r"/api/staff/gis\?"), answer_the_newer_first)
    shown = rows.count()
    choose(desk, template(tmp_path))
    choose(desk, template(tmp_path))
    expect(rows).to_have_count(shown + 2)
