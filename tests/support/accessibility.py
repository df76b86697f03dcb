"""What axe finds on a screen."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_BROKEN_WORDS = """() => {
    const room = (one) => {
        const box = one.closest(".card, .tile, .button, ol, main, footer, header, nav") ?? document.body;
        const style = getComputedStyle(box);
        return box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    };
    const found = new Set();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const { currentNode: text } = texts;
        const one = text.parentElement;
        if (!one?.checkVisibility() || one.closest(".sr-only, thead, svg, option")) continue;
        for (const word of text.data.matchAll(/[\\p{L}\\u00ad]{2,}/gu)) {
            if (word[0].includes("\\u00ad")) continue;
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            const parts = [...range.getClientRects()].filter((part) => part.width > 0);
            const width = parts.reduce((sum, part) => sum + part.width, 0);
            if (new Set(parts.map((part) => Math.round(part.top))).size > 1 && width <= room(one))
                found.add(`${word[0]} in ${one.tagName}.${one.className}`);
        }
    }
    return [...found];
}"""


def broken_words(page: Page) -> list[str]:
    """Return the words that are broken over two lines though one would hold them, each with its element."""
    found: list[str] = page.evaluate(_BROKEN_WORDS)
    return found


def small_targets(page: Page) -> list[str]:
    """Return what is pressed and is smaller than a fingertip: 44 by 44 pixels."""
    found: list[str] = page.evaluate(_SMALL_TARGETS)
    return found


_SMALL_TARGETS = """() => [
        ...document.querySelectorAll("button, a.button, nav a, .actions a, summary, input[type=text]"),
    ]
    .filter((one) => one.offsetParent)
    .map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect()])
    .filter(([, box]) => box.height < 44 || box.width < 44)
    .map(([html]) => html)"""

_AXE = Axe()
# All the rest of what axe has to say took a third of its run to carry here.
_RUN = (
    "(options) => axe.run({ resultTypes: ['violations'], ...options }).then(({ violations }) => violations)"
)
_OF_COLORS = ["color-contrast", "link-in-text-block"]


def violations(page: Page) -> list[str]:
    """Return axe's issues as lines."""
    return _run(page, {})


def faint_colors(page: Page) -> list[str]:
    """Return the issues that another theme can bring to a screen that has been looked at in the first."""
    return _run(page, {"runOnly": _OF_COLORS})


def _run(page: Page, options: dict[str, Any]) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.axe_script)
    found: list[dict[str, Any]] = page.evaluate(_RUN, options)
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]
    ]
