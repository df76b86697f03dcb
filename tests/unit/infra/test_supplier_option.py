"""What the staff's commands share: which stack, which file; what is wrong is one sentence."""

import json
from pathlib import Path

import pytest

from infra import __main__
from infra.cli import environment
from infra.cli.errors import CommandError
from infra.cli.spreadsheet_rows import read_rows


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"AWS_DEFAULT_REGION": "eu-central-1"},
        {
            "AWS_DEFAULT_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1",
        },
    ],
    ids=["no region", "no credentials", "no connection"],
)  # fmt: skip
def test_a_deployed_stack_that_cannot_be_asked_is_refused_in_a_sentence(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_PROFILE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert __main__.main(["export", "readings", "--supplier", "center", "--stack", "nowhere"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("cabinet: stack nowhere cannot be asked about: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("left", [None, {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}])
def test_a_local_stack_that_is_not_running_is_said(
    left: dict[str, str] | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if left is not None:
        (tmp_path / environment.ENVIRONMENT_FILE).write_text(json.dumps(left))
    assert __main__.main(["export", "readings", "--supplier", "center", "--data", str(tmp_path)]) == 1
    assert "the local stack is not running" in capsys.readouterr().err


def test_a_registry_of_rows_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes("number;status;text\r\n1;done;Починили свет в подъезде\r\n".encode("koi8-r"))
    with pytest.raises(CommandError, match="не UTF-8, не Windows-1251 и не cp866"):
        read_rows(path, ("number", "status", "text"))
