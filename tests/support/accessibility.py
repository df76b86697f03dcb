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


_AXE = Axe()
# All the rest of what axe has to say took a third of its run to carry here.
_VIOLATIONS = "() => axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)"


def violations(page: Page) -> list[str]:
    """Return axe's issues as lines."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.axe_script)
    found: list[dict[str, Any]] = page.evaluate(_VIOLATIONS)
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]
    ]
