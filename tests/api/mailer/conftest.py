"""The verified sender, without which nothing goes out, and the fonts of receipts that go with letters."""

from tests.support.font_fixtures import font_layer, prepared_fonts
from tests.support.mailer import verified_sender

__all__ = ["font_layer", "prepared_fonts", "verified_sender"]
