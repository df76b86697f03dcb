"""Manual, 2: «Передать показания»."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import METERED, Person, Stack, enter, fits, open_section, plain, watch_of


@pytest.fixture
def form(page: Page, stack: Stack) -> Page:
    """The readings form of a person of its own."""
    enter(page, stack.person(METERED))
    open_section(page, "Передать показания")
    expect(page.get_by_label(re.compile("^Новое показание")).first).to_be_visible()
    return page


def unfold(form: Page) -> None:
    """Unfold the first meter's facts, and the readings handed in for it."""
    form.get_by_role("button", name=re.compile("^О счетчике")).first.click()
    form.get_by_role("button", name=re.compile("^Показать предыдущие")).first.click()


@pytest.mark.both_devices
def test_the_first_field_is_in_sight_and_leads_to_the_next_and_drafts_stay(form: Page, device: str) -> None:
    fields = form.get_by_label(re.compile("^Новое показание"))
    first, second = fields.nth(0), fields.nth(1)
    expect(first).to_be_in_viewport(ratio=1)
    if device == "phone":
        expect(form.get_by_role("button", name="Передать показания")).to_be_in_viewport(ratio=1)
    assert form.evaluate("scrollY") == 0
    # The sample's window never closes: until when a reading counts for this month is said all the same.
    expect(
        form.get_by_text(re.compile(r"Переданные до .* включительно будут учтены за месяц"))
    ).to_be_visible()
    assert (first.get_attribute("inputmode"), first.get_attribute("enterkeyhint")) == ("decimal", "next")
    first.fill("12,5")
    first.press("Enter")
    expect(second).to_be_focused()
    second.fill("7")
    open_section(form, "Документы")
    form.go_back()
    expect(first).to_have_value("12,5")
    form.reload()
    expect(second).to_have_value("7")
    said = form.get_by_role("status").filter(has_text="не отправили")
    expect(said).to_be_visible()
    said.get_by_role("button", name="Начать заново").click()
    expect(first).to_have_value("")
    expect(said).to_have_count(0)


def test_onwards_brings_the_next_meters_field_under_the_thumb(form: Page, device: str) -> None:
    onwards = form.get_by_role("button", name=re.compile("^Дальше"))
    if device == "desktop":
        expect(onwards).to_have_count(0)
        return
    meters = form.locator(".meter", has=form.get_by_label(re.compile("^Новое показание")))
    # From each meter to the next, and from the last one nowhere.
    expect(onwards).to_have_count(meters.count() - 1)
    following = meters.nth(1)
    title = following.get_by_role("heading").inner_text()
    expect(onwards.first).to_have_accessible_name(re.compile(f"^Дальше ?: {re.escape(title)}"))
    onwards.first.tap()
    field = following.get_by_label(re.compile("^Новое показание")).first
    expect(field).to_be_focused()
    expect(field).to_be_in_viewport(ratio=1)


def test_the_volume_of_change_is_handed_in(form: Page) -> None:
    assert fits(form)
    form.get_by_label(re.compile("^Объем изменения")).first.fill("0,25")
    expect(form.get_by_label(re.compile("^Новое показание")).first).not_to_have_value("")
    expect(form.get_by_label("Дата снятия показания:")).not_to_have_value("")
    form.get_by_role("button", name="Передать показания").click()
    expect(form.get_by_text("Показания приняты.")).to_be_visible()
    expect(
        form.get_by_text(re.compile(r"^Исправить можно до \d\d\.\d\d\.\d{4} включительно\.$"))
    ).to_be_visible()
    expect(form.get_by_label(re.compile("^Объем изменения")).first).to_have_value("")


def test_previous_readings_unfold_and_fold(form: Page) -> None:
    unfold(form)
    table = form.get_by_role("table", name=re.compile("^Показания:"))
    expect(table).to_be_visible()
    assert "Источник" in plain(table.text_content())
    form.get_by_role("button", name=re.compile("^Скрыть")).first.click()
    expect(table).to_have_count(0)


def test_a_leap_asks_for_a_confirmation_and_no_changes_nothing(form: Page) -> None:
    watch_of(form).expect_status(409)
    field = form.get_by_label(re.compile("^Объем изменения")).first
    field.fill("450")
    form.get_by_role("button", name="Передать показания").click()
    dialog = form.get_by_role("dialog", name="Проверьте показания")
    expect(dialog).to_contain_text("В последней квитанции за эту услугу")
    dialog.get_by_role("button", name="Исправить").click()
    expect(field).to_have_value("450")


