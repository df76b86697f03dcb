"""Numbers of ГИС ЖКХ are known by their form, and Latin look-alikes in them are mended."""

import pytest

from cabinet.accounts.gis_number_rules import (
    document_matches_account,
    document_matches_period,
    dwelling_number,
    izhku_matches_els,
    parse_document,
    parse_els,
    parse_izhku,
)

LATIN = "74AB000001"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("74АА000001", "74АА000001"),
        ("75да533315", "75да533315"),
        (LATIN, "74АВ000001"),
        (" 74АА 000001 ", "74АА000001"),
    ],
)
def test_an_els_is_read_as_gis_writes_it(text: str, number: str) -> None:
    assert parse_els(text) == number
    assert parse_izhku(f"{text}-01") == f"{number}-01"


@pytest.mark.parametrize(
    "text",
    ["", "74АА00001", "74АА0000012", "АА74000001", "74А1000001", "74GG000001", "٧٤АА000001", "7400000001"],
)
def test_what_has_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ГИС ЖКХ"):
        parse_els(text)
    with pytest.raises(ValueError, match="ГИС ЖКХ"):
        parse_izhku(f"{text}-01")


@pytest.mark.parametrize("text", ["74АА000001", "74АА000001-1", "74АА000001-001", "74АА000001 01"])
def test_an_izhku_ends_with_two_digits(text: str) -> None:
    with pytest.raises(ValueError, match="ГИС ЖКХ"):
        parse_izhku(text)


@pytest.mark.parametrize(
    ("els", "izhku", "number"),
    [
        ("80АА123456", "", "80АА123456-01"),
        ("80АА123456", "80АА123456-02", "80АА123456-02"),
        ("", "80АА123456-02", "80АА123456-02"),
        ("80АА123456", "80АА123457-02", "80АА123456-01"),
        ("", "", None),
        ("80АА12345", "", None),
        ("80АА1234567", "", None),
        ("что угодно", "", None),
    ],
)
def test_a_dwelling_has_its_own_number_or_the_first_of_its_els(
    els: str, izhku: str, number: str | None
) -> None:
    assert dwelling_number(els, izhku) == number


def test_the_letters_case_does_not_tell_numbers_apart() -> None:
    assert izhku_matches_els("75да533315-01", "75ДА533315")
    assert not izhku_matches_els("75да533315-01", "75ДА533316")


@pytest.mark.parametrize(
    ("text", "number"),
    [("80AA123456-01-9091", "80АА123456-01-9091"), (" 75да533315-01-0121 ", "75да533315-01-0121")],
)
def test_a_payment_document_is_read_as_gis_writes_it(text: str, number: str) -> None:
    assert parse_document(text) == number


@pytest.mark.parametrize(
    "text", ["80АА123456-01", "80АА123456-01-909", "80АА123456-01-90911", "80АА123456-019091", "9091"]
)
def test_a_payment_document_ends_with_four_digits(text: str) -> None:
    with pytest.raises(ValueError, match="ГИС ЖКХ"):
        parse_document(text)


@pytest.mark.parametrize(
    ("els", "izhku", "is_own"),
    [
        ("", "", True),
        ("80АА123456", "", True),
        ("80аа123456", "80АА123456-01", True),
        ("80АА123457", "", False),
        ("80АА123456", "80АА123456-02", False),
    ],
)
def test_a_payment_document_is_one_of_its_account(els: str, izhku: str, is_own: bool) -> None:
    assert document_matches_account("80АА123456-01-9091", els, izhku) is is_own


def test_a_payment_document_names_its_month() -> None:
    assert document_matches_period("80АА123456-01-9091", "2019-09")
    assert document_matches_period("80АА123456-01-0121", "2030-12")
    assert not document_matches_period("80АА123456-01-9091", "2019-10")
