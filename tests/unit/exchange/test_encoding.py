"""Encodings: distinguished by the letters, and others rejected by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.exchange.formats.encoding import UnknownEncoding, detect

SURNAMES = ("Иванов", "Щукина", "Ёлкин-Береговой", "Мамин-Сибиряк", "Ахмадуллина", "Цой", "Юрьев", "Фёдорова")
PLACES = ("ул. Кыштымская, 10", "УЛ. ВОРОВСКОГО, 15а", "пр. Ленина, № 3", "Содержание и ремонт", "ХВС и ВО")
LINES = st.lists(
    st.tuples(st.sampled_from(SURNAMES), st.sampled_from(PLACES), st.integers(0, 10**9)),
    min_size=3,
    max_size=60,
)


def as_text(lines: list[tuple[str, str, int]]) -> str:
    return "".join(f"{name};{place};{number}\r\n" for name, place, number in lines)


@given(LINES, st.sampled_from(["utf-8", "utf-8-sig", "cp1251", "cp866"]))
def test_russian_tables_are_recognised_in_every_encoding_that_we_take(
    lines: list[tuple[str, str, int]], encoding: str
) -> None:
    content = as_text(lines).encode(encoding)
    assert content.decode(detect([content])).removeprefix("\ufeff") == as_text(lines)


@given(LINES, st.integers(1, 40))
def test_a_sample_cut_within_a_letter_is_recognised_all_the_same(
    lines: list[tuple[str, str, int]], cut: int
) -> None:
    assert detect([as_text(lines).encode()[:-cut] or b"x"]) == "utf-8"


@pytest.mark.parametrize("name", SURNAMES)
@pytest.mark.parametrize("encoding", ["cp1251", "cp866"])
def test_one_surname_is_enough(name: str, encoding: str) -> None:
    assert name.encode(encoding).decode(detect([name.encode(encoding)])) == name
    assert name.upper().encode(encoding).decode(detect([name.upper().encode(encoding)])) == name.upper()


@pytest.mark.parametrize("encoding", ["koi8-r", "utf-16", "utf-16-le", "mac-cyrillic", "iso8859-5"])
def test_other_encodings_are_refused(encoding: str) -> None:
    text = as_text([(name, place, 1) for name in SURNAMES for place in PLACES if "№" not in place])
    with pytest.raises(UnknownEncoding):
        detect([text.encode(encoding)])


def test_a_few_broken_bytes_do_not_turn_utf_8_into_another_encoding() -> None:
    content = as_text([(name, place, 1) for name in SURNAMES for place in PLACES]).encode()
    assert detect([content[:100] + b"\xff\xfe" + content[100:]]) == "utf-8"
