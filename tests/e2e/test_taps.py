"""How many taps each chore takes on a phone. To focus a field is a tap; a keyboard's «Далее» is a key."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.support.browser import (
    DETAILS_ACCOUNT,
    METERED,
    PASSWORD,
    Person,
    Stack,
    enter,
)

PHONE = {"width": 360, "height": 800}
THREE_FLATS = ("7400000001", "7600000001", "7600000002")
"""All of one supplier, and each owes something; no other test pays them."""

IN_SIGHT = """(element) => {
    const label = element.labels?.[0];
    const box = element.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return box.top >= 0 && box.bottom <= innerHeight && (element.contains(top) || label?.contains(top));
}"""


class Thumb:
    """Taps and scrolls as a person does, and counts both."""

    def __init__(self, page: Page) -> None:
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        self.page = page
        self.taps = 0
        self.scrolls = 0

    def tap(self, target: Locator) -> None:
        """Tap, after as many scrolls by a screen as bring the target in sight."""
        expect(target).to_be_visible()
        for _ in range(9):
            if target.evaluate(IN_SIGHT):
                break
            before = self.page.evaluate("scrollY")
            self.page.mouse.wheel(0, PHONE["height"] * 3 / 4)
            self.page.wait_for_function("(before) => scrollY > before", arg=before)
            self.scrolls += 1
        assert target.evaluate(IN_SIGHT)
        target.tap()
        self.taps += 1

    def type(self, *texts: str) -> None:
        """Type into the focused field and the ones that the keyboard's «Далее» leads to; then confirm."""
        for text in texts:
            expect(self.page.locator("input:focus")).to_have_attribute(
                "enterkeyhint", re.compile("next|go|send")
            )
            self.page.keyboard.type(text)
            self.page.keyboard.press("Enter")


def heading(page: Page, title: str) -> Locator:
    """Return the screen's title."""
    return page.get_by_role("heading", name=title, level=1)


def test_a_newcomer_sees_the_first_debt_after_11_taps_at_most(new_page, stack: Stack) -> None:
    page, email = new_page("phone"), stack.new_email()
    account = stack.account(DETAILS_ACCOUNT)
    thumb = Thumb(page)
    page.goto("/")
    thumb.tap(page.get_by_role("link", name="Регистрация"))
    thumb.tap(page.get_by_label("Логин (email)"))
    thumb.type(email, PASSWORD)
    page.keyboard.type("+7 912 345-67-89")
    thumb.tap(page.get_by_label("Согласен на обработку своих персональных данных"))
    thumb.tap(page.get_by_role("button", name="Отправить письмо для активации аккаунта"))
    expect(heading(page, "Проверьте почту")).to_be_visible()
    page.goto(stack.link(email, "/activate"))
    thumb.taps += 1  # the letter's link
    thumb.tap(page.get_by_role("button", name="Активировать аккаунт"))
    expect(heading(page, "Привязка лицевого счета")).to_be_visible()
    thumb.tap(page.get_by_label("Лицевой счет"))
    thumb.type(DETAILS_ACCOUNT, account["house"], account["flat"])
    thumb.tap(page.get_by_label("Вид проверки"))
    thumb.type(account["surname"])
    expect(page.get_by_role("region", name=re.compile("^(К оплате|Оплачено)"))).to_be_in_viewport(ratio=1)
    print(f"first debt: {thumb.taps} taps, {thumb.scrolls} scrolls")  # noqa: T201
    assert thumb.taps <= 11


def test_from_the_sign_in_the_debts_are_one_tap_away(new_page, resident: Person) -> None:
    page = new_page("phone")
    thumb = Thumb(page)
    page.goto("/")
    # The browser's own memory of passwords fills both fields.
    page.get_by_label("Логин (email):").fill(resident.email)
    page.get_by_role("textbox", name="Пароль:").fill(resident.password)
    thumb.tap(page.get_by_role("button", name="Вход", exact=True).first)
    expect(page.locator(".pay-sum")).to_be_in_viewport(ratio=1)
    assert (thumb.taps, thumb.scrolls) == (1, 0)


def test_three_flats_are_paid_by_four_taps_at_most(new_page, new_payer: Callable[..., Person]) -> None:
    person = new_payer(*THREE_FLATS)
    page = new_page("phone")
    enter(page, person)
    thumb = Thumb(page)
    page.goto("/home")
    thumb.tap(page.get_by_role("button", name="Перейти к оплате"))
    pay = page.get_by_role("button", name="ОПЛАТИТЬ")
    expect(pay).to_have_count(1)
    expect(page.get_by_role("main").get_by_role("heading", level=3)).to_have_count(3)
    thumb.tap(pay)
    expect(page).to_have_url(re.compile("/local/bank"))
    page.get_by_role("button", name="Оплатить").click()
    expect(page.get_by_text("Оплачено", exact=True)).to_be_visible(timeout=40_000)
    print(f"three flats: {thumb.taps} taps, {thumb.scrolls} scrolls")  # noqa: T201
    assert thumb.taps <= 4
    assert thumb.scrolls <= 1


def test_two_meters_take_three_taps_besides_the_digits(new_page, stack: Stack) -> None:
    person = stack.person(METERED)
    account_id = stack.account(METERED)["account_id"].replace(":", "%3A")
    form = stack.signed_in(person).call("GET", f"/api/accounts/{account_id}/readings/form").json()
    zones = [zone for meter in form["meters"] if meter["accepts"] for zone in meter["zones"]]
    page = new_page("phone")
    enter(page, person)
    thumb = Thumb(page)
    page.goto("/home")
    bar = page.get_by_role("navigation", name="Главное")
    thumb.tap(bar.get_by_role("link", name="Показания"))
    thumb.tap(page.get_by_label(re.compile("^Новое показание")).first)
    for zone in zones[:2]:
        whole = int(float(zone["last_value"] or 0)) + 1
        thumb.type(str(whole))
    thumb.tap(page.get_by_role("button", name="Передать показания"))
    expect(page.get_by_text("Показания приняты.")).to_be_visible()
    assert thumb.taps <= 3
    assert thumb.scrolls == 0


def test_another_flats_debt_is_one_tap_away(new_page, resident: Person) -> None:
    page = new_page("phone")
    enter(page, resident)
    thumb = Thumb(page)
    page.goto("/home")
    flats = page.get_by_role("region", name="К оплате").get_by_role("link")
    thumb.tap(flats.nth(1))
    expect(heading(page, "Общая информация")).to_be_visible()
    expect(page.get_by_role("region", name=re.compile("^(К оплате|Оплачено|Платить)"))).to_be_in_viewport()
    assert thumb.taps == 1
