"""Files and ZIPs within their bounds: bombs, archives in archives, torn and locked ones are refused."""

import io
import zipfile
from pathlib import Path

import pytest

from cabinet.exchange.formats import archive
from cabinet.exchange.model import RegistryRejected
from tests.support.factories.registries import written


def refusal_of(path: Path) -> str:
    def read_all() -> None:
        with archive.members(path) as members:
            for member in members:
                list(member.lines())

    with pytest.raises(RegistryRejected) as refused:
        read_all()
    return refused.value.issue.code


def zipped(members: dict[str, bytes], level: int = 9) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    assert refusal_of(written(tmp_path, zipped({"a.csv": b"0" * 3_000_000}))) == "zip_bomb"


def test_many_members_of_a_plausible_ratio_are_refused_by_their_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 1000)
    assert refusal_of(written(tmp_path, zipped({f"{n}.csv": b"abc" * 100 for n in range(5)}))) == "zip_bomb"


def test_a_declared_size_that_lies_is_found_while_reading(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.csv": b"line\n" * 1000}))
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (50).to_bytes(4, "little")
    assert refusal_of(written(tmp_path, bytes(content))) == "broken_zip"


def test_an_archive_within_an_archive_is_refused_by_name_and_by_content(tmp_path: Path) -> None:
    inner = zipped({"a.csv": b"x\n"})
    assert refusal_of(written(tmp_path, zipped({"inner.zip": inner}))) == "nested_archive"
    assert refusal_of(written(tmp_path, zipped({"inner.csv": inner}))) == "nested_archive"


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    assert refusal_of(written(tmp_path, zipped({f"{n}.csv": b"x" for n in range(101)}))) == "members"
    assert refusal_of(written(tmp_path, zipped({}))) == "members"


def test_a_torn_zip_is_refused(tmp_path: Path) -> None:
    content = zipped({"a.csv": b"line\n" * 1000})
    assert refusal_of(written(tmp_path, content[: len(content) // 2])) == "broken_zip"
    spoilt = bytearray(content)
    spoilt[45:60] = b"\xff" * 15
    assert refusal_of(written(tmp_path, bytes(spoilt))) == "broken_zip"


def test_a_locked_zip_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.csv": b"x\n"}))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    assert refusal_of(written(tmp_path, bytes(content))) == "encrypted"


def test_a_workbook_is_refused_by_name(tmp_path: Path) -> None:
    assert refusal_of(written(tmp_path, zipped({"[Content_Types].xml": b"<x/>"}))) == "spreadsheet"


@pytest.mark.parametrize("start", [b"Rar!\x1a\x07\x00", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08\x00"])
def test_other_archives_are_refused(tmp_path: Path, start: bytes) -> None:
    assert refusal_of(written(tmp_path, start + b"x" * 50)) == "archive"


def test_an_endless_line_is_refused(tmp_path: Path) -> None:
    assert refusal_of(written(tmp_path, b"x" * (archive.MAX_LINE_BYTES + 1))) == "line_too_long"


def test_lines_are_counted_from_one_and_named_by_their_member(tmp_path: Path) -> None:
    with archive.members(written(tmp_path, zipped({"folder/a.csv": "раз\r\nдва\n".encode()}))) as members:
        lines = [line for member in members for line in member.lines()]
    assert [(str(line.location), line.text) for line in lines] == [("a.csv:1", "раз"), ("a.csv:2", "два")]


def test_an_unreadable_line_is_told_apart_from_an_empty_one(tmp_path: Path) -> None:
    content = "Иванов Пётр Сидорович;улица\n".encode() * 20 + b"\xff\xff\n\n"
    with archive.members(written(tmp_path, content)) as members:
        texts = [line.text for line in members[0].lines()]
    assert texts[-2:] == [None, ""]
