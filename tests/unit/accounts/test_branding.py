"""A supplier's colour: letters can be read with whatever was applied, in both themes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.accounts.branding import DARK_BACKGROUNDS, LIGHT_BACKGROUNDS, MIN_CONTRAST, find_issues, palettes
from cabinet.accounts.supplier_model import Branding, Supplier
from cabinet.accounts.suppliers import validate
from infra.build.template import ROOT
from tests.support.factories.bound_accounts import PAYEE

_COLOURS = st.builds("#{:06x}".format, st.integers(0, 0xFFFFFF))


def contrast(one: str, other: str) -> float:
    """Return the contrast as WCAG reckons it, spelled out anew."""

    def luminance(colour: str) -> float:
        linear = []
        for at in (1, 3, 5):
            value = int(colour[at : at + 2], 16) / 255
            linear.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@given(_COLOURS)
def test_whatever_is_accepted_can_be_read_in_both_themes(accent: str) -> None:
    found = find_issues(Branding(accent=accent))
    if found:
        (suggested,) = re.findall(r"Подойдёт (#[\da-f]{6})", found[0].message)
        assert find_issues(Branding(accent=suggested)) == []
        accent = suggested
    for palette, backgrounds in zip(palettes(accent), (LIGHT_BACKGROUNDS, DARK_BACKGROUNDS), strict=True):
        for ground in (*backgrounds, palette.accent_soft, palette.on_accent):
            assert contrast(palette.accent, ground) >= MIN_CONTRAST
        assert contrast(palette.accent_hover, palette.on_accent) >= MIN_CONTRAST


def test_a_pale_colour_is_refused_with_one_that_would_do() -> None:
    (refused,) = find_issues(Branding(accent="#ff9900"))
    assert (refused.field, refused.code) == ("branding.accent", "contrast")
    assert "Цвет #ff9900 слишком светлый" in refused.message
    assert "(контраст 2,1, нужно не меньше 4,5)" in refused.message


def test_the_refusal_is_one_of_the_suppliers_settings() -> None:
    supplier = Supplier(
        supplier_id="uk", name="УК", inn=PAYEE.inn, payees=[PAYEE], branding=Branding(accent="#ffff00")
    )
    assert [(issue.field, issue.code) for issue in validate(supplier)] == [("branding.accent", "contrast")]


def test_without_a_colour_there_is_nothing_to_refuse() -> None:
    assert find_issues(Branding()) == []


@pytest.mark.parametrize("name", ["surface", "ground", "sunken"])
def test_the_grounds_are_those_of_the_site(name: str) -> None:
    light, dark = re.findall(rf"--{name}: (#[\da-f]{{6}});", (ROOT / "web/src/styles/tokens.css").read_text())
    at = ["surface", "ground", "sunken"].index(name)
    assert (light, dark) == (LIGHT_BACKGROUNDS[at], DARK_BACKGROUNDS[at])
