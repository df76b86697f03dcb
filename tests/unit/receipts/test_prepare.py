"""Prepared fonts: complete, repeatable, and found where a layer has them."""

import sys
from pathlib import Path

import pytest

from cabinet.receipts.fonts import prepare
from cabinet.receipts.fonts.load import PREPARED, faces


def test_the_letters_of_a_receipt_are_all_there():
    texts = "АЯЁаяё ABZabz 0123456789 №«»—–…₽²³·-()*/ ӘәҒғҠҡҢңӨөҮүҺһҘҙҪҫЎўІі"
    for face in faces()[:2]:
        assert [character for character in texts if character not in face.advances] == []


def test_bold_is_wider_than_regular():
    regular, bold = faces()
    assert bold.width("Сумма к оплате", 8) > regular.width("Сумма к оплате", 8)


def test_digits_share_one_width_so_that_columns_of_sums_align():
    for face in faces()[:2]:
        assert len({face.advances[digit] for digit in "0123456789"}) == 1


def test_preparing_twice_gives_the_same_files(font_layer: Path, tmp_path: Path):
    prepare.prepare(tmp_path)
    for prepared in (font_layer / PREPARED).iterdir():
        assert (tmp_path / prepared.name).read_bytes() == prepared.read_bytes()


def test_the_licence_travels_with_the_fonts(font_layer: Path):
    assert "OPEN FONT LICENSE" in (font_layer / PREPARED / "OFL.txt").read_text("utf-8").upper()


def test_a_fresh_checkout_prepares_fonts_itself(monkeypatch: pytest.MonkeyPatch, font_layer: Path):
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place != str(font_layer)])
    faces.cache_clear()
    assert faces().regular.width("ё", 10) > 0
    faces.cache_clear()


def test_a_letter_that_the_font_lacks_is_as_wide_as_what_stands_for_it():
    assert faces().regular.width("日", 10) == faces().regular.width("?", 10)
