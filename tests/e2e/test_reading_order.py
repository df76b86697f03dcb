"""How far the main action is by screen reader or by Tab."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import DETAILS_ACCOUNT, METERED, Person, Stack, enter, open_section, plain

pytestmark = pytest.mark.both_devices

MAX_STOPS = 4
"""From a screen's title; once there were 22."""


def stops_to(page: Page, target: Locator) -> int:
    """Return how many times Tab is pressed from where the focus is to the target."""
    expect(target).to_be_visible()
    for stops in range(1, 40):
        page.keyboard.press("Tab")
        if target.evaluate("(element) => element === document.activeElement"):
            return stops
    raise AssertionError(f"Tab does not lead to {target}")


def test_few_stops_lead_to_paying(page: Page, new_payer: Callable[..., Person]) -> None:
    enter(page, new_payer(DETAILS_ACCOUNT))
    page.get_by_role("button", name=re.compile("^(Добавить в корзину|Заплатить вперёд)")).first.click()
    page.get_by_role("link", name="Перейти в корзину").click()
    expect(page.get_by_role("heading", name="Корзина", level=1)).to_be_focused()
    assert stops_to(page, page.get_by_role("button", name="ОПЛАТИТЬ")) <= MAX_STOPS


def test_few_stops_lead_to_the_first_field_and_enter_leads_on(page: Page, stack: Stack) -> None:
    enter(page, stack.person(METERED))
    open_section(page, "Передать показания")
    expect(page.get_by_role("heading", name="Передать показания", level=1)).to_be_focused()
    fields = page.get_by_label(re.compile("^Новое показание"))
    assert stops_to(page, fields.first) <= MAX_STOPS
    for at in range(1, fields.count()):
        page.keyboard.press("Enter")
        expect(fields.nth(at)).to_be_focused()
    expect(fields.last).to_have_attribute("enterkeyhint", "send")


def test_before_a_field_its_meters_name_and_last_reading_are_heard_alone(page: Page, stack: Stack) -> None:
    enter(page, stack.person(METERED))
    open_section(page, "Передать показания")
    card = page.locator(".meter").first
    field = card.get_by_label(re.compile("^Новое показание"))
    expect(field.first).to_be_visible()
    heard = card.aria_snapshot().splitlines()
    before = next(at for at, line in enumerate(heard) if "textbox" in line)
    said = [line for line in heard[:before] if re.match(r"\s*- (heading|button|text)", line)]
    assert len(said) <= 4, said  # the name, the passport's button, the last reading, the label
    described = field.first.get_attribute("aria-describedby") or ""
    assert "Последнее" in plain(page.locator(f"#{described.split()[0]}").text_content())
