"""QR symbols, read back by the decoder."""

import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cabinet.receipts.symbol import Symbol, symbol_of


def picture(symbol: Symbol) -> Image.Image:
    """The symbol enlarged, with its quiet zone."""
    drawn = Image.frombytes("1", (symbol.size, symbol.size), symbol.rows).convert("L")
    framed = Image.new("L", (symbol.size + 8, symbol.size + 8), 255)
    framed.paste(drawn, (4, 4))
    return framed.resize((framed.width * 4, framed.height * 4), Image.Resampling.NEAREST)


@settings(deadline=None, max_examples=40)
@given(st.binary(min_size=1, max_size=600))
def test_every_byte_comes_back(payload: bytes):
    (code,) = zxingcpp.read_barcodes(picture(symbol_of(payload)))
    assert code.bytes == payload


def test_no_encoding_is_announced_for_the_standard_says_it_in_the_text():
    (code,) = zxingcpp.read_barcodes(picture(symbol_of("ST00012|Name=Щ".encode())))
    assert code.symbology_identifier == "]Q1"
    assert code.ec_level == "M"
