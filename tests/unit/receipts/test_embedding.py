"""Fonts that documents share: each document has them whole, and leaves nothing in them for the next."""

from cabinet.receipts.sheet import render
from tests.unit.receipts import reading, samples


def words(pdf: bytes) -> set[str]:
    """What a search finds in the file."""
    return set("\n".join(reading.page_texts(pdf)).split())


def test_a_sheet_does_not_depend_on_the_sheets_drawn_before_it():
    first = render(samples.MANUAL)
    others = [render(samples.ONE_LINE), render(samples.large())]
    assert render(samples.MANUAL) == first
    assert len({first, *others}) == 3


def test_sheets_of_one_process_all_have_their_texts():
    for document in (samples.MANUAL, samples.LONG_NAMES, samples.MANUAL):
        assert set(document.payer.name.split()) <= words(render(document))


def test_a_letter_without_a_glyph_leaves_the_rest_of_its_text():
    sheet = render(samples.MANUAL.model_copy(update={"note": "Внимание: 日 и ещё"}))
    assert {"Внимание:", "и", "ещё"} <= words(sheet)
