"""Manual, 1: «Вход с помощью логина (email) и пароля» and 3: «Выход из личного кабинета»."""

import re

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser import (
    Person,
    Stack,
    client_menu,
    fits,
    open_section,
    sign_in,
    wait_until_loaded,
    watch_of,
)
from tests.support.polling import eventually

pytestmark = pytest.mark.both_devices


def test_login_and_password_open_the_first_screen(page: Page, resident: Person) -> None:
    sign_in(page, resident)
    expect(page).to_have_url(re.compile("/home$"))
    expect(page.get_by_text("Общая информация").last).to_be_visible()
    client_menu(page, "Выход")
    expect(page.get_by_role("heading", name="Вход в личный кабинет")).to_be_visible()
    page.goto("/summary")
    expect(page.get_by_role("heading", name="Вход в личный кабинет")).to_be_visible()


def test_a_wrong_password_is_told_in_words(page: Page, stack: Stack) -> None:
    person = stack.person()  # of its own: failures bring the captcha nearer for later sign-ins
    watch_of(page).expect_status(401)
    page.goto("/")
    form = page.get_by_role("form", name="Вход в личный кабинет")
    form.get_by_label("Логин (email):").fill(person.email)
    form.get_by_role("textbox", name="Пароль:").fill("не тот пароль")
    form.get_by_role("button", name="Вход", exact=True).click()
    expect(form.get_by_role("alert")).to_be_focused()
    expect(form.get_by_label("Логин (email):")).to_have_value(person.email)


def test_gosuslugi_are_the_first_way_in(page: Page) -> None:
    page.goto("/")
    card = page.get_by_role("region", name="Вход в личный кабинет")
    expect(card.get_by_role("link").first).to_have_text("Вход через Госуслуги")
    place = "(one, other) => Boolean(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING)"
    way, login = card.get_by_role("link").first, card.get_by_label("Логин (email):")
    assert way.evaluate(place, login.element_handle())


def test_without_gosuslugi_nobody_is_sent_there_and_nothing_moves(page: Page) -> None:
    page.route("**/api/site", lambda route: route.fulfill(json={"esia": False, "suppliers": []}))
    page.goto("/")
    card = page.get_by_role("region", name="Вход в личный кабинет")
    expect(card.get_by_text("Введите логин и пароль, с которыми регистрировались.")).to_be_visible()
    expect(page.get_by_role("link", name="Вход через Госуслуги")).to_have_count(0)
    below = card.get_by_label("Логин (email):").evaluate("(input) => input.getBoundingClientRect().top")
    page.unroute("**/api/site")
    page.reload()
    expect(card.get_by_role("link", name="Вход через Госуслуги")).to_be_visible()
    with_it = card.get_by_label("Логин (email):").evaluate("(input) => input.getBoundingClientRect().top")
    assert abs(below - with_it) < 1


@pytest.mark.parametrize("path", ["/", "/help", "/nowhere"])
def test_a_visitor_sees_whom_to_call(page: Page, path: str) -> None:
    page.goto(path)
    phone = page.get_by_role("contentinfo").get_by_role("link", name="+7 (351) 200-10-10")
    expect(phone).to_have_attribute("href", "tel:+73512001010")
    card = page.get_by_role("region", name="Куда позвонить")
    expect(card).to_have_count(0 if path == "/" else 1)
    assert fits(page)


def test_a_deep_link_opens_after_the_sign_in(page: Page, resident: Person) -> None:
    page.goto("/documents")
    expect(page.get_by_role("heading", name="Вход в личный кабинет", level=1)).to_be_visible()
    page.get_by_label("Логин (email):").fill(resident.email)
    page.get_by_role("textbox", name="Пароль:").fill(resident.password)
    page.get_by_role("button", name="Вход", exact=True).click()
    expect(page.get_by_role("heading", name="Документы", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile("/documents$"))


def test_the_password_can_be_looked_at(page: Page) -> None:
    page.goto("/")
    password = page.get_by_role("textbox", name="Пароль:")
    password.fill("видимый")
    page.get_by_role("button", name=re.compile("^Показать")).click()
    expect(password).to_have_attribute("type", "text")


def test_signing_out_holds_though_the_page_is_left_at_once(
    page: Page, stack: Stack, resident: Person
) -> None:
    sign_in(page, resident)
    cookie = next(one for one in page.context.cookies() if "session" in one["name"])
    client_menu(page, "Выход")
    page.goto("/summary")
    expect(page.get_by_role("heading", name="Вход в личный кабинет", level=1)).to_be_visible()
    sent = {"Cookie": f"{cookie['name']}={cookie['value']}"}

    def is_over() -> bool:
        # The first request to this function starts it, and a busy machine takes its time.
        return httpx.get(f"{stack.url}/api/profile", headers=sent, timeout=60).status_code == 401

    eventually(is_over, "the session ends: the request may still be on its way")


def test_signing_out_gives_up_what_is_still_read(page: Page, resident: Person) -> None:
    sign_in(page, resident)
    held: list[Route] = []
    page.route("**/payments*", lambda route: held.append(route))
    open_section(page, "История оплат")
    expect(page.get_by_text("Загружаем…")).to_be_visible()
    client_menu(page, "Выход")
    expect(page.get_by_role("heading", name="Вход в личный кабинет")).to_be_visible()
    # The watch on the console would hear its 401.
    held[0].continue_()
    sign_in(page, resident)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_signing_out_without_a_network_says_so_and_stays(page: Page, resident: Person) -> None:
    watch_of(page).expect_no_network()
    sign_in(page, resident)
    wait_until_loaded(page)
    page.context.set_offline(True)
    client_menu(page, "Выход")
    expect(page.get_by_role("banner").get_by_role("alert")).to_contain_text("Нет связи с интернетом")
    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_role("heading", name="Главная", level=1)).to_be_visible()
