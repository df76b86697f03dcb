"""The first screen: one request, all flats' sum with its button, and a flat a tap away."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser import (
    DEBTOR,
    DETAILS_ACCOUNT,
    MAIN,
    METERED,
    SUBSCRIBER,
    Person,
    Stack,
    enter,
    fits,
    plain,
    sign_in,
    wait_until_heard,
    wait_until_idle,
    wait_until_loaded,
)


def calls_of(page: Page) -> list[str]:
    """Return the list into which the page's calls of the API go, in the order of their starts."""
    calls: list[str] = []

    def note(request) -> None:
        if "/api/" in request.url:
            calls.append(f"{request.method} /api/{request.url.partition('/api/')[2]}")

    page.on("request", note)
    return calls


def hold_back(page: Page, path: str | re.Pattern[str]) -> list[Route]:
    """Let the page's requests of ``path`` wait; return the list into which they go."""
    held: list[Route] = []
    # Not the list's own method: Playwright marks the handlers that it is given.
    page.route(path, lambda route: held.append(route))
    return held


def test_after_a_sign_in_there_are_two_calls_and_after_a_reload_one(page: Page, resident: Person) -> None:
    calls = calls_of(page)
    page.goto("/")
    wait_until_idle(page)
    assert calls == ["GET /api/site"], "what a visitor is shown, while nobody waits for it"
    calls.clear()
    sign_in(page, resident)
    wait_until_idle(page)
    asked = [call for call in calls if call != "GET /api/site"]
    assert asked == ["POST /api/auth/sessions", "GET /api/home"]
    for path in ("/home", "/summary"):
        calls.clear()
        page.goto(path)
        wait_until_idle(page)
        assert [call.partition("?")[0] for call in calls] == ["GET /api/home"]


def test_a_return_to_the_start_page_opens_the_first_screen_by_one_call(page: Page, resident: Person) -> None:
    enter(page, resident)
    page.goto("/")
    wait_until_idle(page)
    calls = calls_of(page)
    page.goto("/")
    expect(page.get_by_role("heading", name="Главная", level=1)).to_be_visible()
    wait_until_idle(page)
    assert [call.partition("?")[0] for call in calls] == ["GET /api/home"]


def test_the_first_screens_request_does_not_wait_for_the_sites_scripts(page: Page, resident: Person) -> None:
    enter(page, resident)
    page.goto("/home")
    wait_until_idle(page)
    script = re.compile(r"/assets/index-[^/]+\.js$")
    scripts = hold_back(page, script)
    calls = calls_of(page)
    with page.expect_request(script), page.expect_request("**/api/home*"):
        page.reload(wait_until="commit")
    expect(page.get_by_text("Открываем личный кабинет")).to_be_visible()
    scripts[0].continue_()
    expect(page.get_by_role("heading", name="Главная", level=1)).to_be_visible()
    wait_until_idle(page)
    assert [call.partition("?")[0] for call in calls] == ["GET /api/home"]


def test_every_screen_asks_for_its_data_at_once_not_after_the_first_screens(
    page: Page, resident: Person
) -> None:
    enter(page, resident)
    for path in SUBSCRIBER:
        page.goto(path)  # its scripts are here then
        wait_until_loaded(page)
        held = hold_back(page, "**/api/home*")
        calls = calls_of(page)
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        wait_until_heard(page, held, f"the first screen's request at {path}")
        page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        early = [call for call in calls if call.startswith("GET")]
        held[0].continue_()
        wait_until_loaded(page)
        assert [call for call in calls if call.startswith("GET")] == early, path
        page.unroute("**/api/home*")


@pytest.mark.parametrize(
    ("path", "shown"), [("/help", "Как заплатить"), ("/accounts/bind", "Номер указан в квитанции.")]
)
def test_a_screen_that_needs_nothing_of_the_first_one_does_not_wait_for_it(
    page: Page, resident: Person, path: str, shown: str
) -> None:
    enter(page, resident)
    page.goto(path)
    wait_until_loaded(page)
    held = hold_back(page, "**/api/home*")
    page.reload()
    wait_until_heard(page, held, "the first screen's request")
    expect(page.get_by_text(shown)).to_be_visible()
    held[0].continue_()
    wait_until_loaded(page)
    expect(page.get_by_text(shown)).to_be_visible()


@pytest.mark.both_devices
def test_everything_due_goes_into_the_cart_by_one_press_on_the_first_screen(
    page: Page, stack: Stack, new_payer: Callable[..., Person]
) -> None:
    person = new_payer(DETAILS_ACCOUNT, MAIN)
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


def test_each_meters_year_stands_as_a_line_beside_its_figures(page: Page, stack: Stack) -> None:
    person = stack.person(METERED)
    account_id = stack.account(METERED)["account_id"].replace(":", "%3A")
    consumption = stack.api_of(person).call("GET", f"/api/accounts/{account_id}/consumption").json()
    meters = [meter for meter in consumption["meters"] if len(meter["points"]) > 1]
    assert meters
    enter(page, person)
    page.goto("/home")
    # Asked for once it is scrolled to: the first screen is one request.
    page.locator(".trends-place").scroll_into_view_if_needed()
    trends = page.get_by_role("region", name="Расход за год")
    expect(trends).to_be_visible()
    lines = trends.get_by_role("link")
    expect(lines).to_have_count(len(meters))
    for line, meter in zip(lines.all(), meters, strict=True):
        volumes = [float(point["volume"]) for point in meter["points"][-12:]]
        words = plain(line.inner_text())
        assert meter["service"] in words
        average = float(words.partition("в среднем ")[2].replace(",", "."))
        assert abs(average - sum(volumes) / len(volumes)) <= 0.051
        points = line.locator("polyline").get_attribute("points") or ""
        assert len(points.split()) == len(volumes)
        # The words say the figures; the picture is left out of what a screen reader says.
        expect(line.locator("svg")).to_have_attribute("aria-hidden", "true")
    lines.first.click()
    expect(page.get_by_role("heading", name="Информация об ИПУ", level=1)).to_be_visible()


@pytest.mark.both_devices
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
