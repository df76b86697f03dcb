"""Pushes on a device: asked for after a tap that explains it, encrypted for the browser, shown, ended.

A headless Chromium reaches no push service: it is given a browser of the local one (`/local/push`), which
decrypts what the cabinet sends. What it decrypted is then delivered to Chromium's own service worker by the
DevTools protocol, so that all but the way between the two is real.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from infra.local import chromium
from tests.support.accessibility import violations
from tests.support.browser import PHONE, Api, Person, Stack, enter, fits, wait_until_heard
from tests.support.desk_browser import next_code, staff
from tests.support.polling import eventually

NUMBER = "7600000002"
DELIVERIES = 4
TITLE = "Авария или отключение в вашем доме"
GIVEN = """({endpoint, keys}) => {
  const KEY = "test.subscription";
  const plain = (text) => atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = (text) => Uint8Array.from(plain(text), (octet) => octet.charCodeAt(0));
  const made = (key) => ({
    options: { applicationServerKey: bytes(key).buffer },
    toJSON: () => ({ endpoint, keys }),
    unsubscribe: async () => { sessionStorage.removeItem(KEY); return true; },
  });
  PushManager.prototype.getSubscription = async () => {
    const key = sessionStorage.getItem(KEY);
    return key ? made(key) : null;
  };
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    sessionStorage.setItem(KEY, applicationServerKey);
    return made(applicationServerKey);
  };
  const genuine = Notification.requestPermission.bind(Notification);
  Notification.requestPermission = () => { window.asked = true; return genuine(); };
}"""


def open_with_browser(stack: Stack, new_page: Any, device: str, person: Person) -> tuple[Page, str]:
    """Return a page of a signed-in person with a browser of the local push service, and its name there."""
    return give_browser(stack, new_page(device, service_workers="allow"), person)


def give_browser(stack: Stack, page: Page, person: Person) -> tuple[Page, str]:
    page.context.grant_permissions(["notifications"], origin=stack.url)
    made = stack.api.call("POST", "/local/push/browsers").json()
    page.add_init_script(f"({GIVEN})({json.dumps(made)})")
    enter(page, person)
    return page, made["name"]


@pytest.fixture
def whole_page(browser: Browser, stack: Stack, tmp_path: Path) -> Iterator[Page]:
    """A page of a profile on the disk, with windows' half of Chromium: the shell shows no notification."""
    own = (Path("/usr/bin/chromium"), Path(browser.browser_type.executable_path))
    executable = next((path for path in own if path.exists()), None)
    if executable is None:
        pytest.skip("no whole Chromium on this machine")
    context = browser.browser_type.launch_persistent_context(
        tmp_path / "profile", executable_path=executable, base_url=stack.url, locale="ru-RU",
        args=[*(each for each in chromium.LAUNCH_FLAGS if each != "--headless"), "--headless=new"],
        ignore_default_args=["--headless", "--disable-notifications"], viewport=PHONE,
    )  # fmt: skip
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def turn_on(page: Page) -> None:
    page.goto("/settings/notifications")
    page.get_by_role("button", name="Включить уведомления").click()
    expect(page.get_by_text("Сейчас браузер спросит")).to_be_visible()
    assert page.evaluate("window.asked") is None, "the browser asks after the explanation"
    page.get_by_role("button", name="Понятно, включить").click()
    expect(page.get_by_text("Включены. Нажмите на уведомление")).to_be_visible()
    assert page.evaluate("window.asked") is True


def is_signed_in(api: Api, member: dict[str, Any]) -> bool:
    """Try the next code; one that another test has used is refused."""
    body = {"email": member["email"], "password": member["password"], "code": next_code(member)}
    try:
        api.call("POST", "/api/staff/sessions", body)
    except AssertionError:
        return False
    return True


def publish_emergency(stack: Stack, person: Person) -> Callable[[], object]:
    """Let an operator tell one account of an accident; return what ends it."""
    (binding,) = stack.signed_in(person).call("GET", "/api/bindings").json()["items"]
    operator, api = staff(stack, "operator"), Api(stack.url)
    eventually(lambda: is_signed_in(api, operator), "a code that nobody has used")
    supplier_id = binding["account_id"].partition(":")[0]
    made = api.call(
        "POST", "/api/staff/notices",
        {
            "supplier_id": supplier_id, "kind": "emergency", "title": "Нет воды", "text": "Идёт ремонт.",
            "where": {"kind": "accounts", "accounts": [binding["number"]]},
        },
        **{"Idempotency-Key": person.email},
    ).json()  # fmt: skip
    return lambda: api.call("POST", f"/api/staff/notices/{made['notice_id']}/end")


