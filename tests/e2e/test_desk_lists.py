"""The desk's lists by keys alone, filters that a person names, and a list of ten thousand lines."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from playwright.sync_api import Page, Route, expect

from tests.support.accessibility import violations
from tests.support.browser import MAIN, Person, Stack, fits, watch_of
from tests.support.desk_browser import sign_in, staff

MANY = 10_000
PAGE = 500
DRAWN, STEP = 500, 250
"""Lines that are drawn at most, and that one press brings into sight."""


def desk_of(new_page: Any, stack: Stack, role: str, path: str, device: str = "desktop") -> Page:
    """A screen of the desk; a code that another test used is refused, and the next one taken."""
    desk: Page = new_page(device)
    watch_of(desk).expect_status(401)
    desk.goto(path)
    sign_in(desk, staff(stack, role))
    expect(desk.get_by_role("heading", level=1)).to_be_visible()
    return desk


def send_request(stack: Stack, resident: Person, nth: int) -> None:
    """Send one of several requests."""
    account_id = stack.account(MAIN)["account_id"]
    stack.api_of(resident).call(
        "POST", f"/api/accounts/{quote(account_id, safe='')}/requests",
        {"kind": "appeal", "text": f"Прошу справку № {nth}."},
        **{"Idempotency-Key": f"{resident.email}-{nth}"},
    )  # fmt: skip


def press_russian(desk: Page, key: str, code: str) -> None:
    """Press a key that types a Russian letter: Playwright knows the keys of the Latin layout alone."""
    desk.evaluate(
        "([key, code]) => document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', {key, code, bubbles: true, cancelable: true}))",
        [key, code],
    )


def press_as_the_list_appears(desk: Page, key: str) -> None:
    """Have a key pressed in the moment in which the next screen's first line is drawn, before its effects."""
    desk.evaluate(
        """key => {
            const drawn = new Promise((resolve) => new MutationObserver((_, observer) => {
                if (!document.querySelector("main [data-list] tbody > tr")) return;
                observer.disconnect();
                document.activeElement.dispatchEvent(
                    new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
                resolve();
            }).observe(document.body, {childList: true, subtree: true}));
            const frame = () => new Promise(requestAnimationFrame);
            const later = () => new Promise((resolve) => setTimeout(resolve));
            window.drawnAndRun = drawn.then(frame).then(frame).then(later);
        }""",
        key,
    )


def test_keys_alone_find_and_open_a_request(stack: Stack, new_page: Any) -> None:
    resident = stack.person(MAIN)
    for nth in range(2):
        send_request(stack, resident, nth)
    desk = desk_of(new_page, stack, "operator", "/desk/requests?kind=appeal&assigned=nobody")
    links = desk.get_by_role("main").get_by_role("row").get_by_role("link")
    expect(links.nth(1)).to_be_visible()

    desk.keyboard.press("j")
    expect(links.first).to_be_focused()
    assert violations(desk) == []
    press_russian(desk, "о", "KeyJ")
    expect(links.nth(1)).to_be_focused()
    desk.keyboard.press("ArrowUp")
    expect(links.first).to_be_focused()
    press_russian(desk, "л", "KeyK")
    expect(links.first).to_be_focused()
    desk.keyboard.press("j")
    title = links.nth(1).inner_text()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name=re.compile(title.split("№")[1].strip()))).to_be_visible()
    press_as_the_list_appears(desk, "j")
    desk.go_back()
    desk.evaluate("() => window.drawnAndRun")
    expect(links.nth(1)).to_be_focused()

    press_russian(desk, ".", "Slash")
    status = desk.get_by_label("Состояние")
    expect(status).to_be_focused()
    desk.keyboard.press("j")
    desk.keyboard.press("?")
    expect(status).to_be_focused()
    expect(desk.get_by_role("dialog")).to_have_count(0)


def test_the_help_on_keys_switches_letters_off(stack: Stack, new_page: Any, device: str) -> None:
    desk = desk_of(new_page, stack, "owner", "/desk/staff", device)
    rows = desk.get_by_role("main").get_by_role("row")
    journal = rows.get_by_role("link", name="Журнал")
    expect(journal.first).to_be_visible()
    desk.keyboard.press("?")
    help_on_keys = desk.get_by_role("dialog", name="Клавиши в списках")
    expect(help_on_keys).to_be_visible()
    assert violations(desk) == []
    assert fits(desk)
    desk.keyboard.press("j")
    help_on_keys.get_by_label("буквы и знаки включены").uncheck()
    desk.keyboard.press("Escape")
    expect(help_on_keys).to_have_count(0)

    desk.get_by_role("heading", level=1).focus()
    desk.keyboard.press("j")
    expect(desk.get_by_role("heading", level=1)).to_be_focused()
    # The arrows go on among the lines.
    journal.first.focus()
    desk.keyboard.press("ArrowDown")
    expect(journal.nth(1)).to_be_focused()
    desk.get_by_role("button", name="Клавиши").click()
    help_on_keys.get_by_label("буквы и знаки включены").check()
    help_on_keys.get_by_role("button", name="Закрыть").click()
    journal.first.focus()
    desk.keyboard.press("j")
    expect(journal.nth(1)).to_be_focused()


def test_lines_without_a_link_take_the_focus_themselves(stack: Stack, new_page: Any) -> None:
    desk = desk_of(new_page, stack, "owner", "/desk/audit")
    rows = desk.get_by_role("main").locator("tbody").get_by_role("row")
    expect(rows.nth(1)).to_be_visible()
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    assert violations(desk) == []
    desk.keyboard.press("/")
    expect(desk.get_by_label("О ком")).to_be_focused()


