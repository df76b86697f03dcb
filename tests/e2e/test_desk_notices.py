"""An operator without a manual announces an accident in one house; its resident sees it, and sees it end."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import Stack, enter, fits, watch_of
from tests.support.desk_browser import sign_in, staff

SEEN_WITHIN_MS = 5000
NUMBER = "7400000006"
TITLE = "Нет холодной воды"


def test_an_emergency_for_a_house_is_on_its_residents_home_until_it_ends(
    page: Page, stack: Stack, new_page: Any
) -> None:
    resident = stack.person(NUMBER)
    (binding,) = stack.signed_in(resident).call("GET", "/api/bindings").json()["items"]
    house = binding["address"].rpartition(" - ")[0]
    enter(page, resident)
    page.goto("/")
    expect(page.get_by_role("heading", name="Главная")).to_be_visible()

    desk: Page = new_page()
    # A code that another test used is refused, and the next one taken.
    watch_of(desk).expect_status(401)
    desk.goto("/desk/notices")
    sign_in(desk, staff(stack, "operator"))
    supplier = desk.get_by_label("Организация")
    supplier.select_option(binding["account_id"].partition(":")[0])
    desk.get_by_role("link", name="Новое уведомление").click()
    desk.get_by_role("combobox", name=re.compile("^Вид")).select_option("Авария")
    desk.get_by_role("button", name="Опубликовать").click()
    expect(desk.get_by_text("Укажите, кому сообщить").first).to_be_visible()
    desk.get_by_label("Найти дом в списке").fill(house)
    desk.get_by_role("checkbox", name=re.compile(rf"^{re.escape(house)}(\s|$)")).check()
    desk.get_by_label("Заголовок").fill(TITLE)
    desk.get_by_label("Текст").fill("Авария на вводе. Подвоз воды у подъезда № 1.")
    expect(desk.get_by_text(re.compile(r"Получателей: [1-9]"))).to_be_visible()
    assert violations(desk) == []
    assert fits(desk)
    desk.get_by_role("button", name="Опубликовать").click()
    expect(desk.get_by_role("heading", name=TITLE, level=1)).to_be_visible()

    page.reload()
    expect(page.get_by_role("link", name=TITLE)).to_be_visible(timeout=SEEN_WITHIN_MS)
    assert violations(page) == []
    assert stack.email(resident.email, "Подвоз воды")

    desk.get_by_role("button", name="Показать список").click()
    expect(desk.get_by_text("никто не подключил лицевой счёт").first).to_be_visible()
    assert violations(desk) == []
    assert fits(desk)
    desk.get_by_role("button", name="Устранено").click()
    desk.get_by_role("button", name="Да, устранено").click()
    expect(desk.get_by_text("Завершено").first).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Главная")).to_be_visible()
    expect(page.get_by_role("link", name=TITLE)).to_have_count(0)
    assert stack.email(resident.email, "Устранено")
