"""Mail that comes back for good: the settings say so beside the address."""

from playwright.sync_api import Page, expect

from tests.support.browser import Person, Stack, client_menu, fits, sign_in
from tests.support.polling import eventually

WORDS = "Письма на этот адрес не доходят, и мы их больше не отправляем."


def bounce(stack: Stack, person: Person) -> None:
    """Let the provider say that the address does not exist, and wait until the cabinet has heard it."""
    stack.api.call("POST", "/local/mail/bounces", {"to": person.email})
    api = stack.api_of(person)

    def is_known() -> bool:
        return bool(api.call("GET", "/api/profile").json()["email_problem"] == "bounce")

    eventually(is_known, "the cabinet hears of the bounce")


def test_whose_letters_come_back_is_told_in_the_settings(page: Page, stack: Stack) -> None:
    person = stack.person()
    bounce(stack, person)
    sign_in(page, person)
    client_menu(page, "Настройки")
    expect(page.get_by_label("Логин/Email:")).to_have_value(person.email)
    expect(page.get_by_text(WORDS)).to_be_visible()
    assert fits(page)
