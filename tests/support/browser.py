"""The base of the browser tests: Chromium, people, and a watch on the console."""

import itertools
import os
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from infra.local import chromium
from tests.support.polling import eventually

RUNNING_ELSEWHERE = "CABINET_E2E_URL"
"""The variable that names a stack that already runs."""
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}

# The sample's accounts that carry the manual's own figures.
MAIN = "1234567899"
DEBTOR = "1234567820"
DETAILS_ACCOUNT = "1234567821"
WATER_SUPPLY_ACCOUNT = "1234567802"
# One whose meters are in order: the manual's own have outlived their verification.
METERED = "7400000009"
PASSWORD = "верблюд на семи холмах 27"
CAPTCHA = "12345"
SUBSCRIBER = [
    "/home", "/summary", "/services", "/charges", "/explanation", "/payments", "/readings", "/meters",
    "/documents", "/requests", "/notices", "/cart", "/orders", "/accounts", "/accounts/bind", "/settings",
    "/settings/cards", "/settings/notifications", "/settings/calendar", "/settings/data",
    "/settings/programs",
]  # fmt: skip
"""The subscriber's screens."""
VISITOR = [
    "/", "/register", "/recover", "/activate?token=x", "/reset-password?token=x", "/confirm-email?token=x",
    "/unsubscribe?token=x", "/autopay-off?token=x", "/autopay-skip?token=x", "/esia-consent", "/pay",
    "/guest-readings", "/help", "/nowhere", "/home",
]  # fmt: skip
"""The screens for everybody; the last asks to sign in."""
ALERTED = "7600000001"
"""The sample's account in whose house something is wrong: every screen says so."""

# A busy machine is slow, not wrong.
expect.set_options(timeout=30_000)

_client = httpx.Client(timeout=60)
"""One for everybody: to make one costs more than most calls."""

_serial = itertools.count(1)
_run = secrets.token_hex(3)


def _address() -> str:
    """Return an address of the net that is set aside for documentation: each person calls from their own."""
    return f"198.18.{secrets.randbelow(250) + 1}.{secrets.randbelow(250) + 1}"


@dataclass
class Person:
    """Somebody with a cabinet."""

    email: str
    password: str = PASSWORD
    accounts: list[str] = field(default_factory=list)
    cookie: dict[str, Any] | None = None
    """The session's, from setting the scene; `enter` goes on with it."""


