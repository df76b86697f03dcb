"""An archive that is another's, changed or not whole is refused before anything is written."""

from pathlib import Path

import pytest

from infra.__main__ import main
from infra.backup.archive import Archive, Part
from infra.backup.encryption import Encryptor, read_key, write_new_key
from infra.cli.errors import CommandError
from tests.support.aws import Aws
from tests.support.backups import KEY, back_up, put_back
from tests.support.factories import bound_accounts


@pytest.fixture
def folder(aws: Aws, tmp_path: Path) -> Path:
    """A finished backup of one supplier and a user."""
    bound_accounts.supplier("uk-test")
    bound_accounts.user("u1")
    back_up(aws, tmp_path / "backup")
    aws.tables.empty()
    return tmp_path / "backup"


def refused(aws: Aws, folder: Path, match: str) -> None:
    with pytest.raises(CommandError, match=match):
        put_back(aws, folder, folder.parent / "work")
    assert not any(aws.tables.snapshot().values()), "nothing was written"


def test_a_changed_byte_is_found(aws: Aws, folder: Path) -> None:
    for path in sorted((folder / "parts").iterdir()):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        refused(aws, folder, f"{path.name} cannot be decrypted")
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    put_back(aws, folder, folder.parent / "sound")


def test_a_part_in_the_place_of_another_is_found(aws: Aws, folder: Path) -> None:
    first, second = sorted((folder / "parts").iterdir())[:2]
    second.write_bytes(first.read_bytes())
    refused(aws, folder, "cannot be decrypted")


def test_a_missing_part_and_manifest_are_found(aws: Aws, folder: Path) -> None:
    manifest = folder / "manifest"
    kept = manifest.read_bytes()
    manifest.unlink()
    refused(aws, folder, "is not finished")
    manifest.write_bytes(kept)
    min((folder / "parts").iterdir()).unlink()
    refused(aws, folder, "is missing")


def test_another_key_opens_nothing(folder: Path) -> None:
    with pytest.raises(CommandError, match="another key"):
        Archive(folder, b"x" * 32).manifest()


def test_two_backups_share_no_key() -> None:
    assert Encryptor(KEY, "a").row_id("t", "p", "s") != Encryptor(KEY, "b").row_id("t", "p", "s")
    with pytest.raises(CommandError):
        Encryptor(KEY, "b").decrypt("name", Encryptor(KEY, "a").encrypt("name", b"content"))
    assert Encryptor(KEY, "a").decrypt("name", Encryptor(KEY, "a").encrypt("name", b"content")) == b"content"


def test_a_key_file_is_made_once_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_new_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(read_key(path)) == 32
    with pytest.raises(CommandError, match="cannot be made"):
        write_new_key(path)


@pytest.mark.parametrize("text", ["", "короткий", "c2hvcnQ=", "?" * 44])
def test_what_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_text(text)
    with pytest.raises(CommandError, match="--new-key"):
        read_key(path)


def test_records_come_back_in_their_order(tmp_path: Path) -> None:
    made = Archive.begin(tmp_path / "backup", KEY)
    records = [({"table": "Ж"}, b""), ({}, b"\x00" * 100), ({"a": 1}, "текст".encode())]
    made.write_part(Part(1, "rows"), records)
    assert list(made.read_part(Part(1, "rows"))) == records


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photo").write_text("")
    with pytest.raises(CommandError, match="not empty and no backup"):
        Archive.begin(tmp_path, KEY)
    with pytest.raises(CommandError, match="holds no backup"):
        Archive(tmp_path, KEY)


def test_the_commands_go_from_key_to_rehearsal(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    bound_accounts.supplier("uk-test")
    key, backup = str(tmp_path / "key"), str(tmp_path / "backup")
    assert main(["backup", "--key-file", key, "--new-key"]) == 0
    assert main(["backup", "--key-file", key, "--to", backup]) == 0
    assert "2 rows, 0 objects" in capsys.readouterr().out
    assert main(["backup", "--key-file", key, "--to", backup]) == 1
    assert "take another folder" in capsys.readouterr().err
    assert main(["restore", "--from", backup, "--key-file", key]) == 0, "what stands is the backup's own"
    assert "1 in ACCOUNTS_TABLE" in capsys.readouterr().out
    bound_accounts.supplier("another")
    assert main(["restore", "--from", backup, "--key-file", key]) == 1
    assert "nothing was changed" in capsys.readouterr().err
    for wrong in (["--plan"], ["--table", "UsersTable"]):
        assert main(["restore", "--from", backup, "--key-file", key, *wrong]) == 1
    assert main(["restore", "--from", backup]) == 1
    assert main(["backup", "--key-file", key]) == 1
