"""A face measures texts as the document that embeds it will set them."""

from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st

from cabinet.receipts.fonts.load import faces


@given(st.text("абвгдежзий АБВЙЁ0123456789,.№", max_size=40))
def test_a_text_is_as_wide_as_fpdf2_will_set_it(text: str):
    face = faces().regular
    pdf = FPDF(unit="pt")
    pdf.add_font(face.family, face.style, face.path)
    pdf.set_font(face.family, face.style, 10)
    assert abs(face.width(text, 10) - pdf.get_string_width(text)) < 0.01 * max(len(text), 1)


def test_a_texts_width_is_the_sum_of_its_letters():
    face = faces().bold
    assert face.width("Итого", 10) == sum(face.width(letter, 10) for letter in "Итого")
    assert face.width("", 10) == 0
