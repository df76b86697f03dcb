"""Whatever text is stored, it is shown as text: markup, right-to-left marks, ten thousand characters."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser import Person, enter, fits, wait_until_loaded

MARKUP = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
HOSTILE = f"{MARKUP}\u202eлевый\u2066\u0000 {'Ж' * 10_000}"
# What people and billing systems write. The rest (ids, dates, codes) has a form that the server checks.
WRITTEN = {
    "address", "supplier_name", "title", "service", "text", "place", "number", "operation", "tariff", "norm",
    "volume", "calculation_period", "grounds", "removal_reason", "refusal", "note", "payee", "what", "source",
    "user_agent", "unit", "kind_title", "email", "phone", "pending_email",
}  # fmt: skip
SCREENS = [
    "/home", "/summary", "/services", "/charges", "/payments", "/readings", "/meters", "/documents",
    "/requests", "/notices", "/cart", "/orders", "/accounts", "/settings",
]  # fmt: skip


# Volumes of receipts are as billing wrote them; those of meters are the server's own sums.
COUNTED = {"/consumption": {"volume"}}


def poisoned(value: Any, written: set[str], key: str = "") -> Any:
    """Return an answer with hostile text in every field that people write."""
    if isinstance(value, dict):
        return {name: poisoned(inner, written, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [poisoned(inner, written, key) for inner in value]
    return HOSTILE if isinstance(value, str) and key in written else value


def poison(route: Route) -> None:
    """Answer with the server's own answer, poisoned."""
    answer = route.fetch()
    if "json" in answer.headers.get("content-type", "") and answer.ok:
        path = urlsplit(route.request.url).path
        counted = next((fields for end, fields in COUNTED.items() if path.endswith(end)), set[str]())
        route.fulfill(response=answer, body=json.dumps(poisoned(answer.json(), WRITTEN - counted)))
    else:
        route.fulfill(response=answer)


@pytest.fixture
def poisoned_page(page: Page, resident: Person) -> Page:
    """A signed-in page whose every answer is hostile."""
    enter(page, resident)
    page.route("**/api/**", poison)
    return page


def test_hostile_text_in_every_field_is_only_text(poisoned_page: Page) -> None:
    for path in SCREENS:
        poisoned_page.goto(path)
        wait_until_loaded(poisoned_page)
        assert poisoned_page.evaluate("window.hacked") is None, path
        assert poisoned_page.locator("img[onerror], main script").count() == 0, path
        assert fits(poisoned_page), path
    poisoned_page.goto("/documents")
    expect(poisoned_page.get_by_text("window.hacked=1").first).to_be_attached()
    poisoned_page.unroute_all(behavior="ignoreErrors")