def pushes_of(stack: Stack, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stack.api.call("GET", f"/local/push?browser={name}").json()["items"]
    return found


class Worker:
    """The page's service worker, reached as the browser reaches it when a push comes."""

    def __init__(self, page: Page, origin: str) -> None:
        # A page that was being opened while the worker took over stays without it until it is opened again.
        is_activated = "navigator.serviceWorker.ready.then((it) => it.active.state === 'activated')"
        eventually(lambda: page.evaluate(is_activated), "the service worker")
        self.page, self.origin = page, origin
        self.tools = page.context.new_cdp_session(page)
        self.registrations: list[dict[str, Any]] = []
        self.states: list[dict[str, Any]] = []
        self.tools.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: self.registrations.extend(event["registrations"]),
        )
        for event in ("workerVersionUpdated", "workerErrorReported"):
            self.tools.on(f"ServiceWorker.{event}", self._note)
        self.tools.send("ServiceWorker.enable")
        wait_until_heard(page, self.registrations, "the service worker's registration")

    def _note(self, state: dict[str, Any]) -> None:
        self.states.append(state)

    def notifications(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(
            "navigator.serviceWorker.ready.then((it) => it.getNotifications())"
            ".then((all) => all.map(({title, data}) => ({title, data})))"
        )
        return found

    def notify(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """Hand over a push; return what is shown then.

        The browser says neither that it handed a message over nor that it lost one, as it may while its
        worker starts. Notifications of one title replace each other: one that comes twice is shown once.
        """
        registration = self.registrations[-1]["registrationId"]
        for _ in range(DELIVERIES):
            self.tools.send(
                "ServiceWorker.deliverPushMessage",
                {"origin": self.origin, "registrationId": registration, "data": json.dumps(message)},
            )
            with suppress(AssertionError):
                return eventually(self.notifications, "the notification", 20)
        raise AssertionError(
            f"no notification after {DELIVERIES} pushes to {self.registrations}: {self.states}"
        )


def test_a_browser_subscribes_and_shows_an_emergency(stack: Stack, whole_page: Page) -> None:
    person = stack.person(NUMBER)
    page, name = give_browser(stack, whole_page, person)
    turn_on(page)
    assert violations(page) == []
    assert fits(page)
    end = publish_emergency(stack, person)
    (push,) = eventually(lambda: pushes_of(stack, name), "the push")
    end()
    assert push["message"] == {"kind": "emergencies", "title": TITLE, "path": "/notices"}
    assert push["urgency"] == "high"
    shown = Worker(page, stack.url).notify(push["message"])
    assert shown == [{"title": TITLE, "data": {"path": "/notices"}}]
    eventually(lambda: len(pushes_of(stack, name)) == 2, "the push that it is over")
    assert pushes_of(stack, name)[0]["message"]["title"] == "Устранено: авария или отключение"


def test_what_comes_by_which_channel_is_chosen_on_one_screen(page: Page, stack: Stack) -> None:
    enter(page, stack.person(NUMBER))
    page.goto("/settings")
    page.get_by_role("link", name="уведомления", exact=True).click()
    receipts = page.get_by_role("checkbox", name="Новые квитанции: Почта")
    requests = page.get_by_role("checkbox", name="Ответы на заявки: На устройства")
    before = receipts.is_checked()
    receipts.click()
    requests.uncheck()
    expect(page.get_by_role("checkbox", name="Аварии и отключения в доме: Почта")).to_be_disabled()
    page.get_by_role("button", name="Сохранить", exact=True).click()
    expect(page.get_by_text("Изменения сохранены.")).to_be_visible()
    assert violations(page) == []
    assert fits(page)
    page.reload()
    expect(receipts).to_be_checked(checked=not before)
    expect(requests).not_to_be_checked()


def test_a_browser_is_shown_among_the_devices_and_silenced(stack: Stack, new_page: Any, device: str) -> None:
    page, _ = open_with_browser(stack, new_page, device, stack.person(NUMBER))
    turn_on(page)
    page.goto("/settings")
    devices = page.get_by_role("region", name="Устройства, на которых выполнен вход")
    expect(devices.get_by_role("heading", name="Уведомления приходят сюда")).to_be_visible()
    assert violations(page) == []
    assert fits(page)
    devices.get_by_role("button", name=re.compile("^Отключить уведомления")).click()
    expect(devices.get_by_role("heading", name="Уведомления приходят сюда")).to_have_count(0)
    page.goto("/settings/notifications")
    expect(page.get_by_role("button", name="Включить уведомления")).to_be_visible()
