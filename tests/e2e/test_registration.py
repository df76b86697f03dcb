"""Manual, 1: «Регистрация учетной записи в «Личном кабинете»»."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import CAPTCHA, PASSWORD, Person, Stack, fits, sign_in, watch_of

pytestmark = pytest.mark.both_devices


def fill(page: Page, email: str) -> None:
    """Fill in the form with the manual's fields."""
    form = page.get_by_role("form", name="Регистрация")
    form.get_by_label("Логин (email)").fill(email)
    form.get_by_role("textbox", name="Пароль", exact=True).fill(PASSWORD)
    form.get_by_label("Сотовый телефон").fill("+7 912 345-67-89")


def send_form(page: Page, email: str) -> None:
    """Register, up to the letter."""
    page.goto("/register")
    fill(page, email)
    page.get_by_label("Согласен на обработку своих персональных данных").check()
    page.get_by_role("button", name="Отправить письмо для активации аккаунта").click()
    expect(page.get_by_role("heading", name="Проверьте почту")).to_be_visible()


def test_a_person_registers_by_the_form_and_the_letter(page: Page, stack: Stack) -> None:
    email = stack.new_email()
    page.goto("/")
    page.get_by_role("link", name="Регистрация").click()
    expect(page.get_by_role("heading", name="Регистрация", level=1)).to_be_focused()
    fill(page, email)
    page.get_by_role("button", name="Прочитать согласие на обработку персональных данных").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="Согласен", exact=True).click()
    expect(page.get_by_label("Согласен на обработку своих персональных данных")).to_be_checked()
    assert fits(page)
    page.get_by_role("button", name="Отправить письмо для активации аккаунта").click()
    expect(page.get_by_role("heading", name="Проверьте почту")).to_be_visible()

    page.goto(stack.link(email, "/activate"))
    page.get_by_role("button", name="Активировать аккаунт").click()
    # The password was typed in this very browser: it is not asked for again.
    expect(page.get_by_role("heading", name="Привязка лицевого счета", level=1)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Привязка лицевого счета", level=1)).to_be_visible()


def test_a_link_followed_on_another_device_asks_for_the_password(
    page: Page, new_page: Callable[..., Page], device: str, stack: Stack
) -> None:
    email = stack.new_email()
    send_form(page, email)
    other = new_page(device)
    other.goto(stack.link(email, "/activate"))
    other.get_by_role("button", name="Активировать аккаунт").click()
    expect(other.get_by_text("Войдите и привяжите лицевой счет из квитанции.")).to_be_visible()
    sign_in(other, Person(email))


def test_opening_the_link_does_not_use_it_up(page: Page, stack: Stack) -> None:
    email = stack.new_email()
    send_form(page, email)
    link = stack.link(email, "/activate")
    for _ in range(2):  # a mail scanner, then a person
        page.goto(link)
        expect(page.get_by_role("button", name="Активировать аккаунт")).to_be_visible()
    page.get_by_role("button", name="Активировать аккаунт").click()
    expect(page.get_by_role("heading", name="Привязка лицевого счета", level=1)).to_be_visible()


def test_a_taken_address_is_told_and_nothing_typed_is_lost(
    page: Page, stack: Stack, resident: Person
) -> None:
    watch_of(page).expect_status(409)
    page.goto("/register")
    fill(page, resident.email)
    page.get_by_label("Согласен на обработку своих персональных данных").check()
    page.get_by_role("button", name="Отправить письмо для активации аккаунта").click()
    expect(page.get_by_role("alert").first).to_contain_text("Пользователь с таким email уже существует")
    expect(page.get_by_label("Логин (email)")).to_have_value(resident.email)
    expect(page.get_by_role("textbox", name="Пароль", exact=True)).to_have_value(PASSWORD)


def test_mistakes_are_listed_with_links_to_their_fields(page: Page) -> None:
    page.goto("/register")
    page.get_by_role("button", name="Отправить письмо для активации аккаунта").click()
    summary = page.get_by_role("alert").first
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Введите номер сотового телефона").click()
    expect(page.get_by_label("Сотовый телефон")).to_be_focused()


def test_the_code_can_be_changed_and_heard(page: Page) -> None:
    page.goto("/recover")
    picture = page.get_by_role("img", name="Код на картинке")
    first = picture.get_attribute("src")
    page.get_by_role("button", name="Изменить код").click()
    expect(picture).not_to_have_attribute("src", first or "")
    page.get_by_role("button", name="Прослушать код").click()
    expect(page.get_by_label("Код голосом")).to_be_visible()


def test_a_wrong_code_is_told_at_its_field_and_another_picture_comes(page: Page, stack: Stack) -> None:
    watch_of(page).expect_status(422)
    # After three forms of one network, whatever came of them.
    refused = {"email": "x", "password": PASSWORD, "phone": "1", "consent": {"version": stack.consent}}
    for _ in range(3):
        page.request.post("/api/auth/registrations", data=refused, headers={"X-Requested-With": "cabinet"})
    page.goto("/register")
    fill(page, stack.new_email())
    page.get_by_label("Согласен на обработку своих персональных данных").check()
    send = page.get_by_role("button", name="Отправить письмо для активации аккаунта")
    send.click()
    expect(page.get_by_label("Введите код")).to_have_attribute("aria-invalid", "true")
    assert fits(page)
    first = page.get_by_role("img", name="Код на картинке").get_attribute("src")
    page.get_by_label("Введите код").fill("00000")
    send.click()
    expect(page.get_by_label("Введите код")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Введите код")).to_have_value("")
    expect(page.get_by_role("img", name="Код на картинке")).not_to_have_attribute("src", first or "")
    expect(page.get_by_role("textbox", name="Пароль", exact=True)).to_have_value(PASSWORD)
    page.get_by_label("Введите код").fill(CAPTCHA)
    send.click()
    expect(page.get_by_role("heading", name="Проверьте почту")).to_be_visible()


def test_a_forgotten_password_is_replaced_by_the_letter(page: Page, stack: Stack) -> None:
    person = stack.person()
    page.goto("/")
    page.get_by_role("link", name="Забыли пароль?").click()
    page.get_by_label("Логин (email)").fill(person.email)
    page.get_by_label("Введите код").fill(CAPTCHA)
    page.get_by_role("button", name="Отправить письмо").click()
    expect(page.get_by_role("heading", name="Проверьте почту")).to_be_visible()
    page.goto(stack.link(person.email, "/reset-password"))
    fresh = "синий трамвай едет 15 остановок"
    page.get_by_role("textbox", name="Новый пароль", exact=True).fill(fresh)
    page.get_by_role("textbox", name="Новый пароль еще раз").fill(fresh)
    page.get_by_role("button", name="Сохранить пароль").click()
    expect(page.get_by_text("Пароль изменён.")).to_be_visible()
    sign_in(page, Person(person.email, fresh))
