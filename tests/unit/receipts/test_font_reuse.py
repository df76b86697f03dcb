"""Fonts that documents share: each document has them whole, and leaves nothing in them for the next."""

from cabinet.receipts.pdf import render
from tests.support import pdf_reader
from tests.support.factories import documents


def words(pdf: bytes) -> set[str]:
    """What a search finds in the file."""
    return set("\n".join(pdf_reader.page_texts(pdf)).split())


def test_a_sheet_does_not_depend_on_the_sheets_drawn_before_it():
    first = render(documents.MANUAL)
    others = [render(documents.ONE_LINE), render(documents.large())]
    assert render(documents.MANUAL) == first
    assert len({first, *others}) == 3


def test_sheets_of_one_process_all_have_their_texts():
    for document in (documents.MANUAL, documents.LONG_NAMES, documents.MANUAL):
        assert set(document.payer.name.split()) <= words(render(document))


def test_a_letter_without_a_glyph_leaves_the_rest_of_its_text():
    sheet = render(documents.MANUAL.model_copy(update={"note": "Внимание: 日 и ещё"}))
    assert {"Внимание:", "и", "ещё"} <= words(sheet)
