"""Manual, 2: «Передать показания»."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.support import METERED, Person, Stack, fits, open_section, plain, sign_in, watch_of


@pytest.fixture
def form(page: Page, stack: Stack) -> Page:
    """The readings form of a person of its own."""
    sign_in(page, stack.person(METERED))
    open_section(page, "Передать показания")
    expect(page.get_by_label(re.compile("^Новое показание")).first).to_be_visible()
    return page


def test_the_volume_of_change_is_handed_in(form: Page) -> None:
    assert fits(form)
    form.get_by_label(re.compile("^Объем изменения")).first.fill("0,25")
    expect(form.get_by_label(re.compile("^Новое показание")).first).not_to_have_value("")
    expect(form.get_by_label("Дата снятия показания:")).not_to_have_value("")
    form.get_by_role("button", name="Передать показания").click()
    expect(form.get_by_text("Показания приняты.")).to_be_visible()
    expect(form.get_by_label(re.compile("^Объем изменения")).first).to_have_value("")


def test_previous_readings_unfold_and_fold(form: Page) -> None:
    show = form.get_by_role("button", name=re.compile("^Показать")).first
    show.click()
    table = form.get_by_role("table", name=re.compile("^Показания:"))
    expect(table).to_be_visible()
    assert "Источник" in plain(table.text_content())
    form.get_by_role("button", name=re.compile("^Скрыть")).first.click()
    expect(table).to_have_count(0)


def test_a_leap_asks_for_a_confirmation_and_no_changes_nothing(form: Page) -> None:
    watch_of(form).expect_status(409)
    field = form.get_by_label(re.compile("^Объем изменения")).first
    field.fill("900")
    form.get_by_role("button", name="Передать показания").click()
    dialog = form.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Исправить").click()
    expect(field).to_have_value("900")


def test_what_is_not_a_number_is_told_at_its_field(form: Page) -> None:
    field = form.get_by_label(re.compile("^Новое показание")).first
    field.fill("сто")
    form.get_by_role("button", name="Передать показания").click()
    expect(field).to_have_attribute("aria-invalid", "true")
    form.get_by_role("alert").first.get_by_role("link").first.click()
    expect(field).to_be_focused()


def test_a_lower_value_is_refused_and_what_was_typed_stays(
    form: Page, stack: Stack, resident: Person
) -> None:
    watch_of(form).expect_status(409, 422)
    field = form.get_by_label(re.compile("^Новое показание")).first
    field.fill("0")
    form.get_by_role("button", name="Передать показания").click()
    expect(form.get_by_role("alert").first).to_be_visible()
    expect(field).to_have_value("0")
