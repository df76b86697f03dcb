"""Screens that jump while they load: what moved, and by how much (Cumulative Layout Shift)."""

from playwright.sync_api import Page

from tests.support.browser import wait_until_loaded

MAX_SHIFT = 0.02
LATENCY_MS = 150

SHIFTS = """window.shifted = 0; window.shifts = [];
new PerformanceObserver((list) => {
    for (const one of list.getEntries()) {
        if (one.hadRecentInput) continue;
        window.shifted += one.value;
        window.shifts.push(...one.sources.map((source) => source.node?.outerHTML?.slice(0, 90)));
    }
}).observe({ type: "layout-shift", buffered: true })"""


def slowed(page: Page) -> Page:
    """Let answers come one after another, each after a paint: the places of all of them must be kept."""
    page.add_init_script(SHIFTS)
    slow = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": -1, "uploadThroughput": -1}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    return page


def shifts(page: Page) -> list[str]:
    """Return what moved since the screen was opened, if it moved so far that a reader loses the line."""
    total, moved = page.evaluate("[window.shifted, window.shifts]")
    return [f"{total:.3f}: {moved}"] if total >= MAX_SHIFT else []


def jumping(page: Page, paths: list[str]) -> dict[str, list[str]]:
    """Return the screens that jump, each with what moved."""
    found = {}
    for path in paths:
        page.goto(path)
        wait_until_loaded(page)
        if moved := shifts(page):
            found[path] = moved
    return found
