"""The fonts that documents are drawn with."""

from tests.support.font_fixtures import font_layer, prepared_fonts

__all__ = ["font_layer", "prepared_fonts"]
