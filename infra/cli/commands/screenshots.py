"""`cabinet screenshots`: a picture of each screen of the running local stack, on a phone and on a desktop."""

from __future__ import annotations

import argparse
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.build.template import ROOT
from infra.cli.errors import CommandError
from infra.cli.subparsers import Subparsers
from infra.local import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


WIDTHS = {"phone": 360, "desktop": 1280}
VISITOR = {
    "start": "/",
    "register": "/register",
    "recover": "/recover",
    "activate": "/activate?token=sample",
    "reset-password": "/reset-password?token=sample",
    "help": "/help",
}
SUBSCRIBER = {
    "home": "/home",
    "summary": "/summary",
    "services": "/services",
    "charges": "/charges",
    "payments": "/payments",
    "readings": "/readings",
    "meters": "/meters",
    "documents": "/documents",
    "requests": "/requests",
    "notices": "/notices",
    "cart": "/cart",
    "orders": "/orders",
    "accounts": "/accounts",
    "bind": "/accounts/bind",
    "settings": "/settings",
}


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("screenshots", help="take a picture of each screen of the local stack")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the local stack serves")
    parser.add_argument("--to", type=Path, default=ROOT / ".local" / "screenshots", metavar="DIR")
    parser.add_argument("--only", nargs="*", metavar="SCREEN", help="only these screens")
    parser.add_argument("--dark", action="store_true", help="in the dark theme")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Sign in as the demo user and take the pictures.

    Raises
    ------
    CommandError
        When there is no Chromium, or no local stack.
    """
    from playwright.sync_api import sync_playwright

    demo = _demo(arguments.url)
    arguments.to.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        executable = chromium.executable(playwright)
        if executable is None:
            raise CommandError("no Chromium on this machine: install the package chromium-headless-shell")
        browser = playwright.chromium.launch(executable_path=executable, args=chromium.LAUNCH_FLAGS)
        for name, width in WIDTHS.items():
            _take(browser, arguments, demo, name, width)
        browser.close()
    return 0


def _demo(url: str) -> dict[str, Any]:
    """Return the demo user that the local stack tells of.

    Raises
    ------
    CommandError
        When nothing answers at the address.
    """
    try:
        with urllib.request.urlopen(f"{url}/local/demo", timeout=10) as answer:  # noqa: S310
            demo: dict[str, Any] = json.load(answer)
            return demo
    except (urllib.error.URLError, TimeoutError) as error:
        raise CommandError(f"no local stack at {url}: start it with ./cabinet local ({error})") from error


def _take(
    browser: Browser, arguments: argparse.Namespace, demo: dict[str, Any], name: str, width: int
) -> None:
    context = browser.new_context(
        base_url=arguments.url,
        viewport={"width": width, "height": 800 if width > 600 else 740},
        device_scale_factor=1,
        locale="ru-RU",
        timezone_id="Asia/Yekaterinburg",
        color_scheme="dark" if arguments.dark else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    wanted = set(arguments.only or [*VISITOR, *SUBSCRIBER])
    _visit(page, {key: path for key, path in VISITOR.items() if key in wanted}, arguments.to, name)
    page.goto("/")
    page.get_by_label("Логин (email):").fill(demo["email"])
    page.get_by_role("textbox", name="Пароль:").first.fill(demo["password"])
    page.get_by_role("button", name="Вход", exact=True).first.click()
    page.get_by_role("heading", name="Главная", level=1).wait_for()
    _visit(page, {key: path for key, path in SUBSCRIBER.items() if key in wanted}, arguments.to, name)
    context.close()


def _visit(page: Page, screens: dict[str, str], folder: Path, name: str) -> None:
    for key, path in screens.items():
        page.goto(path)
        page.wait_for_load_state("networkidle")
        file = folder / f"{key}-{name}.png"
        page.screenshot(path=file, full_page=True)
        print(file)
