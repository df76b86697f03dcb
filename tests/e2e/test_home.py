"""The first screen: one request, all flats' sum with its button, and a flat a tap away."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.support.browser import (
    DEBTOR,
    MAIN,
    SHEETS,
    SUBSCRIBER,
    Person,
    Stack,
    enter,
    fits,
    plain,
    settle,
    sign_in,
)
from tests.support.polling import eventually


def calls_of(page: Page) -> list[str]:
    """Return the list into which the page's calls of the API go, in the order of their starts."""
    calls: list[str] = []

    def note(request) -> None:
        if "/api/" in request.url:
            calls.append(f"{request.method} /api/{request.url.partition('/api/')[2]}")

    page.on("request", note)
    return calls


def hold_back(page: Page, path: str) -> list[Route]:
    """Let the page's requests of ``path`` wait; return the list into which they go."""
    held: list[Route] = []
    # Not the list's own method: Playwright marks the handlers that it is given.
    page.route(path, lambda route: held.append(route))
    return held


def test_after_a_sign_in_there_are_two_calls_and_after_a_reload_one(page: Page, resident: Person) -> None:
    calls = calls_of(page)
    page.goto("/")
    settle(page)
    assert calls == ["GET /api/site"], "what a visitor is shown, while nobody waits for it"
    calls.clear()
    sign_in(page, resident)
    settle(page)
    asked = [call for call in calls if call != "GET /api/site"]
    assert asked == ["POST /api/auth/sessions", "GET /api/home"]
    for path in ("/home", "/summary"):
        calls.clear()
        page.goto(path)
        settle(page)
        assert [call.partition("?")[0] for call in calls] == ["GET /api/home"]


def test_every_screen_asks_for_its_data_at_once_not_after_the_first_screens(
    page: Page, resident: Person
) -> None:
    enter(page, resident)
    for path in SUBSCRIBER:
        page.goto(path)  # its scripts are here then
        settle(page)
        held = hold_back(page, "**/api/home*")
        calls = calls_of(page)
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        eventually(lambda held=held: held or None, f"the first screen's request at {path}")
        page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        early = [call for call in calls if call.startswith("GET")]
        held[0].continue_()
        settle(page)
        assert [call for call in calls if call.startswith("GET")] == early, path
        page.unroute("**/api/home*")


def test_everything_due_goes_into_the_cart_by_one_press_on_the_first_screen(
    page: Page, stack: Stack, new_payer: Callable[..., Person]
) -> None:
    person = new_payer(SHEETS, MAIN)
    home = stack.api_of(person).call("GET", "/api/home").json()
    enter(page, person)
    page.goto("/home")
    card = page.get_by_role("region", name="К оплате")
    rubles, kopecks = divmod(home["to_pay"], 100)
    total = f"{rubles:,}".replace(",", " ") + f",{kopecks:02d} ₽"
    assert total in plain(card.text_content())
    button = card.get_by_role("button", name="Перейти к оплате")
    expect(button).to_be_in_viewport(ratio=1)
    assert fits(page)
    calls = calls_of(page)
    button.click()
    expect(page.get_by_role("heading", name="Корзина", level=1)).to_be_visible()
    expect(page.locator(".pay-sum").first).to_have_text(re.compile(total.replace(" ", r"\s")))
    expect(page.get_by_role("button", name="ОПЛАТИТЬ")).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == 0
    assert [call for call in calls if call.startswith("POST")] == ["POST /api/cart/receipts"]


def test_a_flat_is_opened_by_one_tap_and_stays_in_its_tab(page: Page, resident: Person) -> None:
    enter(page, resident)
    page.goto("/home")
    page.get_by_role("region", name="К оплате").get_by_role("link", name=re.compile(DEBTOR)).click()
    expect(page.get_by_role("heading", name="Общая информация", level=1)).to_be_visible()
    line = page.get_by_role("main").get_by_text(DEBTOR)
    expect(line).to_be_visible()
    page.reload()
    expect(line).to_be_visible()
    other = page.context.new_page()
    other.goto("/summary")
    expect(other.get_by_role("main").get_by_text(MAIN)).to_be_visible()
