"""A phone's frame: the bar at the thumb, its badges, and the sheet of «Ещё»."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser import DEBTOR, PHONE, Person, Stack, enter, fits_its_viewport

pytestmark = pytest.mark.both_devices

FINGER = 44  # px


def test_the_bar_is_at_the_thumb_and_tells_what_waits(
    new_page, new_payer: Callable[..., Person], stack: Stack
) -> None:
    person = new_payer(DEBTOR)
    api = stack.api_of(person)
    api.call("POST", "/api/cart/receipts", {})
    counts = api.call("GET", "/api/profile").json()
    assert counts["cart_count"]
    page = new_page("phone")
    enter(page, person)
    bar = page.get_by_role("navigation", name="Главное")
    more = bar.get_by_role("button", name=re.compile("^Ещё"))
    paying = bar.get_by_role("link", name=re.compile("^Оплата"))
    expect(paying).to_have_accessible_name(re.compile(rf"в корзине: {counts['cart_count']}$"))
    unread = counts["unread_notices"]
    expect(more).to_have_accessible_name(re.compile(rf"уведомлений: {unread}$" if unread else "^Ещё$"))
    boxes = [item.bounding_box() for item in [*bar.get_by_role("link").all(), more]]
    assert len(boxes) == 5
    for box in boxes:
        assert box
        assert min(box["width"], box["height"]) >= FINGER
        assert box["y"] + box["height"] <= PHONE["height"]
    page.mouse.wheel(0, 900)
    expect(more).to_be_in_viewport()
    more.press("Enter")
    sheet = page.get_by_role("navigation", name="Разделы")
    expect(sheet.get_by_role("link", name="Общая информация")).to_be_in_viewport()
    assert fits_its_viewport(page)
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(more).to_be_focused()
    for title, heading in (("Показания", "Передать показания"), ("Оплата", "Корзина")):
        item = bar.get_by_role("link", name=re.compile(f"^{title}"))
        item.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        expect(item).to_have_attribute("aria-current", "page")
