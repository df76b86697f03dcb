"""A face's subset: a font that a foreign reader accepts, with the wanted outlines and no others."""

from io import BytesIO

from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from cabinet.receipts.faces import faces


@settings(deadline=None)
@given(st.text("абвгдежзий АБВЙЁ0123456789,.№", max_size=40))
def test_a_subset_holds_the_outlines_of_its_text_alone(text: str):
    face = faces().regular
    used = {face.glyph(character).index for character in text}
    font = TTFont(BytesIO(face.program(used)), lazy=False)
    outlined = {font.getGlyphID(name) for name in font.getGlyphOrder() if font["glyf"][name].numberOfContours}
    expected = {index for index in used | {0} if face.outlines[index]}
    assert outlined == expected
    assert all(not font["glyf"][name].isComposite() for name in font.getGlyphOrder())


def test_a_texts_width_is_the_sum_of_its_letters():
    face = faces().bold
    assert face.width("Итого", 10) == sum(face.width(letter, 10) for letter in "Итого")
    assert face.width("", 10) == 0