def test_a_filter_is_named_and_picked_again(stack: Stack, new_page: Any, device: str) -> None:
    desk = desk_of(new_page, stack, "operator", "/desk/requests", device)
    saved = desk.get_by_role("group", name="Сохранённые отборы")
    expect(saved).to_have_count(0)
    desk.get_by_label("Вид").select_option("Жалоба")
    desk.get_by_label("Кто взял").select_option("никто")
    saved.get_by_role("button", name="Сохранить отбор").click()
    naming = desk.get_by_role("form", name="Сохранить отбор")
    naming.get_by_role("button", name="Сохранить").click()
    expect(naming.get_by_role("link", name="Назовите отбор")).to_be_visible()
    naming.get_by_label("Название отбора").fill("Ничьи жалобы")
    assert violations(desk) == []
    assert fits(desk)
    naming.get_by_role("button", name="Сохранить").click()
    mine = saved.get_by_role("link", name="Ничьи жалобы")
    expect(mine).to_have_attribute("aria-current", "true")
    assert violations(desk) == []
    assert fits(desk)

    desk.goto("/desk/requests")
    expect(mine).not_to_have_attribute("aria-current", "true")
    mine.click()
    expect(desk.get_by_label("Вид")).to_have_value("complaint")
    expect(desk.get_by_label("Кто взял")).to_have_value("nobody")
    saved.get_by_role("button", name="Удалить отбор «Ничьи жалобы»").click()
    expect(mine).to_have_count(0)


def test_a_saved_search_of_orders_keeps_no_account(stack: Stack, new_page: Any) -> None:
    desk = desk_of(new_page, stack, "accountant", "/desk/orders")
    typed = desk.get_by_label("Номер заказа или лицевого счёта")
    typed.fill(MAIN)
    desk.get_by_label("Состояние").select_option("оплачен")
    desk.get_by_role("button", name="Найти").click()
    expect(desk).to_have_url(re.compile(r"status=paid"))
    saved = desk.get_by_role("group", name="Сохранённые отборы")
    saved.get_by_role("button", name="Сохранить отбор").click()
    naming = desk.get_by_role("form", name="Сохранить отбор")
    naming.get_by_label("Название отбора").fill("Оплачены за неделю")
    naming.get_by_role("button", name="Сохранить").click()
    expect(saved.get_by_role("link", name="Оплачены за неделю")).to_be_visible()
    kept: dict[str, str] = desk.evaluate("({...localStorage})")
    filters = next(json.loads(value) for name, value in kept.items() if name.startswith("desk.filters."))
    assert filters == {"orders": [{"name": "Оплачены за неделю", "query": "days=7&status=paid"}]}
    assert MAIN not in json.dumps(kept)

    desk.goto("/desk/orders")
    saved.get_by_role("link", name="Оплачены за неделю").click()
    expect(desk.get_by_label("Состояние")).to_have_value("paid")
    expect(typed).to_have_value("")


def order_id(nth: int) -> str:
    return f"260301-{nth:05d}"


def many_orders(route: Route) -> None:
    """Answer a page of the many orders."""
    asked = parse_qs(urlsplit(route.request.url).query)
    first = int(asked.get("cursor", ["0"])[0])
    items = [
        {
            "order_id": order_id(number), "supplier_ids": ["demo"], "status": "paid", "method": "card",
            "created_at": "2026-03-01T10:00:00+00:00", "amount": 10_000, "commission": 0, "total": 10_000,
            "returned": 0, "account_ids": [f"demo:{number:010d}"], "card_digits": None, "is_autopay": False,
            "is_guest": False, "review_reason": None,
        }
        for number in range(first, min(first + PAGE, MANY))
    ]  # fmt: skip
    rest = {"next": str(first + PAGE)} if first + PAGE < MANY else {"next": None}
    route.fulfill(json={"items": items, **rest})


def test_ten_thousand_lines_are_walked_page_by_page(stack: Stack, new_page: Any) -> None:
    desk = desk_of(new_page, stack, "accountant", "/desk/totals")
    desk.route("**/api/staff/orders?*", many_orders)
    desk.get_by_role("link", name="Платежи", exact=True).click()
    rows = desk.get_by_role("main").locator("tbody tr")
    more = desk.get_by_role("button", name="Показать ещё")
    lines = desk.get_by_text(re.compile(r"^Строки \d+–\d+$"))
    expect(rows).to_have_count(PAGE)
    for shown in range(PAGE, MANY, STEP):
        more.focus()
        desk.keyboard.press("Enter")
        # On with the first line that was not there before; no more are drawn than before.
        expect(desk.get_by_role("link", name=order_id(shown))).to_be_focused()
    assert rows.count() == DRAWN
    expect(more).to_have_count(0)
    expect(lines).to_have_text(f"Строки {MANY - DRAWN + 1}–{MANY}")
    desk.get_by_role("link", name=order_id(MANY - 2)).focus()
    for _ in range(2):
        desk.keyboard.press("j")
    expect(desk.get_by_role("link", name=order_id(MANY - 1))).to_be_focused()

    # Back by the keys alone: the button to the former lines is a line as well.
    desk.get_by_role("link", name=order_id(MANY - DRAWN)).focus()
    desk.keyboard.press("k")
    before = desk.get_by_role("button", name="Показать предыдущие")
    expect(before).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("link", name=order_id(MANY - DRAWN - 1))).to_be_focused()
    expect(lines).to_have_text(f"Строки {MANY - DRAWN - STEP + 1}–{MANY - STEP}")