@dataclass
class Api:
    """The API as a test sets the scene by it. The session's cookie is Secure, so it is carried by hand."""

    url: str
    cookie: str = ""
    address: str = field(default_factory=_address)

    def call(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """Call; an answer other than 2xx is an error of the scene."""
        everything = {"X-Requested-With": "cabinet", "X-Forwarded-For": self.address, **headers}
        if self.cookie:
            everything["Cookie"] = self.cookie
        answer = _client.request(method, f"{self.url}{path}", json=body, headers=everything)
        _client.cookies.clear()
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        if cookie := answer.headers.get("set-cookie"):
            self.cookie = cookie.split(";")[0]
        return answer

    def browsers_cookie(self) -> dict[str, Any]:
        """Return the session's cookie as a browser keeps it."""
        name, _, value = self.cookie.partition("=")
        host = urlsplit(self.url).hostname or ""
        return {
            "name": name,
            "value": value,
            "domain": host,
            "path": "/",
            "httpOnly": True,
            "secure": True,
            "sameSite": "Strict",
        }

    def captcha(self) -> dict[str, str]:
        """Return a solved captcha."""
        challenge = self.call("POST", "/api/auth/captchas").json()["challenge"]
        return {"challenge": challenge, "answer": CAPTCHA}


class Stack:
    """The running system and the people that tests make in it."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.api = Api(self.url)

    @cached_property
    def demo(self) -> dict[str, Any]:
        """What the stack tells a tester: the demo user and the accounts that can be bound."""
        told: dict[str, Any] = self.api.call("GET", "/local/demo").json()
        return told

    @cached_property
    def consent(self) -> str:
        """The version of the consent that everybody gives."""
        version: str = self.api.call("GET", "/api/auth/consent").json()["version"]
        return version

    def account(self, number: str) -> dict[str, str]:
        """Return what a tester needs to bind a sample account."""
        found: dict[str, str] = next(one for one in self.demo["accounts"] if one["number"] == number)
        return found

    def new_email(self) -> str:
        """Return an address that nobody has."""
        return f"resident{next(_serial)}.{_run}@example.com"

    def email(self, email: str, about: str = "", seconds: float = 60) -> dict[str, Any]:
        """Wait for the newest letter to an address whose text has ``about`` in it."""

        def newest() -> dict[str, Any] | None:
            items: list[dict[str, Any]] = self.api.call("GET", f"/local/mail?to={email}").json()["items"]
            return next((item for item in items if about in item["text"] + item["subject"]), None)

        return eventually(newest, f"a letter to {email} about {about!r}", seconds)

    def link(self, email: str, path: str) -> str:
        """Return the link to ``path`` out of the newest letter, as a path of the site."""
        text = self.email(email, f"{path}?token=")["text"]
        found = re.search(rf"{re.escape(path)}\?token=[\w.~%-]+", text)
        assert found, text
        return found[0]

    def person(self, *numbers: str) -> Person:
        """Register somebody and bind these accounts, the first as the primary one."""
        person, api = Person(self.new_email()), Api(self.url)
        phone = f"+7912{secrets.randbelow(10**7):07d}"
        api.call(
            "POST",
            "/api/auth/registrations",
            {
                "email": person.email,
                "password": person.password,
                "phone": phone,
                "captcha": api.captcha(),
                "consent": {"version": self.consent},
            },
        )
        token = self.link(person.email, "/activate").partition("token=")[2]
        api.call("POST", "/api/auth/activations", {"token": token})
        api = self.signed_in(person)
        person.cookie = api.browsers_cookie()
        for at, number in enumerate(numbers):
            self.bind(api, number, primary=at == 0)
            person.accounts.append(number)
        return person

    def signed_in(self, person: Person) -> Api:
        """Return the API with a session of this person."""
        api = Api(self.url)
        api.call("POST", "/api/auth/sessions", {"email": person.email, "password": person.password})
        return api

    def api_of(self, person: Person) -> Api:
        """Return the API with the session from setting the scene: a password costs more than most calls."""
        assert person.cookie is not None
        return Api(self.url, f"{person.cookie['name']}={person.cookie['value']}")

    def await_saved_card(self, person: Person) -> None:
        """Wait until the card that a payment was made with is kept: a step of its own, after the payment."""
        api = self.api_of(person)
        eventually(lambda: api.call("GET", "/api/saved-cards").json()["items"], "the saved card")

    def bind(self, api: Api, number: str, *, primary: bool) -> None:
        """Bind a sample account."""
        account = self.account(number)
        where = {"account_number": number, "house": account["house"], "flat": account["flat"]}
        found = api.call("POST", "/api/bindings/search", where).json()["candidates"][0]
        claim = {"candidate": found["candidate"], "surname": account["surname"], "primary": primary}
        if "consent" in found:
            claim["consent"] = {"version": found["consent"]["version"]}
        api.call("POST", "/api/bindings", claim)


class Traffic:
    """A page's requests: those that have begun, and those that are under way."""

    def __init__(self, page: Page) -> None:
        self.begun = 0
        self.under_way: set[Request] = set()
        page.on("request", self._begins)
        page.on("requestfinished", self._ends)
        page.on("requestfailed", self._ends)

    def _begins(self, request: Request) -> None:
        self.begun += 1
        self.under_way.add(request)

    def _ends(self, request: Request) -> None:
        self.under_way.discard(request)


class Watch:
    """Listens to a page: an error in the console, an uncaught exception or a CSP report fails the test."""

    def __init__(self, page: Page) -> None:
        self.traffic = Traffic(page)
        self.trouble: list[str] = []
        self._announced: set[str] = set()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.trouble.append(f"uncaught: {error}"))

    def expect_status(self, *statuses: int) -> None:
        """Announce refusals that the test provokes: Chromium reports each in the console by itself."""
        self._announced |= {f"status of {status}" for status in statuses}

    def expect_no_network(self) -> None:
        """Announce that the test cuts the network."""
        self._announced.add("net::ERR_")

    def _heard(self, message: ConsoleMessage) -> None:
        if message.location["url"].endswith("/favicon.ico"):
            return  # asked for on the simulators' pages, which name no icon
        ours = message.type == "error" or "Content Security Policy" in message.text
        if ours and not any(known in message.text for known in self._announced):
            self.trouble.append(f"{message.type}: {message.text} ({message.location['url']})")


