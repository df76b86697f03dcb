"""Fonts are prepared once a run, as the layer's build does it, and found where a layer would have them."""

from pathlib import Path

import pytest

from cabinet.receipts.fonts import load, prepare


@pytest.fixture(scope="session")
def font_layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of packages that holds prepared fonts."""
    packages = tmp_path_factory.mktemp("layer")
    prepare.prepare(packages / load.PREPARED)
    return packages


@pytest.fixture(autouse=True)
def prepared_fonts(font_layer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the layer on the path."""
    monkeypatch.syspath_prepend(font_layer)
