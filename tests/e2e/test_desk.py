"""The desk, as a new operator with no manual: signs in with a code, answers a resident with a file."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import MAIN, Stack, enter, fits, watch_of
from tests.support.desk_browser import sign_in, staff

PHOTO = b"\x89PNG\r\n\x1a\n" + b"\0" * 2000


def test_an_operator_answers_a_resident_with_a_file(page: Page, stack: Stack, new_page: Any) -> None:
    resident = stack.person(MAIN)
    enter(page, resident)
    page.goto("/")
    expect(page.get_by_role("heading", name="Главная", level=1)).to_be_visible()
    page.goto("/requests")
    page.get_by_role("button", name="Обращение").click()
    page.get_by_label("Текст заявки").fill("Прошу проверить вентиляцию.")
    page.get_by_role("button", name="Отправить", exact=True).click()
    accepted = page.get_by_text(re.compile(r"Заявка № [\d-]+ принята"))
    expect(accepted).to_be_visible()
    number = re.findall(r"№ ([\d-]+)", accepted.inner_text())[0]

    desk: Page = new_page()
    # A code that another test used is refused, and the next one taken.
    watch_of(desk).expect_status(401)
    desk.goto("/desk/")
    expect(desk.get_by_role("heading", name="Рабочее место")).to_be_visible()
    assert violations(desk) == []
    sign_in(desk, staff(stack, "operator"))
    expect(desk.get_by_role("heading", name="Сегодня")).to_be_visible()
    expect(desk.get_by_role("heading", name="Никем не взяты")).to_be_visible()
    supplier_id = stack.account(MAIN)["account_id"].partition(":")[0]
    desk.goto(f"/desk/?supplier_id={supplier_id}")
    came = desk.get_by_role("figure", name="Заходили в кабинет").get_by_role("listitem")
    expect(came).to_have_count(6)
    expect(came.last).to_have_text(re.compile(r"^[1-9]"))
    assert violations(desk) == []
    assert fits(desk)

    desk.get_by_role("link", name="Заявки", exact=True).click()
    desk.get_by_label("Вид").select_option("Обращение")
    expect(desk).to_have_url(re.compile(r"kind=appeal"))
    line = desk.get_by_role("link", name=re.compile(number))
    line.focus()
    assert violations(desk) == []
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Прошу проверить вентиляцию.")).to_be_visible()
    desk.get_by_role("button", name="Взять в работу").click()
    expect(desk.get_by_role("button", name="Взять в работу")).to_have_count(0)
    desk.get_by_label("Текст").fill("Мастер придёт в пятницу. Акт приложен.")
    desk.get_by_label("Фотографии или PDF").set_input_files(
        [{"name": "Акт.png", "mimeType": "image/png", "buffer": PHOTO}]
    )
    desk.get_by_label("Состояние после ответа").select_option("выполнена")
    assert violations(desk) == []
    assert fits(desk)
    desk.get_by_role("button", name="Отправить ответ").click()
    expect(desk.get_by_role("article").filter(has_text="Мастер придёт")).to_be_visible()
    expect(desk.get_by_role("button", name=re.compile("Акт.png"))).to_be_visible()
    assert stack.email(resident.email, "Мастер придёт в пятницу")

    page.goto("/requests")
    own = page.get_by_role("article").filter(has_text=number)
    expect(own).to_contain_text("Мастер придёт в пятницу")
    own.get_by_role("button", name=re.compile("Вопрос не решён")).click()
    assert violations(page) == []
    own.get_by_label("Что осталось не решено").fill("Мастер не пришёл.")
    own.get_by_role("button", name="Открыть снова").click()
    expect(own.get_by_text("В работе")).to_be_visible()
    desk.reload()
    expect(desk.get_by_role("article").filter(has_text="Мастер не пришёл.")).to_be_visible()


@pytest.mark.both_devices
def test_an_operator_finds_an_account_and_leaves_a_trail(page: Page, stack: Stack, new_page: Any) -> None:
    resident = stack.person(MAIN)
    enter(page, resident)
    desk: Page = new_page()
    watch_of(desk).expect_status(401)
    desk.goto("/desk/residents")
    sign_in(desk, staff(stack, "operator"))
    desk.get_by_label("Лицевой счёт, фамилия").fill(resident.email)
    desk.get_by_role("button", name="Найти").click()
    expect(desk.get_by_role("heading", name=f"Лицевой счёт {MAIN}")).to_be_visible()
    assert resident.email not in desk.url
    assert violations(desk) == []
    assert fits(desk)
    page.goto("/settings")
    page.get_by_text("События безопасности").click()
    expect(page.get_by_text("Сотрудник организации просмотрел лицевой счёт").first).to_be_visible()

    owner: Page = new_page()
    watch_of(owner).expect_status(401)
    owner.goto("/desk/audit")
    sign_in(owner, staff(stack, "owner"))
    expect(owner.get_by_role("cell", name="Просмотр лицевого счёта").first).to_be_visible()
    assert violations(owner) == []
    owner.get_by_role("link", name="Сотрудники").click()
    expect(owner.get_by_text("Смирнова Ольга").first).to_be_visible()
    assert violations(owner) == []
    assert fits(owner)
    owner.get_by_role("button", name="Выйти").click()
    expect(owner.get_by_role("button", name="Войти")).to_be_visible()


def test_a_resident_sees_nothing_of_the_desk(page: Page, stack: Stack) -> None:
    enter(page, stack.person(MAIN))
    page.goto("/desk/requests")
    expect(page.get_by_role("button", name="Войти")).to_be_visible()
    assert page.url.endswith("/desk/requests")
