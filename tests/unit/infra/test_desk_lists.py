"""The desk's tables: a list by pages is drawn by the one component that the keys of lists move through."""

import re

import pytest

from infra.build.template import ROOT

DESK = ROOT / "web/src/desk"
SCREENS = sorted(path for path in DESK.glob("*.tsx") if path.name != "lists.tsx")
_TABLES_OF_FIGURES = {
    "bank-statement.tsx", "order.tsx", "registry-preview.tsx", "totals.tsx",
}  # fmt: skip
"""Their lines open nothing: sums, differences, an order's lines."""


@pytest.mark.parametrize("screen", SCREENS, ids=lambda path: path.name)
def test_a_list_of_the_desk_has_the_keys(screen) -> None:
    text = screen.read_text("utf-8")
    if screen.name not in _TABLES_OF_FIGURES:
        assert not re.search(r"<Table\b", text)


def test_only_the_lists_listen_for_keys_of_the_whole_screen() -> None:
    listening = [path.name for path in DESK.glob("*.ts*") if 'addEventListener("keydown"' in path.read_text()]
    assert listening == ["list-keys.ts"]
