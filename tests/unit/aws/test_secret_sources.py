"""Secrets by each source that a setting may name; a rotation of signing keys with each."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from cabinet.api_secrets import SIGNS_AFTER, ApiSecrets
from cabinet.audit.store import entries, list_about
from cabinet.aws.secret_sources import Source, file_name, read_secret, variable_name
from cabinet.aws.secrets import MAX_AGE, CachedSecret, SecretUnreadable
from cabinet.signed_tokens import Purpose, TokenInvalid, sign, verify
from infra.__main__ import main
from infra.cli.errors import CommandError
from infra.cli.rotation import secret_file
from infra.cli.rotation.key_rotation import SIGNING_KEY_POLICY
from tests.support.aws import Aws, clear_caches
from tests.support.processes import Process

NAME = "cabinet/signing-key"
START = datetime(2026, 3, 1, 10, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Place:
    """Where a test's secrets lie."""

    def __init__(self, source: Source, aws: Aws, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.source, self._aws, self._folder, self._monkeypatch = source, aws, folder, monkeypatch
        monkeypatch.setenv("SECRETS_SOURCE", source)
        monkeypatch.setenv("SECRETS_DIRECTORY", str(folder))
        clear_caches()

    def put(self, text: str) -> None:
        match self.source:
            case Source.DIRECTORY:
                (self._folder / file_name(NAME)).write_text(f"{text}\n", "utf-8")
            case Source.ENVIRONMENT:
                self._monkeypatch.setenv(variable_name(NAME), text)
            case Source.SECRETS_MANAGER:
                manager = self._aws.client("secretsmanager")
                if any(each["Name"] == NAME for each in manager.list_secrets()["SecretList"]):
                    manager.put_secret_value(SecretId=NAME, SecretString=text)
                else:
                    manager.create_secret(Name=NAME, SecretString=text)


@pytest.fixture(params=list(Source))
def place(request: pytest.FixtureRequest, aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(request.param, aws, tmp_path, monkeypatch)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as moved:
        yield moved


def test_a_secret_is_read_from_where_the_setting_says(place: Place) -> None:
    place.put("ключ")
    assert read_secret(NAME) == "ключ"


def test_a_secret_that_is_not_there_is_unreadable(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(SecretUnreadable):
        CachedSecret("cabinet/other", str).get()
    assert [record.message for record in caplog.records] == ["secret_unreadable"]


@pytest.mark.parametrize("name", ["..", "../other", "../../etc/passwd", "/etc/passwd"])
def test_no_name_leads_out_of_the_folder(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (tmp_path / "other").write_text("outside", "utf-8")
    Place(Source.DIRECTORY, aws, folder, monkeypatch)
    with pytest.raises(SecretUnreadable):
        CachedSecret(name, str).get()


def test_names_are_what_each_place_allows() -> None:
    assert file_name("cabinet/bank/uk-1") == "cabinet.bank.uk-1"
    assert variable_name("cabinet/bank/uk-1") == "SECRET_CABINET_BANK_UK_1"


def test_signing_keys_rotate_without_a_lost_session(place: Place, clock: Any) -> None:
    place.put("the first key, a plain string of many characters")
    old, new = Process(NAME), Process(NAME)
    with old.working():
        session = sign(Purpose.SESSION, {"sub": "u"}, HOUR)
    changed = SIGNING_KEY_POLICY.rotate(ApiSecrets.parse(read_secret(NAME)), datetime.now(UTC)).secrets
    assert changed is not None
    place.put(changed.dump())
    if place.source is Source.ENVIRONMENT:
        old = Process(NAME)  # a process reads its environment once: it is started again
    clock.shift(max(MAX_AGE, SIGNS_AFTER))
    for process in (old, new):
        with process.working():
            assert verify(Purpose.SESSION, session)["sub"] == "u"
            fresh = sign(Purpose.SESSION, {"sub": "u"}, HOUR)
    for process in (old, new):
        with process.working():
            assert verify(Purpose.SESSION, fresh)["sub"] == "u"


def test_a_leaked_key_proves_nothing_after_its_revocation(place: Place, clock: Any) -> None:
    place.put("the first key, a plain string of many characters")
    process = Process(NAME)
    with process.working():
        session = sign(Purpose.SESSION, {"sub": "u"}, HOUR)
    changed = SIGNING_KEY_POLICY.revoke(ApiSecrets.parse(read_secret(NAME)), datetime.now(UTC)).secrets
    assert changed is not None
    place.put(changed.dump())
    clock.shift(MAX_AGE)
    if place.source is Source.ENVIRONMENT:
        process = Process(NAME)
    with process.working(), pytest.raises(TokenInvalid):
        verify(Purpose.SESSION, session)


def test_the_command_rotates_a_file_whole_and_keeps_its_rights(
    aws: Aws, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "signing-key"
    path.write_text("the first key, a plain string of many characters\n", "utf-8")
    path.chmod(0o640)
    assert main(["rotate", "signing-key", "--file", str(path), "--plan"]) == 0
    assert path.read_text("utf-8").startswith("the first")
    with monkeypatch.context() as without:
        without.delenv("USERS_TABLE")
        assert main(["rotate", "signing-key", "--file", str(path), "--data", str(tmp_path)]) == 1
    assert path.read_text("utf-8").startswith("the first"), "no change without a row in the audit log"
    assert main(["rotate", "signing-key", "--file", str(path)]) == 0
    (noted,) = entries(list_about(f"secret:{path}"))
    assert (noted.action, noted.role, len(noted.after["keys"])) == ("KEY_ROTATED", "command", 2)
    assert len(ApiSecrets.parse(path.read_text("utf-8")).keys) == 2
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["signing-key"]
    assert main(["rotate", "signing-key", "--file", str(tmp_path / "none")]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_a_file_that_is_no_set_of_keys_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "signing-key"
    path.write_text("{ torn", "utf-8")
    assert main(["rotate", "signing-key", "--file", str(path)]) == 1
    assert path.read_text("utf-8") == "{ torn"


def test_a_change_that_was_broken_off_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "signing-key"
    path.write_text("before", "utf-8")
    (tmp_path / ".signing-key.new").write_text("torn", "utf-8")
    with secret_file.locked(path) as text:
        secret_file.replace(path, f"{text}, after")
    assert path.read_text("utf-8") == "before, after"
    with pytest.raises(CommandError), secret_file.locked(tmp_path / "none"):
        raise AssertionError