_watches: dict[Page, Watch] = {}


def watch_of(page: Page) -> Watch:
    """Return the watch on a page."""
    return _watches[page]


def has_chromium() -> bool:
    """Return whether this machine has a browser."""
    with sync_playwright() as playwright:
        return chromium.executable(playwright) is not None


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; without one the browser tests are left out."""
    with sync_playwright() as playwright:
        executable = chromium.executable(playwright)
        if executable is None:
            pytest.skip("no Chromium on this machine: the browser tests are left out")
        launched = playwright.chromium.launch(executable_path=executable, args=chromium.LAUNCH_FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Stack:
    """The local stack: one that already runs, or our own."""
    running = os.environ.get(RUNNING_ELSEWHERE)
    if running:
        return Stack(running)
    return Stack(request.getfixturevalue("local_stack"))


@pytest.fixture
def device() -> str:
    """What a test's page is on: tests/e2e/conftest.py gives each test its devices."""
    raise NotImplementedError


@pytest.fixture
def new_page(browser: Browser, stack: Stack, new_payer: object) -> Iterator[Any]:
    """A maker of pages, each in a clean browser profile; at the end all of them must have been quiet.

    After `new_payer`, so that no page is left to try a payment again when orders are cancelled.
    """
    contexts, watches = [], []

    def make(device: str = "desktop", **options: Any) -> Page:
        context = browser.new_context(
            base_url=stack.url,
            viewport=PHONE if device == "phone" else DESKTOP,
            has_touch=device == "phone",
            locale="ru-RU",
            timezone_id="Asia/Yekaterinburg",
            extra_http_headers={"X-Forwarded-For": _address()},
            service_workers=options.pop("service_workers", "block"),
            **options,
        )
        context.set_default_timeout(20_000)
        page = context.new_page()
        _watches[page] = Watch(page)
        contexts.append(context)
        watches.append(_watches[page])
        return page

    yield make
    for context in contexts:
        context.close()
    trouble = [one for watch in watches for one in watch.trouble]
    assert not trouble, trouble


@pytest.fixture
def page(new_page: Any, device: str) -> Page:
    """A page on the test's device."""
    made: Page = new_page(device)
    return made


@pytest.fixture(scope="session")
def resident(stack: Stack) -> Person:
    """Somebody whom no test changes, with the manual's accounts."""
    return stack.person(MAIN, DEBTOR, DETAILS_ACCOUNT, WATER_SUPPLY_ACCOUNT)


@pytest.fixture
def new_payer(stack: Stack) -> Iterator[Callable[..., Person]]:
    """A maker of people with accounts, who leave no order behind that keeps others from paying them."""
    people: list[Person] = []

    def make(*numbers: str) -> Person:
        people.append(stack.person(*numbers))
        return people[-1]

    yield make
    for person in people:
        # An order that is being registered as its test ends can be cancelled a moment later.
        eventually(partial(_has_cancelled_all, stack.api_of(person)), "the end of a test's orders")


def _has_cancelled_all(api: Any) -> bool:
    orders = api.call("GET", "/api/orders").json()["items"]
    for order in orders:
        if order["can_cancel"]:
            api.call("POST", f"/api/orders/{order['order_id']}/cancel")
    return all(order["status"] not in ("created", "registered") for order in orders)


@pytest.fixture
def home(page: Page, resident: Person) -> Page:
    """The resident's page."""
    enter(page, resident)
    return page


