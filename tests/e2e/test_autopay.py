"""Autopay on the site: switched on with a consent of its own, shown in words, skipped, switched off."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import DETAILS_ACCOUNT, Person, Stack, enter, fits


def test_autopay_is_set_skipped_and_switched_off(
    page: Page, stack: Stack, new_payer: Callable[..., Person]
) -> None:
    person = new_payer(DETAILS_ACCOUNT)
    enter(page, person)
    page.goto("/settings/cards")
    expect(page.get_by_text("Сохранённых карт нет.")).to_be_visible()
    expect(page.get_by_role("heading", name="Автоплатёж")).to_have_count(0)
    page.goto("/summary")
    page.get_by_role("button", name=re.compile("^(Добавить в корзину|Заплатить вперёд)")).first.click()
    expect(page.get_by_text("В корзине.")).to_be_visible()
    page.goto("/cart")
    page.get_by_role("checkbox", name="Сохранить карту для следующих оплат").check()
    page.get_by_role("button", name="ОПЛАТИТЬ").click()
    expect(page).to_have_url(re.compile("/local/bank"))
    page.get_by_role("button", name="Оплатить").click()
    expect(page.get_by_text("Оплачено", exact=True)).to_be_visible(timeout=40_000)

    stack.await_saved_card(person)
    page.goto("/settings/cards")
    expect(page.get_by_role("heading", name="Автоплатёж")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Включить автоплатёж")).first.click()
    form = page.get_by_role("dialog")
    form.get_by_role("radio", name="В выбранный день месяца").check()
    form.get_by_label("День месяца", exact=True).select_option(label="последний")
    form.get_by_role("textbox", name=re.compile("^Не больше")).fill("7500,00")
    form.get_by_role("button", name="Включить автоплатёж").click()
    expect(form.get_by_text("Чтобы включить автоплатёж, нужно согласие").first).to_be_visible()
    form.get_by_role("checkbox", name=re.compile("Согласен на списания")).check()
    assert violations(page) == []
    form.get_by_role("button", name="Включить автоплатёж").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("в последний день месяца, не больше 7 500,00 ₽ за раз")).to_be_visible()
    expect(page.get_by_text(re.compile("^Следующее списание: "))).to_be_visible()
    assert fits(page)
    assert violations(page) == []
    page.get_by_role("button", name=re.compile("^Пропустить")).click()
    expect(page.get_by_text("Следующее списание будет пропущено.")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Выключить автоплатёж")).click()
    expect(page.get_by_text("выключен").first).to_be_visible()
