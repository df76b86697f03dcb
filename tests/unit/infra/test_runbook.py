"""docs/runbook.md: every procedure says when it was run, its commands exist, its links lead somewhere."""

import re

from infra.__main__ import parser
from infra.build.template import ROOT

TEXT = (ROOT / "docs" / "runbook.md").read_text("utf-8")
_TITLE = re.compile(r"^##+ (.+)$", re.MULTILINE)


def sections() -> dict[str, str]:
    parts = _TITLE.split(TEXT)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_procedure_says_when_it_was_run() -> None:
    typed = re.compile(r"^    \./cabinet |^    git |^\| type|^\| what to type", re.MULTILINE)
    procedures = {title: text for title, text in sections().items() if typed.search(text)}
    assert len(procedures) >= 12
    for title, text in procedures.items():
        assert "**When it was run**" in text or "| last run |" in text, title
        assert "How you know" in text or "how you know" in text or "| it worked |" in text, title


def test_every_command_that_it_names_exists() -> None:
    listed = set(re.findall(r"^    ([a-z]+) ", parser().format_help(), re.MULTILINE))
    named = set(re.findall(r"\./cabinet ([a-z]+)", TEXT))
    assert {"deploy", "doctor", "restore"} <= named
    assert named <= listed


def test_every_link_within_it_leads_to_a_section() -> None:
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in sections()}
    linked = set(re.findall(r"\]\(#([^)]+)\)", TEXT))
    assert linked
    assert linked <= anchors
