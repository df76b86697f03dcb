"""Every screen of the residents' site: nothing jumps, axe finds nothing, all fits, in each theme and size.

A load costs far more than a look. So a screen is loaded once a device, over a slow network, and then the
theme, the text's size and the room change under it, as they do on a reader's own device.
"""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import broken_words, faint_colors, small_targets, violations
from tests.support.browser import (
    ALERTED,
    DESKTOP,
    PHONE,
    SUBSCRIBER,
    VISITOR,
    Person,
    Stack,
    enter,
    fits,
    fits_its_viewport,
    wait_until_loaded,
    watch_of,
)
from tests.support.layout_shifts import jumping, shifts, slowed

pytestmark = pytest.mark.both_devices

MADE_UP = (401, 404, 422)
"""What is answered to tokens that nobody was given."""
ZOOMED = {"width": 640, "height": 400}
"""What is left of a screen of 1280 by 800 at 200 % zoom."""


def in_both_themes(page: Page) -> list[str]:
    """Return what is wrong at the page's own size. A theme changes colours alone."""
    found = [f"light: {issue}" for issue in violations(page)]
    if not fits(page):
        found.append("scrolls sideways")
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {issue}" for issue in faint_colors(page)]
    page.emulate_media(color_scheme="light")
    return found


def by_a_finger_and_in_large_text(page: Page) -> list[str]:
    """Return what a finger cannot press, and what is wrong when the reader's text is twice as large."""
    found = [f"too small for a finger: {html}" for html in small_targets(page)]
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    if not fits_its_viewport(page):
        found.append("large text: scrolls sideways")
    found += [f"large text: broken {word}" for word in broken_words(page)]
    return found + [f"large text: {issue}" for issue in violations(page)]


def zoomed_in_forced_colors(page: Page) -> list[str]:
    """Return what is wrong at 200 % zoom in the reader's own colours, light and dark."""
    page.set_viewport_size(ZOOMED)
    page.emulate_media(forced_colors="active")
    found = [f"forced colours: {issue}" for issue in violations(page)]
    if not fits_its_viewport(page):
        found.append("zoomed: scrolls sideways")
    found += [f"zoomed: broken {word}" for word in broken_words(page)]
    page.emulate_media(color_scheme="dark", forced_colors="active")
    return found + [f"forced dark colours: {issue}" for issue in faint_colors(page)]


def faults(page: Page, paths: list[str], device: str) -> dict[str, list[str]]:
    """Open each screen once; return those with a fault, each with all that is wrong."""
    slowed(page)
    found = {}
    for path in paths:
        page.set_viewport_size(PHONE if device == "phone" else DESKTOP)
        page.emulate_media(color_scheme="light", forced_colors="none", reduced_motion="reduce")
        page.goto(path)
        wait_until_loaded(page)
        wrong = [f"jumps: {shift}" for shift in shifts(page)] + in_both_themes(page)
        wrong += by_a_finger_and_in_large_text(page) if device == "phone" else zoomed_in_forced_colors(page)
        if wrong:
            found[path] = wrong
    return found


def test_subscribers_screens_have_no_fault(new_page: Any, resident: Person, device: str) -> None:
    page = new_page(device)
    enter(page, resident)
    assert faults(page, [*SUBSCRIBER, "/help"], device) == {}


def test_visitors_screens_have_no_fault(new_page: Any, device: str) -> None:
    page = new_page(device)
    watch_of(page).expect_status(*MADE_UP)
    assert faults(page, VISITOR, device) == {}


def test_nothing_jumps_when_an_emergency_is_told(new_page: Any, stack: Stack, device: str) -> None:
    page = new_page(device)
    enter(page, stack.person(ALERTED))
    expect(page.get_by_role("region", name="Аварии")).to_be_visible()
    assert jumping(slowed(page), SUBSCRIBER) == {}
