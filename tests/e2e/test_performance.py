"""An old phone is enough: little to load (bench/first_paint.py times the paints)."""

import gzip
import re

import httpx
import pytest

from infra.build.template import ROOT
from tests.support.browser import Stack

LIMIT_KB = 40
STYLES_LIMIT_KB = 15


def test_the_first_load_is_at_most_40_kb_of_scripts(stack: Stack) -> None:
    html = httpx.get(f"{stack.url}/").text
    names = set(re.findall(r'(?:src|href)="(/assets/[^"]+\.js)"', html))
    assert names
    seen: dict[str, int] = {}
    while names:
        name = names.pop()
        script = httpx.get(f"{stack.url}{name}").text
        seen[name] = len(gzip.compress(script.encode(), 9))
        more = {f"/assets/{one}" for one in re.findall(r'(?:from|import)\s*"\./([^"]+\.js)"', script)}
        names |= more - set(seen)
    total = sum(seen.values()) / 1024
    print(f"first load: {total:.1f} KB of scripts, gzipped")  # noqa: T201
    assert total <= LIMIT_KB, seen


def test_the_first_load_is_one_sheet_of_styles_and_two_scripts(stack: Stack) -> None:
    """Each file costs an old phone's processor before the first screen's request is sent."""
    html = httpx.get(f"{stack.url}/").text
    files = set(re.findall(r'(?:src|href)="/assets/([^"]+)"', html))
    assert sorted(re.sub(r"-[^.]+", "", name) for name in files) == ["early.js", "index.css", "index.js"]
    first = re.search(r"<script[^>]*>", html)
    assert first
    assert "early-home" in first[0]
    assert "async" in first[0]


@pytest.mark.parametrize("is_desk", [False, True])
def test_all_styles_of_a_site_are_at_most_15_kb(stack: Stack, is_desk: bool) -> None:
    """The residents' site and the desk, each of its own: nobody loads both."""
    sheets = (ROOT / "web/dist/assets").glob("*.css")
    sizes = {
        sheet.name: len(gzip.compress(sheet.read_bytes(), 9))
        for sheet in sheets
        if sheet.name.startswith("desk") == is_desk
    }
    assert 0 < sum(sizes.values()) / 1024 <= STYLES_LIMIT_KB, sizes