def test_an_implausible_value_is_offered_as_a_request(form: Page) -> None:
    watch_of(form).expect_status(422)
    value = form.get_by_label(re.compile("^Новое показание")).first
    meter = str(value.get_attribute("aria-label")).removeprefix("Новое показание: ")
    value.fill("99999")
    form.get_by_role("button", name="Передать показания").click()
    dialog = form.get_by_role("dialog", name="Показание не принято")
    expect(dialog).to_contain_text("в последней квитанции за эту услугу")
    assert fits(form)
    dialog.get_by_role("button", name="Исправить").click()
    expect(value).to_have_value("99999")
    form.get_by_role("button", name="Передать показания").click()
    dialog.get_by_role("button", name="Отправить заявку").click()
    text = form.get_by_label("Текст заявки")
    expect(text).to_have_value(re.compile(rf"Счетчик: {re.escape(meter)}.*\nНовое показание: 99999\n"))
    expect(text).to_have_value(re.compile(r"Последнее показание: [\d,]+ от \d\d\.\d\d\.\d{4}$"))
    assert fits(form)
    form.get_by_role("button", name="Отправить", exact=True).click()
    said = form.get_by_role("status").filter(has_text="принята. Показание проверят")
    expect(said.locator("..")).to_be_focused()
    expect(value).to_have_value("")
    said.get_by_role("link", name="«Заявки»").click()
    expect(form.get_by_role("article").first).to_contain_text("Новое показание: 99999")


def test_of_one_days_readings_the_one_that_counts_is_marked(form: Page) -> None:
    hand_in = form.get_by_role("button", name="Передать показания")
    for delta in ("0,25", "0,5"):
        form.get_by_label(re.compile("^Объем изменения")).first.fill(delta)
        hand_in.click()
        expect(form.get_by_label(re.compile("^Объем изменения")).first).to_have_value("")
    unfold(form)
    rows = form.get_by_role("table", name=re.compile("^Показания:")).get_by_role("row")
    expect(rows.nth(1)).to_contain_text("учитывается")
    expect(rows.nth(2)).to_contain_text("заменено")
    assert fits(form)


def test_what_is_not_a_number_is_told_at_its_field(form: Page) -> None:
    field = form.get_by_label(re.compile("^Новое показание")).first
    field.fill("сто")
    form.get_by_role("button", name="Передать показания").click()
    expect(field).to_have_attribute("aria-invalid", "true")
    form.get_by_role("alert").first.get_by_role("link").first.click()
    expect(field).to_be_focused()


@pytest.mark.both_devices
def test_a_lower_value_is_refused_and_what_was_typed_stays(
    form: Page, stack: Stack, resident: Person
) -> None:
    watch_of(form).expect_status(409, 422)
    field = form.get_by_label(re.compile("^Новое показание")).first
    field.fill("0")
    form.get_by_role("button", name="Передать показания").click()
    expect(form.get_by_role("alert").first).to_be_visible()
    expect(field).to_have_value("0")


def test_a_reading_just_handed_in_is_withdrawn(form: Page) -> None:
    field = form.get_by_label(re.compile("^Объем изменения")).first
    field.fill("0,25")
    form.get_by_role("button", name="Передать показания").click()
    month = form.get_by_role("region", name="Показания этого месяца")
    withdraw = month.get_by_role("button", name=re.compile("^Отозвать показание: "))
    expect(form.get_by_text("Показания приняты.")).to_be_visible()
    expect(withdraw.first).to_be_enabled()
    before = withdraw.count()
    assert fits(form)
    withdraw.first.press("Enter")
    dialog = form.get_by_role("dialog", name="Отозвать показание?")
    expect(dialog).to_contain_text("Снова будет действовать показание")
    dialog.get_by_role("button", name="Не отзывать").press("Enter")
    expect(dialog).to_have_count(0)
    expect(withdraw.first).to_be_focused()
    withdraw.first.press("Enter")
    dialog.get_by_role("button", name="Отозвать показание").press("Enter")
    said = form.get_by_role("status").filter(has_text="Показание отозвано:")
    expect(said).to_be_visible()
    # The pressed button is gone: the focus of keyboard and screen reader moves to the message about it.
    expect(said.locator("..")).to_be_focused()
    expect(withdraw).to_have_count(before - 1)
    expect(form.get_by_text("Показания приняты.")).to_have_count(0)
    field.fill("0,3")
    form.get_by_role("button", name="Передать показания").click()
    expect(withdraw).to_have_count(before)
    expect(said).to_have_count(0)


def test_a_withdrawal_that_comes_too_late_says_why(form: Page) -> None:
    watch_of(form).expect_status(409)
    form.get_by_label(re.compile("^Объем изменения")).first.fill("0,25")
    form.get_by_role("button", name="Передать показания").click()
    detail = "Отозвать можно только своё последнее показание до окончания приёма, пока оно не учтено."
    refused = {
        "title": "Показание нельзя отозвать",
        "detail": detail,
        "status": 409,
        "code": "not_withdrawable",
    }
    form.route(
        re.compile(r"/readings/\w+$"),
        lambda route: (
            route.fulfill(status=409, content_type="application/problem+json", body=json.dumps(refused))
            if route.request.method == "DELETE"
            else route.continue_()
        ),
    )
    expect(form.get_by_text("Показания приняты.")).to_be_visible()
    form.get_by_role("button", name=re.compile("^Отозвать показание: ")).first.click()
    dialog = form.get_by_role("dialog")
    dialog.get_by_role("button", name="Отозвать показание").click()
    expect(dialog.get_by_role("alert")).to_contain_text(detail)
    dialog.get_by_role("button", name="Не отзывать").click()
    expect(form.get_by_role("region", name="Показания этого месяца")).to_be_visible()
