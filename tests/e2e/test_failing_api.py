"""A slow, failing or silent API: a message, a way to try again, and nothing typed is lost."""

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser import MAIN, METERED, Person, Stack, enter, open_section, watch_of

BUSY = {
    "type": "about:blank",
    "title": "Сервис временно перегружен",
    "status": 503,
    "code": "busy",
    "errors": [],
}


def busy(route: Route) -> None:
    """Answer 503 as the API does."""
    route.fulfill(
        status=503,
        headers={"Content-Type": "application/problem+json", "Retry-After": "2"},
        body=json.dumps(BUSY),
    )


@pytest.mark.parametrize(
    ("section", "calls"),
    [
        ("Детализация по услугам", "**/services*"),
        ("Детализация начислений", "**/charges*"),
        ("История оплат", "**/payments*"),
        ("Передать показания", "**/readings/form"),
        ("Информация об ИПУ", re.compile(r"/api/.*/(meters|consumption)")),
        ("Документы", "**/documents*"),
        ("Заявки", re.compile(r"/api/.*/(requests|request-kinds)")),
        ("Уведомления", "**/api/notices*"),
        ("Корзина", "**/api/cart"),
    ],
)
def test_a_failing_screen_says_so_and_comes_back(
    new_page, resident: Person, section: str, calls: str
) -> None:
    page = new_page("phone")
    watch_of(page).expect_status(503)
    enter(page, resident)
    page.route(calls, busy)
    open_section(page, section)
    expect(page.get_by_role("alert").first).to_contain_text("Сервис временно перегружен")
    page.unroute(calls)
    retry = page.get_by_role("button", name="Повторить")
    while retry.count():
        failed = retry.count()
        retry.first.click()
        expect(retry).to_have_count(failed - 1)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_readings_survive_a_busy_server_and_go_out_once(page: Page, stack: Stack) -> None:
    watch_of(page).expect_status(503)
    enter(page, stack.person(METERED))
    open_section(page, "Передать показания")
    keys = []

    def busy_once(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            busy(route)
        else:
            route.continue_()

    page.route(re.compile(r"/readings$"), busy_once)
    field = page.get_by_label(re.compile("^Объем изменения")).first
    field.fill("0,05")
    page.get_by_role("button", name="Передать показания").click()
    expect(page.get_by_role("alert").first).to_contain_text("Сервис временно перегружен")
    expect(field).to_have_value("0,05")
    page.get_by_role("button", name="Передать показания").click()
    expect(page.get_by_text("Показания приняты.")).to_be_visible()
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_a_failure_shows_the_identifier_that_the_log_has(page: Page, stack: Stack) -> None:
    """The page makes it, the API answers with it: what a resident reads to the operator finds the line."""
    watch_of(page).expect_status(404)
    enter(page, stack.person(MAIN))
    refused: list[dict[str, str]] = []

    def elsewhere(route: Route) -> None:
        answer = route.fetch(url=f"{stack.url}/api/no-such-route")
        refused.append({"sent": route.request.headers["x-correlation-id"], **answer.json()})
        route.fulfill(response=answer)

    page.route("**/api/accounts/*/payments*", elsewhere)
    open_section(page, "История оплат")
    alert = page.get_by_role("alert").first
    expect(alert).to_contain_text("Код для службы поддержки")
    assert refused[0]["instance"] == f"urn:cabinet:request:{refused[0]['sent']}"
    expect(alert).to_contain_text(refused[0]["sent"])


def test_a_failed_request_is_believed_though_the_browser_says_online(page: Page, stack: Stack) -> None:
    watch_of(page).expect_no_network()
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'onLine', { get: () => true })")
    enter(page, stack.person(MAIN))
    page.route("**/api/accounts/*/payments*", lambda route: route.abort("internetdisconnected"))
    open_section(page, "История оплат")
    expect(page.get_by_text("Нет связи с интернетом.").first).to_be_visible()


def test_no_network_is_told_and_the_request_is_kept(page: Page, stack: Stack) -> None:
    watch_of(page).expect_no_network()
    enter(page, stack.person(MAIN))
    open_section(page, "Заявки")
    page.get_by_role("button", name="Обращение").click()
    page.get_by_label("Текст заявки").fill("Когда будет перерасчёт?")
    page.context.set_offline(True)
    expect(page.get_by_text("Нет связи с интернетом.").first).to_be_visible()
    page.get_by_role("button", name="Отправить").click()
    expect(page.get_by_role("alert").first).to_contain_text("Нет связи")
    expect(page.get_by_label("Текст заявки")).to_have_value("Когда будет перерасчёт?")
    page.context.set_offline(False)
    page.get_by_role("button", name="Отправить").click()
    expect(page.get_by_text("принята. Ответ появится")).to_be_visible()


