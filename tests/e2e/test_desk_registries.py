"""Registries, as a new engineer with no manual: the wrong one is seen, loaded all the same, undone."""

import base64
import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from cabinet.core import clock
from tests.support.accessibility import violations
from tests.support.browser import Stack, fits, watch_of
from tests.support.desk_browser import confirm, sign_in, staff
from tests.support.factories.registries import ACCOUNT, BALANCE, SERVICE, packed

NUMBER = "9900000017"
TODAY = clock.now().date()
MONTH = TODAY.replace(day=1) - timedelta(days=1)
WRONG_SUM = {"debt": "0", "paid": "0", "charged": "999999.99", "total": "999999.99"}
OF_MONTH = {"ls": NUMBER, "period": f"{MONTH:%Y-%m}"} | WRONG_SUM
WRONG = packed(
    {
        "accounts": [ACCOUNT | {"ls": NUMBER, "street": "УЛ. ЧУЖАЯ", "house": "7", "flat": "7"}],
        "balances": [BALANCE | OF_MONTH | {"issued": MONTH.isoformat()}],
        "services": [SERVICE | OF_MONTH],
    },
    number=900_000,
    dated=TODAY.isoformat(),
)


def upload(desk: Page) -> None:
    """Choose the wrong file and wait until it has been checked."""
    desk.get_by_label("Файл реестра").set_input_files(
        [{"name": "реестр за чужой месяц.zip", "mimeType": "application/zip", "buffer": WRONG}]
    )
    expect(desk.get_by_role("heading", name="реестр за чужой месяц.zip")).to_be_visible(timeout=30_000)
    expect(desk.get_by_role("heading", name="Что изменится")).to_be_visible(timeout=60_000)


@pytest.fixture
def desk(new_page: Any, stack: Stack) -> Page:
    """The engineer's desk; a code that another test has used is refused, and the next one taken."""
    page: Page = new_page()
    watch_of(page).expect_status(401, 403, 422)
    page.goto("/desk/registries")
    sign_in(page, staff(stack, "engineer"), unconfirmed=True)
    expect(page.get_by_role("heading", name="Реестры")).to_be_visible()
    return page


def test_a_wrong_registry_is_seen_loaded_all_the_same_and_undone(desk: Page, stack: Stack) -> None:
    desk.get_by_label("Организация").select_option("center")
    expect(desk.get_by_role("table", name="Загрузки")).to_be_visible()
    assert violations(desk) == []
    assert fits(desk)
    upload(desk)
    expect(desk.get_by_text(re.compile(r"было 0,00\s₽, станет 999\s999,99\s₽"))).to_be_visible()
    expect(desk.get_by_role("heading", name="Были в прошлом реестре, а в этом нет")).to_be_visible()
    expect(desk.get_by_role("table", name="Самые большие изменения")).to_contain_text(NUMBER)
    assert violations(desk) == []
    assert fits(desk)

    desk.get_by_role("button", name="Применить реестр").click()
    expect(desk.get_by_text(re.compile("Реестр применён"))).to_be_visible(timeout=60_000)
    assert violations(desk) == []

    desk.get_by_label("Причина").fill("Реестр чужого месяца")
    desk.get_by_role("button", name="Отменить загрузку").click()
    confirm(desk, staff(stack, "engineer"))
    expect(desk.get_by_text(re.compile("Загрузка отменена: стоит то, что было до неё"))).to_be_visible(
        timeout=60_000
    )
    assert violations(desk) == []
    expect(desk.get_by_role("definition").filter(has_text="Реестр чужого месяца")).to_be_visible()
    with desk.expect_download() as saved:
        desk.get_by_role("button", name="Отчёт об отмене").click()
    assert "Загрузка отменена" in saved.value.path().read_text("utf-8-sig")

    desk.get_by_role("link", name="Все загрузки").click()
    expect(desk.get_by_role("cell", name="отменён").first).to_be_visible()
    upload(desk)
    expect(desk.get_by_text("Лицевые счета: новых 1,")).to_be_visible()


def test_a_registry_dropped_on_the_page_is_checked(desk: Page) -> None:
    desk.get_by_label("Организация").select_option("center")
    expect(desk.get_by_role("table", name="Загрузки")).to_be_visible()
    dropped = desk.evaluate_handle(
        """([name, content]) => {
          const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
          const carried = new DataTransfer();
          carried.items.add(new File([bytes], name, { type: "application/zip" }));
          return carried;
        }""",
        ["перенесённый реестр.zip", base64.b64encode(WRONG).decode()],
    )
    place = desk.locator(".drop")
    place.dispatch_event("dragover", {"dataTransfer": dropped})
    expect(place).to_have_class(re.compile("drop-over"))
    place.dispatch_event("drop", {"dataTransfer": dropped})
    expect(desk.get_by_role("heading", name="перенесённый реестр.zip")).to_be_visible(timeout=30_000)
    expect(desk.get_by_role("heading", name="Что изменится")).to_be_visible(timeout=60_000)


def test_an_operator_sees_no_registries(new_page: Any, stack: Stack) -> None:
    page: Page = new_page()
    watch_of(page).expect_status(401, 403)
    page.goto("/desk/registries")
    sign_in(page, staff(stack, "operator"))
    expect(page.get_by_text("Ваша роль этого не позволяет")).to_be_visible()
    expect(page.get_by_role("link", name="Реестры")).to_have_count(0)
