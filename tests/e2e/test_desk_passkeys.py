"""A passkey of an owner at the desk: added with a code, then in place of password and code, and removed.

Chromium's own virtual authenticator holds the key. It is made for a name: the desk is at ``localhost``.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import CDPSession, Page, expect

from tests.support.accessibility import violations
from tests.support.browser import DESKTOP, PHONE, Stack, fits, watch_of
from tests.support.desk_browser import confirm, sign_in_by_code, staff

DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
BY_PASSKEY = "Вход по ключу доступа"


def _with_authenticator(page: Page) -> tuple[CDPSession, str]:
    """Give the browser a device that verifies its person; and its id."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return devtools, added["authenticatorId"]


def _is_in_order(page: Page) -> None:
    """The screen has no axe violation, and fits a phone and a desktop."""
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert fits(page)
        assert violations(page) == []


def _touches(devtools: CDPSession, device: str, *, enabled: bool) -> None:
    """Let the person touch the device at once whenever it asks, or leave it waiting."""
    asked = {"authenticatorId": device, "enabled": enabled}
    devtools.send("WebAuthn.setAutomaticPresenceSimulation", asked)


def _sign_out(page: Page) -> None:
    """Sign out in a browser that has forgotten its passkey: the page then offers none by itself."""
    _remember(page, is_known=False)
    page.get_by_role("button", name="Выйти").click()
    expect(page.get_by_role("button", name="Войти")).to_be_visible()
    expect(page.get_by_label("Логин (email)")).to_have_attribute("autocomplete", "username webauthn")


def _remember(page: Page, *, is_known: bool) -> None:
    """Let the site know, or not, that a passkey was used in this browser."""
    page.evaluate(
        "known => known ? localStorage.setItem('desk.passkey', '1')"
        " : localStorage.removeItem('desk.passkey')",
        is_known,
    )


def test_an_owner_signs_in_and_confirms_by_a_passkey(stack: Stack, new_page: Any) -> None:
    page: Page = new_page()
    # A code or a passkey is asked for again, and a removed passkey is refused.
    watch_of(page).expect_status(401, 403, 422)
    devtools, device = _with_authenticator(page)
    owner = staff(stack, "owner")
    page.goto(f"http://localhost:{urlsplit(stack.url).port}/desk/")
    expect(page.get_by_role("button", name=BY_PASSKEY)).to_be_visible()
    _is_in_order(page)
    sign_in_by_code(page, owner)

    page.get_by_role("link", name=re.compile("вход и ключи доступа")).click()
    expect(page.get_by_role("heading", name="Вход и ключи доступа")).to_be_focused()
    expect(page.get_by_text("Ключей доступа пока нет.")).to_be_visible()
    _is_in_order(page)
    page.get_by_label("Название").fill("Рабочий ноутбук")
    page.get_by_role("button", name="Добавить ключ доступа").click()
    expect(page.get_by_role("form", name="Подтверждение кодом")).to_be_visible()
    expect(page.get_by_role("button", name="Подтвердить ключом доступа")).to_have_count(0)
    confirm(page, owner)
    expect(page.get_by_text("Ключ «Рабочий ноутбук» добавлен.")).to_be_visible()
    line = page.get_by_role("row").filter(has_text="Рабочий ноутбук")
    expect(line).to_contain_text("ещё не было")
    _is_in_order(page)

    # The browser knows that this device has one; we word its refusal.
    page.get_by_role("button", name="Добавить ключ доступа").click()
    expect(page.get_by_text("На этом устройстве Ваш ключ доступа уже есть")).to_be_visible()

    # Where the browser offers it among the logins, to choose it there is enough.
    _sign_out(page)
    _remember(page, is_known=True)
    page.reload()
    expect(line).to_be_visible()
    expect(line).not_to_contain_text("ещё не было")

    # The button ends what the browser offers: it takes one question at a time.
    _touches(devtools, device, enabled=False)
    with page.expect_response("**/sessions/passkey/challenge"):
        page.get_by_role("button", name="Выйти").click()
    page.get_by_role("button", name=BY_PASSKEY).click()
    expect(page.get_by_role("button", name="Ждём устройство")).to_be_visible()
    _remember(page, is_known=False)
    _touches(devtools, device, enabled=True)
    page.reload()
    page.get_by_role("button", name=BY_PASSKEY).click()
    # On with the same screen, now with the time of this sign-in.
    expect(line).to_be_visible()
    expect(line).not_to_contain_text("ещё не было")

    # Where a code is asked for, the passkey does.
    page.get_by_role("link", name="Сотрудники", exact=True).click()
    page.get_by_label("Адрес почты").fill(stack.new_email())
    page.get_by_label("оператор").check()
    page.get_by_role("button", name="Пригласить").click()
    expect(page.get_by_role("form", name="Подтверждение кодом")).to_be_visible()
    _is_in_order(page)
    page.get_by_role("button", name="Подтвердить ключом доступа").click()
    expect(page.get_by_text(re.compile("Приглашение отправлено"))).to_be_visible()

    page.get_by_role("link", name=re.compile("вход и ключи доступа")).click()
    line.get_by_role("button", name="Переименовать").click()
    renaming = page.get_by_role("form", name="Другое название ключа")
    renaming.get_by_label("Название").fill("Ноутбук дома")
    _is_in_order(page)
    renaming.get_by_role("button", name="Сохранить").click()
    line = page.get_by_role("row").filter(has_text="Ноутбук дома")
    line.get_by_role("button", name="Удалить").click()
    _is_in_order(page)
    line.get_by_role("button", name="Удалить ключ: Ноутбук дома").click()
    expect(page.get_by_text("Ключ «Ноутбук дома» удалён.")).to_be_visible()
    expect(page.get_by_text("Ключей доступа пока нет.")).to_be_visible()

    # The device still has it, and the desk takes it no more.
    _sign_out(page)
    page.get_by_role("button", name=BY_PASSKEY).click()
    expect(page.get_by_role("alert")).to_contain_text("Ключ доступа не подошёл")
    _is_in_order(page)

    # A person whom the device does not know opens nothing either.
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("button", name=BY_PASSKEY).click()
    expect(page.get_by_role("alert")).to_contain_text("Ключ доступа не выбран, или время вышло")
