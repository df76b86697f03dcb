"""Fonts as the layer has them."""

from tests.support.font_fixtures import font_layer, prepared_fonts

__all__ = ["font_layer", "prepared_fonts"]
