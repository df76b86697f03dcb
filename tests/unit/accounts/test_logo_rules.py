"""Which pictures may be a supplier's logo: small and whole, and nothing in an SVG that acts."""

import struct
import zlib

import pytest

from cabinet.accounts.logo import size_from_name
from cabinet.accounts.logo_rules import MAX_BYTES, InvalidLogo, check
from infra.sample.suppliers import LOGO

_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 36">{inside}</svg>'


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int = 64, height: int = 32) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + bytes(width) for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND")


def svg(inside: str = '<path d="M0 0h9v9z" fill="#0b4f9e"/>') -> bytes:
    return _SVG.format(inside=inside).encode()


def refusal(content: bytes) -> str:
    with pytest.raises(InvalidLogo) as refused:
        check(content)
    assert (refused.value.issue.field, refused.value.issue.code) == ("branding.logo", "logo")
    return refused.value.issue.message


def test_a_png_is_named_by_its_content_and_size() -> None:
    logo = check(png())
    assert (logo.media_type, size_from_name(logo.name)) == ("image/png", (64, 32))
    assert check(png()).name == logo.name != check(png(65)).name


def test_an_svg_is_served_as_one() -> None:
    logo = check(svg())
    assert (logo.media_type, size_from_name(logo.name)) == ("image/svg+xml", (120, 36))
    assert logo.content == svg()


def test_the_samples_logo_is_one() -> None:
    assert size_from_name(check(LOGO.encode()).name) == (48, 48)


def test_an_svgs_size_may_stand_in_its_attributes() -> None:
    sized = _SVG.replace('viewBox="0 0 120 36"', 'width="80.4px" height="40"').format(inside="")
    assert size_from_name(check(sized.encode()).name) == (80, 40)


@pytest.mark.parametrize("box", ["", 'viewBox="0 0 9 %"', 'viewBox="0 0 9"', 'width="100%" height="100%"'])
def test_an_svg_without_a_size_is_refused(box: str) -> None:
    bare = _SVG.replace('viewBox="0 0 120 36"', box).format(inside="")
    assert "нет размера" in refusal(bare.encode())


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<a href="https://evil.example"><path d="M0 0"/></a>',
        '<path d="M0 0" onclick="alert(1)"/>',
        '<path d="M0 0" style="fill:red"/>',
        "<style>path{fill:red}</style>",
        '<image href="https://evil.example/x.png"/>',
        '<use href="#x"/>',
        '<path d="M0 0" fill="url(https://evil.example/#x)"/>',
        '<path d="M0 0" fill="URL( //evil.example )"/>',
        '<path d="M0 0" fill="u\\72l(x)"/>',
        '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>',
        '<p xmlns="http://www.w3.org/1999/xhtml">x</p>',
        '<animate attributeName="href" values="javascript:alert(1)"/>',
        '<path xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="javascript:alert(1)"/>',
        "<?xml-stylesheet href='https://evil.example/x.css'?>",
    ],
)
def test_what_acts_or_leads_outside_is_refused_by_its_name(inside: str) -> None:
    assert refusal(svg(inside)).startswith("В логотипе SVG нельзя ")


def test_a_reference_inside_the_picture_is_no_harm() -> None:
    gradient = '<linearGradient id="g"><stop offset="0" stop-color="#fff"/></linearGradient>'
    assert check(svg(f'<defs>{gradient}</defs><path d="M0 0" fill="url(#g)"/>')).media_type == "image/svg+xml"


def test_entities_are_refused_before_they_grow() -> None:
    bomb = b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + svg("<title>&a;</title>")
    assert "<!DOCTYPE>" in refusal(bomb)


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"\xff\xd8\xff\xe0", b"<html></html>", svg()[:-3], "<svg/>".encode("utf-16")]
)
def test_what_is_neither_png_nor_svg_is_refused(content: bytes) -> None:
    assert refusal(content) == "Логотип — картинка PNG или SVG; этот файл — ни то, ни другое."


@pytest.mark.parametrize("content", [png()[:-4], png() + b"<script>", png()[:8], png()[:8] + chunk(b"IEND")])
def test_a_png_that_is_not_whole_is_refused(content: bytes) -> None:
    assert "повреждён" in refusal(content)


@pytest.mark.parametrize(("width", "height"), [(0, 10), (1025, 512), (1000, 1100)])
def test_a_picture_too_large_is_refused(width: int, height: int) -> None:
    small = png()
    changed = small[:16] + struct.pack(">II", width, height) + small[24:]
    assert f"{width} × {height}" in refusal(changed)


@pytest.mark.parametrize(("width", "height"), [(10, 21), (61, 10)])
def test_a_picture_that_does_not_fit_the_head_is_refused(width: int, height: int) -> None:
    assert "не встанет в шапку" in refusal(png(width, height))


def test_a_heavy_file_is_refused_unread() -> None:
    assert "32 КБ" in refusal(b"\x89PNG\r\n\x1a\n" + bytes(MAX_BYTES))


@pytest.mark.parametrize("name", ["", "logo.svg", "logo-120x36.svg", "../x"])
def test_a_name_that_was_not_given_by_the_check_says_no_size(name: str) -> None:
    assert size_from_name(name) is None
