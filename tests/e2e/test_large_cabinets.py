"""Many flats, many meters and long numbers: the screens stay readable and nothing scrolls sideways."""

import json
from typing import Any

from playwright.sync_api import Page, Route

from tests.support.browser import METERED, PHONE, Stack, enter, fits, wait_until_loaded

FLATS = 12
METERS = 40
LONG_NUMBER = "7400000009" * 3
HIGHEST = {"/accounts": 3200, "/home": 3200, "/meters": 8000}
"""px at 360; once they were 7 610 and 30 961."""


TOO_WIDE = """[...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth)
    .map((one) => one.outerHTML.slice(0, 120))"""


def replace_answers(page: Page, path: str, change: Any) -> None:
    """Let the page's calls of `path` be answered with what `change` makes of the true answer."""

    def answer(route: Route) -> None:
        true = route.fetch()
        route.fulfill(response=true, body=json.dumps(change(true.json())))

    page.route(path, answer)


def many_flats(home: dict[str, Any]) -> dict[str, Any]:
    """Return the first screen of somebody with twelve flats."""
    (binding, *_), (flat, *_) = home["bindings"], home["flats"]
    names = [binding["account_id"], *(f"center:{LONG_NUMBER}{at}" for at in range(1, FLATS))]
    return home | {
        "bindings": [
            binding | {"account_id": name, "number": name.partition(":")[2], "primary": at == 0}
            for at, name in enumerate(names)
        ],
        "flats": [flat | {"account_id": name, "to_pay": 12_345_678_90} for name in names],
    }


def many_meters(answer: dict[str, Any]) -> dict[str, Any]:
    """Return forty meters with long numbers."""
    (meter, *_) = answer["items"]
    items = [meter | {"meter_id": f"m{at}", "number": f"{LONG_NUMBER}-{at}"} for at in range(METERS)]
    return answer | {"items": items}


def test_twelve_flats_and_forty_meters_stay_readable_on_a_phone(new_page, stack: Stack) -> None:
    page = new_page("phone")
    enter(page, stack.person(METERED))
    replace_answers(page, "**/api/home*", many_flats)
    replace_answers(page, "**/api/**/meters", many_meters)
    for path, highest in HIGHEST.items():
        page.goto(path)
        wait_until_loaded(page)
        height = page.evaluate("document.documentElement.scrollHeight")
        print(f"{path}: {height} px")  # noqa: T201
        assert fits(page), (path, page.evaluate(TOO_WIDE))
        assert height <= highest, path


def test_forty_meters_are_handed_in_without_a_sideways_scroll(new_page, stack: Stack) -> None:
    page = new_page("phone")
    enter(page, stack.person(METERED))

    def form(answer: dict[str, Any]) -> dict[str, Any]:
        meters = [
            answer["meters"][0] | {"meter_id": f"m{at}", "number": f"{LONG_NUMBER}-{at}"}
            for at in range(METERS)
        ]
        return answer | {"meters": meters}

    replace_answers(page, "**/readings/form", form)
    page.goto("/readings")
    wait_until_loaded(page)
    height = page.evaluate("document.documentElement.scrollHeight")
    print(f"/readings: {height} px")  # noqa: T201
    assert fits(page), page.evaluate(TOO_WIDE)
    submit = page.get_by_role("button", name="Передать показания")
    box = submit.bounding_box()
    assert box
    assert box["y"] + box["height"] <= PHONE["height"]
