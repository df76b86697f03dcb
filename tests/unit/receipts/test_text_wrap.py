"""Breaking texts into lines."""

from hypothesis import given
from hypothesis import strategies as st

from cabinet.receipts.fonts.load import faces
from cabinet.receipts.layout.text_wrap import wrap

words = st.text("абвгдеёж АБВ0123456789.,-", max_size=120)


@given(words, st.floats(20, 200))
def test_every_line_fits_and_no_letter_is_lost(text: str, width: float):
    face = faces().regular
    lines = wrap(text, face, 8.0, width)
    assert all(face.width(line, 8.0) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(words)
def test_a_text_that_fits_is_one_line(text: str):
    face = faces().regular
    assert wrap(text, face, 8.0, 10_000.0) == ([text] if text.strip() else [])
