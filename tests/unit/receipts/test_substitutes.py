"""Letters that few receipts have: set by the rest of the font, or in plain substitutes; nothing vanishes."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.receipts.fonts.load import faces
from cabinet.receipts.fonts.substitutes import substitute
from cabinet.receipts.pdf import render
from tests.support import pdf_reader
from tests.support.factories import documents


def sheet_with(note: str) -> bytes:
    return render(documents.MANUAL.model_copy(update={"note": note}))


def note_of(pdf: bytes) -> str:
    """The text after «Примечание:» on the first page, as a reader finds it."""
    return pdf_reader.page_texts(pdf)[0].partition("Примечание:")[2].split("\n")[0].strip()


@pytest.mark.parametrize(
    "text",
    [
        "кв. 1\u20112", "Ґалаґан", "½ доли", "Müller Łukasz Đorđe Škoda", "Ӑрӑмҫӗ Ӳсӳм Ӹлӹк", "Ќ Ѓ Ў Џ",
        "на\u0301м", "½ ¼ ¾ † ‰ ℓ ≠", "Ґ, Ł и снова кириллица",
    ],
)  # fmt: skip
def test_what_the_font_has_is_set_as_it_is(text: str) -> None:
    assert note_of(sheet_with(f"Примечание: {text}")) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("⅓ доли", "1/3 доли"), ("и\u0306 е\u0308", "й ё"), ("Nguyễn Ấn", "Nguyen An"), ("Əliyev", "Әliyev"),
        ("5\u20106", "5-6"), ("12\u202f345", "12 345"), ("зна\u200bчок", "значок"), ("日本 🙂", "?? ?"),
        ("№ ① → ②", "№ 1 -> 2"), ("ＡＢ１", "AB1"),
    ],
)  # fmt: skip
def test_what_the_font_lacks_is_written_plainly(text: str, shown: str) -> None:
    for face in faces()[:2]:
        # As a reader sees it: «⁄» between the parts of a fraction is a slash.
        assert "".join(run for _, run in face.runs(text)).replace("\u2044", "/") == shown


def test_a_sheet_takes_only_the_letters_that_it_uses() -> None:
    plain, odd = len(sheet_with("Примечание: обычное")), len(sheet_with("Примечание: Müller, Łukasz"))
    assert plain < odd < 60_000


def test_such_a_sheet_is_the_same_each_time_and_leaves_nothing_for_the_next() -> None:
    plain, odd = render(documents.MANUAL), sheet_with("Müller, Łukasz")
    assert (render(documents.MANUAL), sheet_with("Müller, Łukasz")) == (plain, odd)


def test_pieces_stand_beside_one_another() -> None:
    face = faces().bold
    runs = face.runs("АŁБ")
    assert [run for _, run in runs] == ["А", "Ł", "Б"]
    assert face.width("АŁБ", 10) == pytest.approx(sum(part.width(run, 10) for part, run in runs))


def test_a_payment_code_keeps_the_letters_of_the_bank() -> None:
    share = documents.MANUAL.payees[0]
    payee = share.payee.model_copy(update={"name": "ООО «Ґанок‑Łód»"})
    document = documents.MANUAL.model_copy(update={"payees": (share.model_copy(update={"payee": payee}),)})
    pdf = render(document)
    assert ["Name=ООО «Ґанок‑Łód»" in code for code in pdf_reader.code_texts(pdf)] == [True]


KNOWN = faces().regular.advances.keys()


@given(st.text(max_size=60))
def test_any_text_is_shown_in_letters_that_can_be_set_and_no_letter_is_lost(text: str) -> None:
    shown = substitute(text, KNOWN)
    assert set(shown) <= KNOWN
    unseen = {"Cf", "Mn", "Me", "Mc"}
    visible = [
        each for each in unicodedata.normalize("NFC", text) if unicodedata.category(each) not in unseen
    ]
    assert len(shown) >= len(visible)