def test_waiting_is_shown_only_when_it_lasts(page: Page, resident: Person) -> None:
    enter(page, resident)
    held: list[Route] = []
    page.route("**/payments*", lambda route: held.append(route))
    open_section(page, "История оплат")
    expect(page.get_by_text("Загружаем…")).to_be_visible()
    held[0].continue_()
    expect(page.get_by_role("table", name="История оплат")).to_be_visible()
    expect(page.get_by_text("Загружаем…")).to_have_count(0)


def test_a_gateways_page_instead_of_json_is_put_in_words(page: Page, resident: Person) -> None:
    watch_of(page).expect_status(502)
    enter(page, resident)
    page.route("**/documents*", lambda route: route.fulfill(status=502, body="<html>Bad Gateway</html>"))
    open_section(page, "Документы")
    expect(page.get_by_role("alert").first).to_contain_text("Сервис временно не отвечает")


def test_a_session_that_ended_is_resumed_in_place_with_everything_typed(page: Page, stack: Stack) -> None:
    watch_of(page).expect_status(401)
    person = stack.person(MAIN)
    enter(page, person)
    open_section(page, "Заявки")
    page.get_by_role("button", name="Обращение").click()
    page.get_by_label("Текст заявки").fill("Прошу справку.")
    page.context.clear_cookies()
    page.get_by_role("button", name="Отправить").click()
    dialog = page.get_by_role("dialog", name="Сеанс завершён")
    dialog.get_by_label("Логин (email):").fill(person.email)
    dialog.get_by_role("textbox", name="Пароль:").fill(person.password)
    dialog.get_by_role("button", name="Вход", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_label("Текст заявки")).to_have_value("Прошу справку.")
    page.get_by_role("button", name="Отправить").click()
    expect(page.get_by_text("принята. Ответ появится")).to_be_visible()


def test_without_a_network_the_shell_opens_and_says_so(new_page, resident: Person) -> None:
    page = new_page("phone", service_workers="allow")
    watch_of(page).expect_no_network()
    enter(page, resident)
    # One promise, not a polled expression: the page's policy refuses an expression that is evaluated later.
    page.evaluate(
        """async () => {
            const workers = navigator.serviceWorker;
            await new Promise((taken) => {
                workers.addEventListener("controllerchange", taken, { once: true });
                if (workers.controller) taken();
            }) }"""
    )
    stored = page.evaluate(
        """async () => { const all = [];
            for (const name of await caches.keys()) all.push(...await (await caches.open(name)).keys());
            return all.map((request) => new URL(request.url).pathname) }"""
    )
    assert stored
    assert not [path for path in stored if path.startswith(("/api", "/local"))]
    page.context.set_offline(True)
    page.goto("/payments")
    expect(page.get_by_text("Нет связи с интернетом.").first).to_be_visible()
    assert resident.email not in page.content()


def test_the_start_page_says_that_the_cabinet_cannot_be_opened_now(page: Page, resident: Person) -> None:
    watch_of(page).expect_status(503)
    enter(page, resident)
    page.route("**/api/home*", lambda route: route.fulfill(status=503, json={}))
    page.goto("/")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Сервис временно перегружен")
    # A signed-in user is not asked to sign in.
    expect(page.get_by_label("Логин (email):")).to_have_count(0)
    page.unroute("**/api/home*")
    alert.get_by_role("button", name="Повторить").click()
    expect(page.get_by_role("heading", name="Главная", level=1)).to_be_visible()


def test_without_a_network_a_screen_promises_nothing_and_comes_by_itself(
    page: Page, resident: Person
) -> None:
    watch_of(page).expect_no_network()
    enter(page, resident)
    page.context.set_offline(True)
    open_section(page, "Документы")
    expect(page.get_by_role("alert")).to_contain_text("Нет связи с интернетом")
    assert "охранен" not in page.get_by_role("main").inner_text()  # nothing was typed
    page.context.set_offline(False)
    expect(page.get_by_role("table", name="Документы")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_what_was_typed_is_said_to_be_kept_where_something_was_typed(page: Page, stack: Stack) -> None:
    watch_of(page).expect_no_network()
    enter(page, stack.person())
    page.goto("/accounts/bind")
    page.get_by_label("Лицевой счет").fill("7400000009")
    page.get_by_label("№ дома:").fill("1")
    page.context.set_offline(True)
    page.get_by_role("button", name="Найти").click()
    expect(page.get_by_role("alert")).to_contain_text("Введённое сохранено.")
    expect(page.get_by_label("Лицевой счет")).to_have_value("7400000009")
