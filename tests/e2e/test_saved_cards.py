"""Saved cards: kept by an unticked box, paid by at once, deleted under «Способы оплаты»."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import DETAILS_ACCOUNT, Person, Stack, enter, fits, open_section


def fill_cart(page: Page) -> None:
    page.goto("/summary")
    page.get_by_role("button", name=re.compile("^(Добавить в корзину|Заплатить вперёд)")).first.click()
    expect(page.get_by_text("В корзине.")).to_be_visible()
    open_section(page, "Корзина")
    expect(page.get_by_role("heading", name="Оплачиваемые услуги")).to_be_visible()


def test_a_card_is_saved_pays_at_once_and_is_deleted(
    page: Page, stack: Stack, new_payer: Callable[..., Person]
) -> None:
    person = new_payer(DETAILS_ACCOUNT)
    enter(page, person)
    fill_cart(page)
    box = page.get_by_role("checkbox", name="Сохранить карту для следующих оплат")
    expect(box).not_to_be_checked()
    page.get_by_role("button", name="Как хранится карта").click()
    expect(page.get_by_role("dialog")).to_contain_text("Код с обратной стороны карты не хранит никто.")
    page.get_by_role("dialog").get_by_role("button", name="Понятно").click()
    box.check()
    assert fits(page)
    page.get_by_role("button", name="ОПЛАТИТЬ").click()
    expect(page).to_have_url(re.compile("/local/bank"))
    page.get_by_role("button", name="Оплатить").click()
    expect(page.get_by_text("Оплачено", exact=True)).to_be_visible(timeout=40_000)

    stack.await_saved_card(person)
    fill_cart(page)
    way = page.get_by_role("radio", name=re.compile(r"^Карта …1234, до 08.30: "))
    expect(way).not_to_be_checked()
    way.check()
    expect(box).to_have_count(0)
    expect(page.get_by_text("Деньги спишутся с сохранённой карты сразу.")).to_be_visible()
    assert fits(page)
    page.get_by_role("button", name="ОПЛАТИТЬ").click()
    expect(page).to_have_url(re.compile("/orders/"))
    expect(page.get_by_text("Оплачено", exact=True)).to_be_visible(timeout=40_000)
    expect(page.get_by_text("Оплата сохранённой картой …1234")).to_be_visible()

    page.goto("/settings")
    page.get_by_role("link", name="Сохранённые карты").click()
    expect(page.get_by_text("Карта …1234")).to_be_visible()
    assert fits(page)
    assert violations(page) == []
    page.get_by_role("button", name="Удалить карту …1234").click()
    page.get_by_role("dialog").get_by_role("button", name="Удалить карту").click()
    expect(page.get_by_text("Карта удалена. По ней больше ничего не спишется.")).to_be_visible()
    expect(page.get_by_text("Сохранённых карт нет.")).to_be_visible()
