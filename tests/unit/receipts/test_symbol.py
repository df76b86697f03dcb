"""QR symbols, read back by a decoder that did not draw them."""

import random

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cabinet.receipts.codewords import version_for
from cabinet.receipts.symbol import Symbol, symbol_of


def picture(symbol: Symbol) -> Image.Image:
    """The symbol enlarged, with its quiet zone."""
    drawn = Image.frombytes("1", (symbol.size, symbol.size), symbol.rows).convert("L")
    framed = Image.new("L", (symbol.size + 8, symbol.size + 8), 255)
    framed.paste(drawn, (4, 4))
    return framed.resize((framed.width * 4, framed.height * 4), Image.Resampling.NEAREST)


@settings(deadline=None, max_examples=60)
@given(st.binary(min_size=1, max_size=700) | st.text(min_size=1, max_size=300).map(str.encode))
def test_every_byte_comes_back_without_a_corrected_error(payload: bytes):
    (code,) = zxingcpp.read_barcodes(picture(symbol_of(payload)))
    assert code.bytes == payload
    assert code.ec_level == "M"
    assert float(code.extra["UEC"]) == 1.0  # all of the correction capacity is left


@pytest.mark.parametrize("version", range(1, 41))
def test_every_version_is_drawn_right_when_it_is_full(version: int):
    lengths = [length for length in range(1, 2332) if version_for(length) == version]
    for length in (lengths[0], lengths[-1]):
        payload = bytes(random.Random(length).randbytes(length))
        (code,) = zxingcpp.read_barcodes(picture(symbol_of(payload)))
        assert (code.bytes, code.extra["Version"]) == (payload, str(version))
        assert float(code.extra["UEC"]) == 1.0


def test_a_payload_beyond_the_largest_symbol_is_refused():
    with pytest.raises(ValueError, match="2332"):
        symbol_of(bytes(2332))


def test_a_foreign_encoder_draws_the_very_same_symbol():
    # Long enough to fill several blocks; of bytes that neither encoder could write in a shorter mode.
    same = 0
    for seed in range(20):
        payload = bytes(random.Random(seed).choices(range(0x80, 0x100), k=200 + seed))
        foreign = zxingcpp.create_barcode(
            payload, zxingcpp.BarcodeFormat.QRCode, ec_level="M", eci="Unknown"
        ).to_image(scale=4)
        same += Image.fromarray(foreign).tobytes() == picture(symbol_of(payload)).tobytes()
    assert same >= 10  # rules differ in what the penalty counts, so the masks are not always one


def announced(image: Image.Image) -> str:
    """What the symbol says of its encoding (an ECI header), "" when it says nothing."""
    (code,) = zxingcpp.read_barcodes(image, text_mode=zxingcpp.TextMode.HexECI)
    told = bytes.fromhex(code.text)[3:]
    return told[1:7].decode("ascii") if told.startswith(b"\\") else ""


def test_no_encoding_is_announced_for_the_standard_says_it_in_the_text():
    payload = "ST00012|Name=Щ".encode()
    assert announced(picture(symbol_of(payload))) == ""
    with_header = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.QRCode, eci="UTF8").to_image(
        scale=4
    )
    assert announced(Image.fromarray(with_header)) == "000026"
