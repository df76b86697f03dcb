"""An operator without a manual finds a resident by what they say, helps by telephone, ends a binding."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import Stack, enter, fits, watch_of
from tests.support.desk_browser import sign_in, staff
from tests.support.polling import eventually

SOLD = "7500000001"
"""Bound by nobody else: its former owner is the only one to be cut off."""
NUMBER = "7400000005"
REASON = "Квартира продана, лицевой счёт ведёт новый собственник"


def operators_desk(new_page: Any, stack: Stack, device: str = "desktop") -> Page:
    """The search of the desk; a code that another test used is refused, and the next one taken."""
    desk: Page = new_page(device)
    watch_of(desk).expect_status(401)
    desk.goto("/desk/residents")
    sign_in(desk, staff(stack, "operator"))
    expect(desk.get_by_role("heading", name="Жители")).to_be_visible()
    return desk


def search(desk: Page, text: str) -> None:
    desk.get_by_label("Лицевой счёт, фамилия").fill(text)
    desk.get_by_role("button", name="Найти").click()


def test_a_former_owner_is_found_by_surname_and_house_and_cut_off(
    page: Page, stack: Stack, new_page: Any, device: str
) -> None:
    resident = stack.person(SOLD)
    told = stack.account(SOLD)
    enter(page, resident)
    desk = operators_desk(new_page, stack, device)
    search(desk, told["surname"])
    assert told["surname"] not in desk.url
    expect(
        desk.get_by_role("heading", name=f"Лицевой счёт {SOLD}")
        .or_(desk.get_by_role("link", name=SOLD))
        .first
    ).to_be_visible()
    if desk.get_by_role("link", name=SOLD).count():
        assert violations(desk) == []
        assert fits(desk)
        desk.get_by_role("link", name=SOLD).click()
    expect(desk.get_by_role("heading", name=f"Лицевой счёт {SOLD}")).to_be_visible()
    mine = desk.get_by_role("article").filter(has_text=f"{resident.email[:2]}…")
    expect(mine).to_have_count(1)
    mine.get_by_role("button", name="Отвязать").click()
    mine.get_by_role("button", name="Отвязать", exact=True).click()
    expect(mine.get_by_text("Напишите причину").first).to_be_visible()
    mine.get_by_label("Причина").fill(REASON)
    assert violations(desk) == []
    assert fits(desk)
    mine.get_by_role("button", name="Отвязать", exact=True).click()
    expect(desk.get_by_text("Лицевой счёт отвязан")).to_be_visible()
    assert stack.email(resident.email, REASON)
    # This tab had chosen the account that is the resident's no more.
    watch_of(page).expect_status(404)
    page.goto("/settings")
    page.get_by_text("События безопасности").click()
    expect(page.get_by_text("Сотрудник организации отвязал лицевой счёт").first).to_be_visible()
    page.goto("/accounts")
    expect(page.get_by_text(SOLD)).to_have_count(0)


def test_an_operator_sees_the_account_as_its_resident_does(
    page: Page, stack: Stack, new_page: Any, device: str
) -> None:
    resident = stack.person(NUMBER)
    enter(page, resident)
    page.goto("/charges")
    sheet = page.get_by_role("table").first
    expect(sheet).to_be_visible()
    own = sheet.inner_text()
    desk = operators_desk(new_page, stack, device)
    search(desk, NUMBER)
    desk.get_by_role("link", name="Глазами абонента").click()
    expect(desk.get_by_role("heading", name="Глазами абонента")).to_be_visible()
    for name in ("Услуги", "Оплаты", "Приборы учёта", "Общая информация", "Начисления"):
        desk.get_by_role("link", name=name, exact=True).click()
        expect(desk.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")
        expect(desk.get_by_role("table").first).to_be_visible()
        assert violations(desk) == []
        assert fits(desk)
    assert desk.get_by_role("table").first.inner_text() == own
    assert desk.get_by_role("button", name="Добавить в корзину").count() == 0
    page.goto("/settings")
    page.get_by_text("События безопасности").click()
    expect(page.get_by_text("Сотрудник организации просмотрел лицевой счёт").first).to_be_visible()


def test_a_registration_is_found_and_its_letter_sent_again(stack: Stack, new_page: Any) -> None:
    email = stack.new_email()
    api = stack.api
    form = {
        "email": email, "password": "верблюд на семи холмах 27", "phone": "+79001234567",
        "captcha": api.captcha(), "consent": {"version": stack.consent},
    }  # fmt: skip
    api.call("POST", "/api/auth/registrations", form)
    first = stack.link(email, "/activate")
    desk = operators_desk(new_page, stack)
    search(desk, email)
    expect(desk.get_by_text("ещё не перешёл по ссылке")).to_be_visible()
    assert violations(desk) == []
    assert fits(desk)
    desk.get_by_role("button", name="Отправить письмо ещё раз").click()
    expect(desk.get_by_text("Письмо отправлено")).to_be_visible()

    def another_link() -> str | None:
        newest = stack.link(email, "/activate")
        return newest if newest != first else None

    eventually(another_link, "a letter with another link")


def test_readings_are_written_down_by_telephone(stack: Stack, new_page: Any) -> None:
    stack.person(NUMBER)
    desk = operators_desk(new_page, stack)
    search(desk, NUMBER)
    desk.get_by_role("link", name="Показания по телефону").click()
    expect(desk.get_by_role("heading", name="Показания по телефону")).to_be_visible()
    field = desk.get_by_label(re.compile("^Объем изменения")).first
    field.fill("1")
    assert violations(desk) == []
    assert fits(desk)
    desk.get_by_role("button", name="Передать показания").click()
    expect(desk.get_by_text("Показания приняты.")).to_be_visible()