def enter(page: Page, person: Person) -> None:
    """Open the cabinet where the person signed in before: no form to fill in, no password to reckon."""
    assert person.cookie is not None
    page.context.add_cookies([person.cookie])  # type: ignore[list-item]
    # The site asks who it is only where somebody signed in before; once a tab, so that signing out holds.
    page.add_init_script(
        "if (!sessionStorage.entered) { sessionStorage.entered = 1; localStorage['cabinet.visited'] = 1 }"
    )
    page.goto("/summary")
    expect(page.get_by_role("heading", name="Общая информация", level=1)).to_be_visible()


def sign_in(page: Page, person: Person) -> None:
    """Sign in on the start page, as the manual says."""
    page.goto("/")
    form = page.get_by_role("form", name="Вход в личный кабинет")
    form.get_by_label("Логин (email):").fill(person.email)
    form.get_by_role("textbox", name="Пароль:").fill(person.password)
    form.get_by_role("button", name="Вход", exact=True).click()
    expect(page.get_by_role("heading", name="Главная", level=1)).to_be_visible()


def open_section(page: Page, title: str) -> None:
    """Open a section by its name: from the column, or from the sheet of «Ещё» on a phone."""
    more = page.get_by_role("button", name=re.compile("^Ещё"))
    if more.is_visible():
        more.click()
    page.get_by_role("navigation", name="Разделы").get_by_role("link", name=re.compile(f"^{title}")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def unfold_lines(page: Page) -> None:
    """Unfold all rows that a phone shows as one line; on a desktop all columns are visible."""
    expect(page.get_by_role("main").get_by_role("table").first).to_be_visible()
    folded = page.get_by_role("main").locator(".line[aria-expanded=false]")
    while folded.count():
        folded.first.click()


def client_menu(page: Page, item: str) -> None:
    """Choose an item of the client menu at the upper right."""
    page.get_by_role("button", name=re.compile("^Клиентское меню")).click()
    page.get_by_text(item, exact=True).click()


def choose_account(page: Page, number: str) -> None:
    """Choose an account from the list, which opens its general information."""
    client_menu(page, "Выбор лицевого счета")
    page.get_by_role("button", name=number).first.click()
    expect(page).to_have_url(re.compile(r"/summary$"))


def plain(text: str | None) -> str:
    """Return the text with ordinary spaces and minuses, as the manual prints it."""
    spaced = re.sub(r"[\u00a0\u202f\s]+", " ", text or "")
    return spaced.replace("\u2212", "-").strip()


def fits(page: Page) -> bool:
    """Return whether nothing makes the page scroll sideways, on a phone or on a desktop."""
    size = page.viewport_size
    assert size
    found = []
    for width in (PHONE["width"], DESKTOP["width"], size["width"]):
        page.set_viewport_size({"width": width, "height": size["height"]})
        page.evaluate(_CALM)  # the page draws itself anew for another size
        found.append(fits_its_viewport(page))
    return all(found)


def fits_its_viewport(page: Page) -> bool:
    """Return whether nothing makes the page scroll sideways at its own size."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide <= 0


_CALM = """() => new Promise((calm) => {
    requestAnimationFrame(() => requestIdleCallback(() => setTimeout(calm)));
    setTimeout(calm, 5000);
})"""
"""A frame was drawn, what it set off has run, and the page has nothing to do; or no frame is being drawn."""
_CALM_TIMES, _TRIES = 3, 500


def wait_until_loaded(page: Page) -> None:
    """Wait until the screen shows its data and has nothing more to ask for, as far as it knows itself."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".waiting")).to_have_count(0)
    traffic, calm = watch_of(page).traffic, 0
    for _ in range(_TRIES):
        begun = traffic.begun
        page.evaluate(_CALM)
        calm = calm + 1 if not traffic.under_way and traffic.begun == begun else 0
        if calm == _CALM_TIMES:
            expect(page.locator(".waiting")).to_have_count(0)
            return
    wait_until_idle(page)


def wait_until_heard(page: Page, kept: list[Any], what: str) -> None:
    """Wait for what a handler of the page's events keeps. Playwright calls it only within other calls."""
    eventually(lambda: page.evaluate("true") and kept, what)


def wait_until_idle(page: Page) -> None:
    """Wait until the screen has asked for nothing for half a second, so that no more will come."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.locator(".waiting")).to_have_count(0)
