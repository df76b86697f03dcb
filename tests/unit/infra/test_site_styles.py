"""The site's styles: one type scale, and distances in the rhythm of 8 px (4 inside a control)."""

import re

import pytest

from infra.build.template import ROOT

SHEETS = sorted((ROOT / "web/src").rglob("*.css"))
_SIZE = re.compile(r"font-size:\s*([^;]+);")
_FROM_SCALE = re.compile(r"(min\()?var\(--size-[a-z]+\)|\d+pt")
_DRAWN = {"chart.css", "bottom-bar.css"}
"""A drawing's units, and the bar whose five words must fit beside each other."""
_DISTANCE = re.compile(r"^\s*(?:margin|padding|gap|row-gap|column-gap)[a-z-]*:([^;]+);", re.MULTILINE)
_HIDDEN = "-1px"
"""Of `.sr-only`, which nobody sees."""


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_a_sheet_keeps_the_scale_and_the_rhythm(sheet) -> None:
    text = sheet.read_text("utf-8")
    if sheet.name not in _DRAWN:
        assert [size for size in _SIZE.findall(text) if not _FROM_SCALE.match(size)] == []
    distances = [each for value in _DISTANCE.findall(text) for each in re.findall(r"-?[\d.]+px", value)]
    assert [each for each in distances if float(each[:-2]) % 4 and each != _HIDDEN] == []
