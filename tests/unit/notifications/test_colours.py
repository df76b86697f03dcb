"""Mails look as the site does: every colour in them is one of the site's own."""

import re

import pytest

from infra.build.template import ROOT

TEMPLATES = sorted((ROOT / "layers/common/cabinet/notifications/templates").glob("*.html"))
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_mail_uses_the_colours_of_the_site(template: object) -> None:
    light = (ROOT / "web/src/styles/tokens.css").read_text("utf-8").split("@media", 1)[0]
    used = set(_COLOUR.findall((ROOT / str(template)).read_text("utf-8")))
    assert used <= set(_COLOUR.findall(light))


def test_the_layout_has_colours_at_all() -> None:
    layout = next(path for path in TEMPLATES if path.name == "layout.html")
    assert "#0b5a57" in layout.read_text("utf-8")
