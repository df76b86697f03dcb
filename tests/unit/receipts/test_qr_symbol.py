"""QR symbols, read back by a decoder that did not draw them."""

import random

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cabinet.receipts.qr_symbol import Symbol, encode


def picture(symbol: Symbol) -> Image.Image:
    """The symbol enlarged, with its quiet zone."""
    drawn = Image.frombytes("1", (symbol.size, symbol.size), symbol.rows).convert("L")
    framed = Image.new("L", (symbol.size + 8, symbol.size + 8), 255)
    framed.paste(drawn, (4, 4))
    return framed.resize((framed.width * 4, framed.height * 4), Image.Resampling.NEAREST)


@settings(deadline=None, max_examples=60)
@given(st.binary(min_size=1, max_size=700) | st.text(min_size=1, max_size=300).map(str.encode))
def test_every_byte_comes_back_without_a_corrected_error(payload: bytes):
    (code,) = zxingcpp.read_barcodes(picture(encode(payload)))
    assert code.bytes == payload
    assert code.ec_level == "M"
    assert float(code.extra["UEC"]) == 1.0  # all of the correction capacity is left


@pytest.mark.parametrize("seed", range(20))
def test_a_long_order_is_read_whole(seed: int):
    payload = random.Random(seed).randbytes(1000 + seed)
    (code,) = zxingcpp.read_barcodes(picture(encode(payload)))
    assert code.bytes == payload


def test_a_payload_beyond_the_largest_symbol_is_refused():
    with pytest.raises(ValueError, match="fit"):
        encode(bytes(2332))


def announced(image: Image.Image) -> str:
    """What the symbol says of its encoding (an ECI header), "" when it says nothing."""
    (code,) = zxingcpp.read_barcodes(image, text_mode=zxingcpp.TextMode.HexECI)
    told = bytes.fromhex(code.text)[3:]
    return told[1:7].decode("ascii") if told.startswith(b"\\") else ""


def test_no_encoding_is_announced_for_the_standard_says_it_in_the_text():
    payload = "ST00012|Name=Щ".encode()
    assert announced(picture(encode(payload))) == ""
    with_header = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.QRCode, eci="UTF8").to_image(
        scale=4
    )
    assert announced(Image.fromarray(with_header)) == "000026"
