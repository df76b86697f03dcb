"""The fonts that documents are drawn with."""

from tests.unit.receipts.conftest import font_layer, prepared_fonts

__all__ = ["font_layer", "prepared_fonts"]
