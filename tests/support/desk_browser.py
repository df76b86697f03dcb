"""The desk in a browser: the sample's people of the staff, and how they sign in."""

import time
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Stack
from tests.support.polling import eventually

_CODE_SECONDS = 30


def staff(stack: Stack, role: str) -> dict[str, Any]:
    """The sample's person of a role."""
    return next(each for each in stack.demo["staff"] if each["roles"] == [role])


_used_steps: dict[str, int] = {}
"""By address: the desk takes a code once, and those of the steps before and after this one."""


def next_code(person: dict[str, Any]) -> str:
    """Return a code that no test has typed yet, as soon as the desk takes it."""

    def unused_step() -> int | None:
        now = int(time.time()) // _CODE_SECONDS
        return next(
            (step for step in (now - 1, now, now + 1) if step > _used_steps.get(person["email"], 0)), None
        )

    step = eventually(unused_step, "a code that was not used")
    _used_steps[person["email"]] = step
    return pyotp.TOTP(person["totp_secret"]).at(step * _CODE_SECONDS)


_sessions: dict[str, list[Any]] = {}
"""By address: the cookies of sessions to go on with. A new session needs a code of its own, and so the next
half minute.
"""
_unconfirmed: dict[str, list[Any]] = {}
"""Those among them in which no code was entered again: a change still asks for one."""


def sign_in(page: Page, person: dict[str, Any], *, unconfirmed: bool = False) -> None:
    """Go on with a session of the person, else type address, password and a code.

    The first codes may have been used when the sample was made. `unconfirmed`: the test wants to be asked
    for a code again.
    """
    form = page.get_by_role("button", name="Войти")
    expect(form).to_be_visible()
    for cookies in (_unconfirmed if unconfirmed else _sessions).get(person["email"], []):
        page.context.add_cookies(cookies)
        if page.context.request.get("/api/staff/me").ok:
            page.evaluate("localStorage.setItem('desk.visited', '1')")
            page.reload()
            expect(form).to_have_count(0)
            return
    sign_in_by_code(page, person)


def sign_in_by_code(page: Page, person: dict[str, Any]) -> None:
    """Type address, password and a code."""
    for _ in range(3):
        page.get_by_label("Логин (email)").fill(person["email"])
        page.get_by_label("Пароль", exact=True).fill(person["password"])
        page.get_by_label("Код из приложения").fill(next_code(person))
        with page.expect_response("**/api/staff/sessions") as answered:
            page.get_by_role("button", name="Войти").click()
        if answered.value.ok:
            for kept in (_sessions, _unconfirmed):
                kept.setdefault(person["email"], []).insert(0, page.context.cookies())
            return
    pytest.fail("no code was taken")


def confirm(page: Page, person: dict[str, Any]) -> None:
    """Enter a code again where the desk asks for one; one that another test has used is refused."""
    _unconfirmed.pop(person["email"], None)
    form = page.get_by_role("form", name="Подтверждение кодом")
    for _ in range(3):
        form.get_by_label("Код из приложения").fill(next_code(person))
        with page.expect_response("**/api/staff/sessions/current/code") as answered:
            form.get_by_role("button", name="Подтвердить").click()
        if answered.value.ok:
            return
    pytest.fail("no code was taken")
